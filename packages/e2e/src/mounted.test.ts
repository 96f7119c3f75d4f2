/** E2: an app that has our server below a path, and a page whose tag comes from there. Nothing of ours is at its root. */
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {suite, test} from 'node:test';
import express from 'express';
import {chatRouter} from '@chatlet/server';
import {openPage} from './browser.ts';
import {ask, lastAnswer} from './chat-page.ts';
import {setStage} from './stage.ts';
import {startStaticSite} from './static-site.ts';

suite('a server below a path', () => {
  const stage = setStage();

  for (const [kind, attributes] of [
    ['a launcher', 'data-launcher'],
    ['a launcher of a module', 'type="module" data-launcher'],
    ['a chat', ''],
  ] as const) {
    test(`E2: ${kind} asks the folder that its script came from, from a page of another origin`, async () => {
      const chat = chatRouter({databaseUrl: 'sqlite::memory:'});
      const app = express();
      app.use('/support', chat);
      const server = createServer(app).listen(0, 'localhost');
      await once(server, 'listening');
      const {port} = server.address() as AddressInfo;
      const origin = `http://localhost:${port}`;
      const tag = `<script src="${origin}/support/chatlet.js" ${attributes}></script>`;
      const body = attributes === '' ? '<chatlet-chat style="block-size: 500px"></chatlet-chat>' : '';
      const page = `<!doctype html><html lang="en"><title>Shop</title><link rel="icon" href="data:," />${tag}${body}</html>`;
      const site = await startStaticSite({pages: {'/index.html': page}});
      const context = await stage.browser.newContext();
      const asked = new Set<string>();
      context.on('request', (request) => {
        const url = new URL(request.url());
        if (url.origin === origin) asked.add(url.pathname.split('/')[1] ?? '');
      });
      try {
        const {page: tab, complaints} = await openPage(context, `${site.url}/index.html`);
        if (body === '') await tab.getByRole('button', {name: 'Open chat'}).click();
        await ask(tab, 'Show a table');
        await lastAnswer(tab).getByRole('table').waitFor();
        await tab.getByRole('button', {name: 'Copy answer'}).waitFor();
        assert.deepEqual({complaints, asked: [...asked]}, {complaints: [], asked: ['support']});
      } finally {
        await context.close();
        await site.close();
        server.close();
        await chat.close();
      }
    });
  }
});
