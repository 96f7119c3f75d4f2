/** A reverse proxy that speaks HTTP/1.1, writes our own host into each request, and adds no header that shows itself. */
import {once} from 'node:events';
import {createServer, request} from 'node:http';
import type {AddressInfo} from 'node:net';

export interface SilentProxy {
  readonly url: string;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function startSilentProxy(target: string): Promise<SilentProxy> {
  const {host, hostname, port} = new URL(target);
  const server = createServer(({method, url: path, headers}, res) => {
    const {connection: _, ...rest} = headers;
    const forwarded = request({hostname, port, path, method, headers: {...rest, host}}, (response) => {
      res.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(res);
    });
    forwarded.on('error', () => res.destroy());
    res.req.pipe(forwarded);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const {port: own} = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${own}`,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
