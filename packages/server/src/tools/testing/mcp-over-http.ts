/** The small MCP server, over HTTP on a port of its own, with the keys of its callers. For tests. */
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {Readable} from 'node:stream';
import type {ReadableStream} from 'node:stream/web';
import {handleHttp} from './mcp-server.ts';

export async function startHttp() {
  const asked: (string | undefined)[] = [];
  const server = createServer(async (req, res) => {
    asked.push(req.headers.authorization);
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer);
    const headers = new Headers(Object.entries(req.headers).map(([name, value]) => [name, String(value)]));
    const body = chunks.length === 0 ? {} : {body: Buffer.concat(chunks)};
    const init = {method: req.method ?? 'GET', headers, ...body};
    const response = await handleHttp.fetch(new Request(`http://${req.headers.host}${req.url}`, init));
    res.writeHead(response.status, Object.fromEntries(response.headers));
    if (response.body) Readable.fromWeb(response.body as ReadableStream).pipe(res);
    else res.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const {port} = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
