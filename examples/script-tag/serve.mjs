/** Serves this folder, or the one that is named, on http://localhost:5173, another origin than the chat's. */
import {readFile} from 'node:fs/promises';
import {createServer} from 'node:http';

const types = {'/': 'text/html', '/style.css': 'text/css', '/from-chatkit.js': 'text/javascript'};
const folder = new URL(process.argv[2] ?? './', import.meta.url);
const port = Number(process.env.PORT ?? 5173);

createServer(async (request, response) => {
  const {pathname} = new URL(request.url ?? '/', 'http://localhost');
  const type = types[pathname];
  if (!type) {
    response.writeHead(404).end('Not found');
    return;
  }
  const file = new URL(pathname === '/' ? 'index.html' : `.${pathname}`, folder);
  response.writeHead(200, {'content-type': `${type}; charset=utf-8`}).end(await readFile(file));
}).listen(port, 'localhost', () => console.log(`The page is on http://localhost:${port}`));
