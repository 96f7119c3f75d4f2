/** The examples as a reader would run them: each opened in a browser and chatted with. */
import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {suite, test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {openPage} from './browser.ts';
import {startChatServer} from './chat-server.ts';
import {setStage} from './stage.ts';
import {startStaticSite} from './static-site.ts';

const examples = fileURLToPath(new URL('../../../examples/', import.meta.url));

suite('examples', () => {
  const stage = setStage();

  test('a plain page on another origin has a working chat by one script tag', async () => {
    const folder = join(examples, 'script-tag');
    const html = await readFile(join(folder, 'index.html'), 'utf8');
    const site = await startStaticSite({
      folder,
      pages: {'/index.html': html.replaceAll('http://localhost:8000', stage.server.url)},
    });
    const context = await stage.browser.newContext();
    try {
      const {page, complaints, foreign} = await openPage(context, site.url);
      await page.getByRole('button', {name: /open chat/i}).click();
      await page.getByRole('textbox').fill('Show a table');
      await page.keyboard.press('Enter');
      await page.getByRole('article').last().getByRole('table').waitFor();
      await page.getByRole('button', {name: 'Copy answer'}).waitFor();
      assert.deepEqual({complaints, foreign}, {complaints: [], foreign: []});
    } finally {
      await context.close();
      await site.close();
    }
  });

  test('K5 W22: a page draws diagrams in answers, and code that its library cannot read stays code', async () => {
    const folder = join(examples, 'mermaid');
    const html = await readFile(join(folder, 'index.html'), 'utf8');
    // In place of Mermaid: a library of the same form.
    const standIn = `export default {
      initialize() {},
      async render(id, source) {
        if (!source.startsWith('graph')) throw new Error('What is that?');
        return {svg: '<svg id="' + id + '" role="img" aria-label="Diagram of ' + source.length + '"></svg>'};
      },
    }`;
    const library = /https:\/\/cdn[^']+/.exec(html)?.[0] ?? '';
    assert.match(library, /mermaid/);
    const site = await startStaticSite({
      folder,
      pages: {
        '/index.html': html
          .replaceAll('http://localhost:8000', stage.server.url)
          .replace(library, `data:text/javascript,${encodeURIComponent(standIn).replaceAll("'", '%27')}`),
      },
    });
    const context = await stage.browser.newContext();
    try {
      const {page, complaints, foreign} = await openPage(context, site.url);
      await page.getByRole('textbox').waitFor();
      await page.locator('chatlet-chat').evaluate((chat) => {
        const content = '```mermaid\ngraph TD\n```\n\n```mermaid\nno graph\n```';
        Object.assign(chat, {
          messages: [
            {role: 'user', content: 'Draw'},
            {role: 'assistant', content},
          ],
        });
      });
      await page.getByRole('img', {name: 'Diagram of 9'}).waitFor();
      await page.getByText('no graph').waitFor();
      assert.equal(await page.getByText('graph TD').isVisible(), false);
      assert.deepEqual({complaints, foreign}, {complaints: [], foreign: []});
    } finally {
      await context.close();
      await site.close();
    }
  });

  test('a page with a ticket of its own server chats, and without a ticket nobody does', async () => {
    const folder = join(examples, 'ticket');
    const secret = {TICKET_SECRET: 'a secret of this test'};
    const chat = await startChatServer({env: {...secret, CHATLET_CONFIG: join(folder, 'chatlet.config.mjs')}});
    const env = {...process.env, ...secret, CHAT_URL: chat.url, PORT: '0'};
    const site = spawn(process.execPath, [join(folder, 'site.mjs')], {env, stdio: ['ignore', 'pipe', 'inherit']});
    const [said] = (await once(site.stdout, 'data')) as [Buffer];
    const context = await stage.browser.newContext();
    try {
      const {page, complaints, foreign} = await openPage(context, /http:\S+/.exec(String(said))?.[0] ?? '');
      await page.getByRole('button', {name: /open chat/i}).click();
      await page.getByRole('textbox').fill('Show a table');
      await page.keyboard.press('Enter');
      await page.getByRole('article').last().getByRole('table').waitFor();
      assert.deepEqual({complaints, foreign}, {complaints: [], foreign: []});
      for (const ticket of [undefined, 'forged', `${Date.now() + 60_000}.forged`]) {
        const response = await fetch(`${chat.url}/api/chat`, {
          method: 'POST',
          headers: {'content-type': 'application/json', ...(ticket !== undefined && {'x-ticket': ticket})},
          body: '{"message":{"text":"Hi"}}',
        });
        assert.equal(response.status, 403);
        assert.match(await response.text(), /Reload the page to ask/);
      }
    } finally {
      await context.close();
      site.kill();
      await chat[Symbol.asyncDispose]();
    }
  });
});
