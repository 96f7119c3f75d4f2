/**
 * The chat of a page asks a backend in an API that is not ours: OpenAI's Responses, Ollama's, AG-UI. The backend is our
 * own server, which speaks all three, behind another origin than the page's.
 */
import assert from 'node:assert/strict';
import {after, before, suite, test} from 'node:test';
import type {Browser, Page} from 'playwright-core';
import {
  type Upstream,
  callsTool,
  delta,
  done,
  nextReply,
  refuses,
  says,
  startUpstream,
} from '../../server/src/testing/upstream.ts';
import {launchBrowser, openPage} from './browser.ts';
import {ask, lastAnswer, stopButton, untilShown} from './chat-page.ts';
import {type ChatServer, startChatServer} from './chat-server.ts';
import {startCuttableProxy} from './cuttable-proxy.ts';
import {upstreamSettings} from './stage.ts';
import {startStaticSite} from './static-site.ts';

const apis = [
  {api: 'responses', path: '/v1', lists: true},
  {api: 'ollama', path: '', lists: true},
  {api: 'ag-ui', path: '/agui', lists: false},
] as const;

suite('a chat that asks a backend in a foreign API', () => {
  let browser: Browser;
  let upstream: Upstream;
  let server: ChatServer;

  before(async () => {
    upstream = await startUpstream();
    [browser, server] = await Promise.all([
      launchBrowser(),
      startChatServer({config: {ollama: true, tools: ['fetch-page']}, env: upstreamSettings(upstream)}),
    ]);
  });
  after(async () => {
    await browser?.close();
    await server?.[Symbol.asyncDispose]();
    await upstream?.close();
  });

  /** A page with a chat that asks our server in this API, and nothing but that. */
  async function openChat({api, path}: (typeof apis)[number], {attributes = '', url = server.url} = {}) {
    // Our server has two APIs under one path, and tells Ollama's own clients by their name.
    const named =
      api === 'ollama' ? `document.querySelector('chatlet-chat').headers = {'x-chat-protocol': 'ollama'};` : '';
    const site = await startStaticSite({
      pages: {
        '/index.html': `<!doctype html><link rel="icon" href="data:," />
          <script type="module" src="${server.url}/chatlet.js"></script>
          <chatlet-chat style="height: 600px" api="${api}" endpoint="${url}${path}" ${attributes}></chatlet-chat>
          <script>${named}</script>`,
      },
    });
    const context = await browser.newContext({viewport: {width: 480, height: 640}});
    const {page, complaints} = await openPage(context, site.url);
    return {
      page,
      complaints,
      async [Symbol.asyncDispose]() {
        await context.close();
        await site.close();
      },
    };
  }

  const modelButton = (page: Page) => page.getByRole('button', {name: /^Model/});

  for (const row of apis) {
    test(`${row.api}: two turns are shown as they grow, and the second brings the first along`, async () => {
      upstream.models = [{id: 'small'}, {id: 'large'}];
      await using chat = await openChat(row, row.lists ? {} : {attributes: 'model="large"'});
      const {page, complaints} = chat;
      if (row.lists) {
        await modelButton(page).click();
        await page.getByRole('option', {name: /large/}).click();
      } else assert.equal(await modelButton(page).count(), 0);
      const asked = nextReply(upstream);
      await ask(page, 'One?');
      const first = await asked;
      await first.write(delta('It is '));
      await lastAnswer(page).getByText('It is').waitFor();
      await first.write(delta('**one**.'));
      first.end(done());
      await lastAnswer(page).locator('strong', {hasText: 'one'}).waitFor();

      const askedAgain = nextReply(upstream);
      await ask(page, 'And two?');
      const second = await askedAgain;
      assert.deepEqual(second.body?.['messages'], [
        {role: 'user', content: 'One?'},
        {role: 'assistant', content: 'It is **one**.'},
        {role: 'user', content: 'And two?'},
      ]);
      assert.equal(second.body?.['model'], 'large');
      await second.write(delta('Two.'));
      second.end(done());
      await untilShown(page, ['One?', 'It is one.', 'And two?', 'Two.']);
      assert.deepEqual(complaints, []);
    });

    test(`${row.api}: thoughts are folded, and stop ends the answer at the upstream`, async () => {
      await using chat = await openChat(row);
      const {page} = chat;
      const asked = nextReply(upstream);
      await ask(page, 'Think!');
      const exchange = await asked;
      await exchange.write('data: {"choices":[{"index":0,"delta":{"reasoning_content":"Hm"}}]}\n\n');
      await exchange.write(delta('So far'));
      await lastAnswer(page).getByText('So far').waitFor();
      assert.match((await lastAnswer(page).locator('[part=reasoning]').textContent()) ?? '', /Hm/);
      await stopButton(page).click();
      await exchange.abandoned;
      await lastAnswer(page).getByText('Stopped').waitFor();
    });

    test(`${row.api}: a limit says how long it lasts, and asking again works`, async () => {
      await using chat = await openChat(row);
      const {page} = chat;
      upstream.script(refuses(429, {error: {message: 'Too many'}}, {'retry-after': '600'}));
      await ask(page, 'Too much?');
      await lastAnswer(page).getByText('Too many messages').waitFor();
      await page.getByRole('button', {name: /^Retry in \d+/}).waitFor();
    });

    test(`${row.api}: a model that is not there is told as that`, async () => {
      await using chat = await openChat(row, {attributes: 'model="nobody"'});
      const {page} = chat;
      // If there is a list, the chat asks one of its models in place of another.
      if (row.lists) upstream.script(refuses(404, {error: {message: 'No such model', code: 'model_not_found'}}));
      await ask(page, 'Who?');
      await lastAnswer(page).getByText('This model is gone.').waitFor();
      // If the list came after the question, our server has refused the model itself.
      upstream.unscript();
    });

    test(`${row.api}: an answer that is cut off says so, and keeps its text`, async (t) => {
      const proxy = await startCuttableProxy(server.port);
      t.after(() => proxy.close());
      await using chat = await openChat(row, {url: proxy.url});
      const {page} = chat;
      const asked = nextReply(upstream);
      await ask(page, 'Go on');
      const exchange = await asked;
      await exchange.write(delta('Half of'));
      await lastAnswer(page).getByText('Half of').waitFor();
      proxy.cut();
      await lastAnswer(page).getByText('The answer was interrupted.').waitFor();
      await lastAnswer(page).getByText('Half of').waitFor();
    });
  }

  test('ag-ui: a visitor without a sign-in allows a call that waits, and the run goes on', async () => {
    await using chat = await openChat(apis[2]);
    const {page, complaints} = chat;
    // No request goes to this address, which is nobody's.
    upstream.script(callsTool('fetch-page', {url: 'http://192.0.2.1/'}), says('Nobody is there.'));
    await ask(page, 'Read 192.0.2.1');
    await page
      .getByRole('group', {name: /fetch-page/})
      .getByRole('button', {name: 'Allow once'})
      .click();
    await lastAnswer(page).getByText('Nobody is there.').waitFor();
    assert.deepEqual(complaints, []);
  });
});
