/** The page's own server on http://localhost:5173. It gives tickets to those that it trusts: here, everybody. */
import {readFile} from 'node:fs/promises';
import {createServer} from 'node:http';
import {createTicket} from './ticket.mjs';

const secret = process.env.TICKET_SECRET ?? 'a secret that site and chat share';
const chatUrl = process.env.CHAT_URL ?? 'http://localhost:8000';
const port = Number(process.env.PORT ?? 5173);

const server = createServer(async (request, response) => {
  if (request.url === '/ticket') {
    // Here your site looks at its session, its captcha or its list of bans.
    response.writeHead(200, {'content-type': 'text/plain', 'cache-control': 'no-store'}).end(createTicket(secret));
  } else if (request.url === '/') {
    const page = await readFile(new URL('index.html', import.meta.url), 'utf8');
    response.writeHead(200, {'content-type': 'text/html; charset=utf-8'});
    response.end(page.replaceAll('http://localhost:8000', chatUrl));
  } else {
    response.writeHead(404).end('Not found');
  }
});
server.listen(port, 'localhost', () => console.log(`The page is on http://localhost:${server.address().port}`));
