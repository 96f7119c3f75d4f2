/** MCP servers over HTTP, each on a port of its own. For tests. */
import {type IncomingMessage, type RequestListener, type ServerResponse, createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {Readable} from 'node:stream';
import type {ReadableStream} from 'node:stream/web';
import {handleHttp} from './mcp-server.ts';

/** Serves requests on a free port. */
export async function serveMcp(handle: RequestListener) {
  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const {port} = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Answers by a handler that takes the standard `Request`, which hears of a caller that goes away. */
export async function answerByFetch(
  req: IncomingMessage,
  res: ServerResponse,
  fetch: (request: Request) => Promise<Response>,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  const headers = new Headers(Object.entries(req.headers).map(([name, value]) => [name, String(value)]));
  const gone = new AbortController();
  res.on('close', () => gone.abort());
  const init = {
    method: req.method ?? 'GET',
    headers,
    signal: gone.signal,
    ...(chunks.length > 0 && {body: Buffer.concat(chunks)}),
  };
  const response = await fetch(new Request(`http://${req.headers.host}${req.url}`, init));
  res.writeHead(response.status, Object.fromEntries(response.headers));
  if (response.body) Readable.fromWeb(response.body as ReadableStream).pipe(res);
  else res.end();
}

/** The small MCP server, with the keys of its callers. */
export async function startHttp() {
  const asked: (string | undefined)[] = [];
  const served = await serveMcp((req, res) => {
    asked.push(req.headers.authorization);
    void answerByFetch(req, res, (request) => handleHttp.fetch(request));
  });
  return {...served, asked};
}
