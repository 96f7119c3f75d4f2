/** Serves files from memory or a folder on an origin of its own. Knows nothing of the chat. */
import {readFile} from 'node:fs/promises';
import {createServer, type OutgoingHttpHeaders} from 'node:http';
import {once} from 'node:events';
import type {AddressInfo} from 'node:net';
import {extname, join} from 'node:path';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};

export interface StaticSite {
  readonly url: string;
  close(): Promise<void>;
}

interface Content {
  /** Answers by path; other paths are files of the folder. */
  readonly pages?: Readonly<Record<string, string>>;
  readonly folder?: string;
  readonly headers?: OutgoingHttpHeaders;
}

export async function startStaticSite({pages = {}, folder, headers = {}}: Content): Promise<StaticSite> {
  const server = createServer(async (request, response) => {
    const {pathname} = new URL(request.url ?? '/', 'http://localhost');
    const path = pathname === '/' ? '/index.html' : pathname;
    const body = pages[path] ?? (folder ? await readFile(join(folder, path)).catch(() => undefined) : undefined);
    if (body === undefined || path.includes('..')) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, {'content-type': `${types[extname(path)] ?? 'text/plain'}; charset=utf-8`, ...headers});
    response.end(body);
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
