/**
 * The main job: the page, our server and an OpenAI-compatible upstream. The upstream is scripted, so each test decides
 * when the next token comes and when the connection breaks.
 */
import assert from 'node:assert/strict';
import {after, afterEach, before, beforeEach, suite, test} from 'node:test';
import transcripts from '@chatlet/testdata/dialects/openai-chat.json' with {type: 'json'};
import type {Browser, BrowserContext, Locator, Page} from 'playwright-core';
import {type Upstream, delta, done, nextReply, refuses, startUpstream} from '../../server/src/testing/upstream.ts';
import {launchBrowser, openPage} from './browser.ts';
import {ask, lastAnswer, stopButton} from './chat-page.ts';
import {type ChatServer, startChatServer} from './chat-server.ts';
import {startCuttableProxy} from './cuttable-proxy.ts';

const key = 'sk-canary-0123456789';

suite('the page, the server and an upstream', () => {
  let browser: Browser;
  let context: BrowserContext;
  let upstream: Upstream;
  let server: ChatServer;

  before(async () => {
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
  });
  beforeEach(async () => {
    upstream = await startUpstream();
    upstream.models = [
      {id: 'small', object: 'model', created: 1, owned_by: 'test'},
      {id: 'large', object: 'model', created: 1, owned_by: 'test'},
    ];
    server = await startChatServer({env: {OPENAI_BASE_URL: upstream.baseUrl, OPENAI_API_KEY: key}});
    context = await browser.newContext({viewport: {width: 1200, height: 800}});
  });
  afterEach(async () => {
    await context.close();
    await server[Symbol.asyncDispose]();
    await upstream.close();
  });

  test('the upstream’s models are in the picker, and the chosen one is asked', async () => {
    const {page} = await openPage(context, server.url);
    await page.getByRole('button', {name: /model/i}).click();
    await page.getByRole('option', {name: /large/}).click();
    await ask(page, 'Hello');
    await lastAnswer(page).getByText('You said: Hello').waitFor();
    assert.equal(upstream.requests[0]?.body?.['model'], 'large');
    assert.equal(upstream.requests[0]?.headers.authorization, `Bearer ${key}`);
    assert.equal((await page.content()).includes(key), false);
  });

  test('an answer is shown token by token, and stop closes the upstream', async () => {
    const asked = nextReply(upstream);
    const {page} = await openPage(context, server.url);
    await ask(page, 'Count');
    const exchange = await asked;
    await exchange.write(delta('One '));
    await lastAnswer(page).getByText('One').waitFor();
    await exchange.write(delta('two '));
    await lastAnswer(page).getByText('One two').waitFor();

    await stopButton(page).click();
    await exchange.abandoned;
    await lastAnswer(page).getByText('Stopped').waitFor();
    await page.reload();
    await lastAnswer(page).getByText('One two').waitFor();
  });

  test('a Retry-After of the upstream is waited for, and the question is kept', async () => {
    upstream.script(refuses(429, {error: {message: 'canary'}}, {'retry-after': '600'}));
    const {page} = await openPage(context, server.url);
    await ask(page, 'Too much?');
    await page.getByRole('button', {name: /^Retry in \d+/}).waitFor();
    assert.equal((await page.content()).includes('canary'), false);
    await page.reload();
    await page.getByRole('article').getByText('Too much?').waitFor();
    await page
      .getByRole('button', {name: 'Answer again'})
      .or(page.getByRole('button', {name: /retry/i}))
      .first()
      .click();
    await lastAnswer(page).getByText('You said: Too much?').waitFor();
  });

  test('another tab of the same visitor shows the running answer and can stop it', async () => {
    const asked = nextReply(upstream);
    const first = await openPage(context, server.url);
    await ask(first.page, 'Count');
    const exchange = await asked;
    await exchange.write(delta('One '));
    await lastAnswer(first.page).getByText('One').waitFor();

    const second = await openPage(context, server.url);
    await second.page.getByRole('button', {name: /^Count/}).click();
    await lastAnswer(second.page).getByText('One').waitFor();
    await exchange.write(delta('two '));
    await lastAnswer(second.page).getByText('One two').waitFor();
    await stopButton(second.page).click();
    await exchange.abandoned;
    await lastAnswer(first.page).getByText('Stopped').waitFor();
    await lastAnswer(second.page).getByText('Stopped').waitFor();
  });

  test('after a lost connection the answer goes on without a missing word', async (t) => {
    const asked = nextReply(upstream);
    const proxy = await startCuttableProxy(server.port);
    t.after(() => proxy.close());
    const {page} = await openPage(context, proxy.url);
    await ask(page, 'Count');
    const exchange = await asked;
    await exchange.write(delta('One '));
    await lastAnswer(page).getByText('One').waitFor();
    proxy.cut();
    await connectionLine(page).waitFor();
    await exchange.write(delta('two '));
    proxy.mend();
    await exchange.write(delta('three.'));
    exchange.end(done());
    await lastAnswer(page).getByText('One two three.', {exact: true}).waitFor();
    await connectionLine(page).waitFor({state: 'hidden'});
    assert.equal(upstream.requests.length, 1);
  });

  test('an answer goes on while its page is closed, and is there when it is opened again', async () => {
    const asked = nextReply(upstream);
    const first = await openPage(context, server.url);
    await ask(first.page, 'Count');
    const exchange = await asked;
    await exchange.write(delta('One '));
    await lastAnswer(first.page).getByText('One').waitFor();
    await first.page.close();
    await exchange.write(delta('two.'));
    exchange.end(done());

    const {page} = await openPage(context, server.url);
    await page.getByRole('button', {name: /^Count/}).click();
    await lastAnswer(page).getByText('One two.').waitFor();
  });

  test('a server that is killed in the middle keeps the question and the text so far', async () => {
    const asked = nextReply(upstream);
    const {page} = await openPage(context, server.url);
    await ask(page, 'Count');
    const exchange = await asked;
    await exchange.write(delta('One '));
    await lastAnswer(page).getByText('One').waitFor();
    await savedOnServer(page, 'One');
    await server.kill();
    await connectionLine(page).waitFor();

    server = await server.restart();
    await lastAnswer(page)
      .getByText(/interrupted/i)
      .waitFor();
    await page.reload();
    await page.getByRole('article').getByText('Count').waitFor();
    await lastAnswer(page).getByText('One').waitFor();
    await lastAnswer(page)
      .getByText(/interrupted/i)
      .waitFor();
  });

  test('recorded streams are read: CRLF, split characters, comments, no end mark, errors, cuts', async () => {
    const {page} = await openPage(context, server.url);
    for (const {id, body, http, expected} of transcripts) {
      if (http.status !== 200 || !isReadable(id)) continue;
      upstream.script(async (exchange) => {
        exchange.start(200, {'content-type': 'text/event-stream'});
        const bytes = Buffer.from(body);
        for (let at = 0; at < bytes.length; at += 7) await exchange.write(bytes.subarray(at, at + 7));
        if (expected.complete) exchange.end();
        else exchange.cut();
      });
      await page.getByRole('button', {name: 'New chat'}).first().click();
      await ask(page, `Recording ${id}`);
      await stopButton(page).waitFor({state: 'detached'});
      const answer = lastAnswer(page);
      if (!expected.complete)
        await answer
          .getByText(/cut off|interrupted|could not|try again|too long/i)
          .first()
          .waitFor();
      const [firstLine = ''] = expected.text.split('\n');
      if (firstLine !== '') await answer.getByText(firstLine).first().waitFor();
    }
  });
});

/** The line that says that the connection is lost. What says it to a screen reader may have the same words. */
function connectionLine(page: Page): Locator {
  return page.locator('[part="connection"]');
}

/** Waits until the text is in the server's history. */
async function savedOnServer(page: Page, text: string): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    const saved = await page.evaluate(async () => {
      const [, token = ''] = Object.entries(localStorage).find(([name]) => name.endsWith(':visitor')) ?? [];
      const headers = {'x-chatlet-visitor': token};
      const [chat] = await (await fetch('/api/chats', {headers})).json();
      const messages = await (await fetch(`/api/chats/${chat.id}/messages`, {headers})).json();
      return String(messages.at(-1).content);
    });
    if (saved.includes(text)) return;
    await page.waitForTimeout(100);
  }
  assert.fail(`The server did not save "${text}" within a minute.`);
}

/** Recordings with a text to look for, or with an error or a cut that the page must show. */
function isReadable(id: string): boolean {
  return /\/(text|crlf|done-no-blank|no-space|surrogates|truncated|vllm-error|bad-json-line|whitespace|length)$/.test(
    id,
  );
}
