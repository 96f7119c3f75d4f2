/** A page such as WordPress makes, with what the plugin echoes in its footer, on http://localhost:5178. Needs no PHP. */
import {readFile} from 'node:fs/promises';
import {createServer} from 'node:http';

const plugin = await readFile(new URL('chatlet.php', import.meta.url), 'utf8');
const [, echoed = ''] = /<<<HTML\n(.*?)\n\s*HTML;/s.exec(plugin) ?? [];
const footer = echoed.replaceAll('{$server}', process.env.CHATLET_SERVER ?? 'http://localhost:8000');

const page = `<!doctype html>
<html lang="en-US">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Hello world! – My Site</title>
    <link rel="icon" href="data:," />
    <style>:where(.is-layout-flow) > * { margin-block: 24px 0 } body { font-family: Manrope, sans-serif; padding: 0 }</style>
  </head>
  <body class="wp-singular single single-post wp-embed-responsive">
    <div class="wp-site-blocks"><main class="wp-block-group is-layout-flow"><h1>Hello world!</h1><p>Welcome to WordPress.</p></main></div>
    ${footer}
  </body>
</html>`;

const server = createServer((request, response) => {
  if (request.url === '/') response.writeHead(200, {'content-type': 'text/html; charset=utf-8'}).end(page);
  else response.writeHead(404).end();
});
server.listen(Number(process.env.PORT ?? 5178), 'localhost', () => {
  console.log(`The page is on http://localhost:${server.address().port}`);
});
