/** Puts a server on a free loopback port and prints its address, which is how the runner learns it. */
import type {Server} from 'node:http';

export function listen(server: Server): void {
  // Thousands of clients arrive at once.
  server.listen({host: '127.0.0.1', port: 0, backlog: 4096}, () => {
    const address = server.address();
    if (typeof address === 'object' && address) console.log(`http://127.0.0.1:${address.port}`);
  });
}
