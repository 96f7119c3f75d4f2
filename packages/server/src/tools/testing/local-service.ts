/** A service on this machine that tools ask. It keeps what it was asked. */
import {type IncomingMessage, type ServerResponse, createServer} from 'node:http';
import type {AddressInfo} from 'node:net';

export interface LocalService extends AsyncDisposable {
  readonly url: string;
  readonly asked: readonly Asked[];
}

export interface Asked extends Pick<IncomingMessage, 'method' | 'headers'> {
  readonly path: string;
  readonly query: string;
  readonly body: string;
}

export async function startService(answer: (asked: Asked, res: ServerResponse) => void): Promise<LocalService> {
  const asked: Asked[] = [];
  const server = createServer(async (req, res) => {
    let body = '';
    for await (const piece of req) body += String(piece);
    const [path = '', query = ''] = (req.url ?? '').split('?');
    const one = {method: req.method, headers: req.headers, path, query, body};
    asked.push(one);
    answer(one, res);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const {port} = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A service with these answers by path; all other paths fail. */
export function startAnswers(answers: Readonly<Record<string, unknown>>): Promise<LocalService> {
  return startService(({path}, res) => {
    const answer = answers[path];
    res.writeHead(answer === undefined ? 500 : 200, {'content-type': 'application/json'});
    res.end(typeof answer === 'string' ? answer : JSON.stringify(answer ?? {error: 'secret of the service'}));
  });
}
