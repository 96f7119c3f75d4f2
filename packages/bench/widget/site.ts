/**
 * A site as it has our chat or another: pages with an article, served by our own server and so with its compression and
 * its addresses. Knows no measurement.
 */
import {readFile} from 'node:fs/promises';
import {createServer} from 'node:http';
import {fileURLToPath} from 'node:url';
import {gzipSync} from 'node:zlib';
import {chatRouter} from '@chatlet/server';
import express from 'express';
import {writeText} from './texts.ts';

export interface Site {
  readonly origin: string;
  close(): Promise<void>;
}

const box = 'style="display: block; width: 380px; height: 480px"';
/** What a page with the contestant has in its head, and in its body. */
const additions: Readonly<Record<string, readonly [head: string, body: string]>> = {
  'plain-site': ['', ''],
  'launcher-site': ['<script defer src="/chatlet.js" data-launcher></script>', ''],
  'inline-site': ['<script defer src="/chatlet.js"></script>', `<chatlet-chat ${box}></chatlet-chat>`],
  'deep-chat-site': [
    '<script type="module" src="/deep-chat.js"></script>',
    `<deep-chat ${box} connect='{"url": "/api/none"}'></deep-chat>`,
  ],
};

function pageOf(name: string): string {
  const [head, body] = additions[name] ?? ['', ''];
  const article =
    writeText('mixed', 1500, 21)
      .visible.match(/.{1,8}/g)
      ?.join(' ') ?? '';
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${name}</title>
<link rel="icon" href="data:,">
<style>
  body { margin: 0 auto; max-width: 640px; font: 16px/1.5 Arial, sans-serif; }
</style>
${head}
<h1>A page of a site</h1>
${body}
${article
  .match(/[^]{1,600}/g)
  ?.map((text) => `<p>${text}</p>`)
  .join('\n')}
</html>`;
}

/** Deep-chat's file for pages without a bundler, compressed as ours are: browsers take Brotli only by HTTPS. */
async function readDeepChat(): Promise<Uint8Array> {
  const file = fileURLToPath(new URL('../node_modules/deep-chat/dist/deepChat.bundle.js', import.meta.url));
  return gzipSync(await readFile(file), {level: 9});
}

/** Needs the widget's bundle (`pnpm --filter @chatlet/widget run build`). */
export async function startSite(): Promise<Site> {
  const deepChat = await readDeepChat();
  const app = express();
  app.get('/sites/:name', (request, response) => {
    response.type('html').send(pageOf(request.params.name));
  });
  app.get('/deep-chat.js', (_, response) => {
    response.type('js').set({'content-encoding': 'gzip', 'cache-control': 'no-store'}).send(deepChat);
  });
  const chat = chatRouter({databaseUrl: 'sqlite::memory:'});
  app.use(chat);
  const server = createServer(app);
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The site has no port.');
  return {
    origin: `http://127.0.0.1:${address.port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await chat.close();
    },
  };
}
