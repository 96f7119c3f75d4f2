/**
 * A bad connection between the page and the server: each response is cut after a random number of bytes, and now and then
 * all connections break at once, in the middle of a silence. Knows bytes alone.
 */
import {once} from 'node:events';
import {type AddressInfo, type Socket, connect, createServer} from 'node:net';

export interface CuttingProxy {
  readonly url: string;
  /** Connections that were cut so far. */
  readonly cuts: number;
  /** Breaks all connections that are open. */
  cutAll(): void;
  close(): Promise<void>;
}

export interface CuttingProxyOptions {
  /** The server's port. */
  readonly port: number;
  /** How many bytes a new connection lets through from the server. */
  readonly budget: () => number;
}

export async function startCuttingProxy({port, budget}: CuttingProxyOptions): Promise<CuttingProxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let cuts = 0;
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    const pair = [near, far] as const;
    pairs.add(pair);
    let left = budget();
    const end = () => {
      for (const socket of pair) socket.destroy();
      pairs.delete(pair);
    };
    for (const socket of pair) socket.on('error', end).on('close', end);
    near.pipe(far);
    far.on('data', (bytes: Buffer) => {
      near.write(bytes.subarray(0, left));
      left -= bytes.length;
      if (left > 0) return;
      cuts += 1;
      // What was written before the cut arrives.
      near.end(() => near.resetAndDestroy());
      far.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cutAll = () => {
    for (const [near, far] of pairs) {
      cuts += 1;
      near.resetAndDestroy();
      far.destroy();
    }
    pairs.clear();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get cuts() {
      return cuts;
    },
    cutAll,
    async close() {
      server.close();
      cutAll();
      await once(server, 'close');
    },
  };
}
