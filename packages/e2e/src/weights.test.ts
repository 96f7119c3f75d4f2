/** Until the panel can be used, and until it shows a first answer, a browser fetches the files that the budgets count. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {delta, done} from '../../server/src/testing/upstream.ts';
import {openPage} from './browser.ts';
import {ask, lastAnswer, stopButton} from './chat-page.ts';
import {setUpstreamStage} from './stage.ts';
import {startStaticSite} from './static-site.ts';

/** Without code, formulas and HTML. */
const answer = '## Tea\n\nTake **hot** water, and:\n\n- green or\n- [black](https://example.com) tea\n\n> Not both.';

/** Those that the budgets “panel” and “first answer” count, in the order in which a browser asks for them. */
const files = ['chatlet', 'chat', 'answers'];
/** The handle at the panel's corner comes after the panel, which can be used and answered without it. */
const later = 'panel-size';

suite('the weight of the script tag', () => {
  const stage = setUpstreamStage();
  /** `before`: what the model does before its answer. */
  const startSite = (before?: (write: (text: string) => Promise<void>) => Promise<void>) => {
    stage.upstream.script(async ({write, end}) => {
      await before?.(write);
      await write(delta(answer) + done());
      end();
    });
    const tag = `<script src="${stage.server.url}/chatlet.js" data-launcher></script>`;
    const page = `<!doctype html><html lang="en"><title>Tea</title><link rel="icon" href="data:," />${tag}</html>`;
    return startStaticSite({pages: {'/index.html': page}});
  };

  test('a panel fetches the code of its first answer when it is opened, and no more after that', async () => {
    const site = await startSite();
    const context = await stage.browser.newContext();
    const fetched: string[] = [];
    context.on('request', (request) => {
      // `/chatlet/chat-9Hm3.js` is the file with the name `chat`.
      const name = /\/([\w-]+?)(?:-[\w-]{8})?\.js$/.exec(new URL(request.url()).pathname)?.[1];
      if (name !== undefined && name !== later) fetched.push(name);
    });
    try {
      const {page: tab} = await openPage(context, `${site.url}/index.html`);
      await tab.getByRole('button', {name: 'Open chat'}).click();
      await tab.getByRole('textbox', {name: 'Your message'}).waitFor();
      await tab.waitForLoadState('networkidle');
      assert.deepEqual(fetched, files);
      await ask(tab, 'How do I make tea?');
      await lastAnswer(tab).getByText('Not both.').waitFor();
      await tab.waitForLoadState('networkidle');
      assert.deepEqual(fetched, files);
    } finally {
      await context.close();
      await site.close();
    }
  });

  test('a question that is asked before the code for answers has come is answered when it is there', async () => {
    const site = await startSite();
    const context = await stage.browser.newContext();
    const arrival = Promise.withResolvers<void>();
    await context.route(/\/answers-/, async (route) => {
      await arrival.promise;
      await route.continue();
    });
    try {
      const {page: tab, complaints} = await openPage(context, `${site.url}/index.html`);
      await tab.getByRole('button', {name: 'Open chat'}).click();
      await ask(tab, 'How do I make tea?');
      await stopButton(tab).waitFor();
      assert.equal(await tab.getByRole('textbox', {name: 'Your message'}).inputValue(), '');
      assert.deepEqual(await tab.getByRole('article').count(), 0);
      arrival.resolve();
      await lastAnswer(tab).getByText('Not both.').waitFor();
      assert.deepEqual(complaints, []);
    } finally {
      arrival.resolve();
      await context.close();
      await site.close();
    }
  });

  test('a thought whose code cannot be fetched at first is there when it can, and until then the answer is waited for', async () => {
    const waited = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    const site = await startSite(async (write) => {
      await write('data: {"choices":[{"index":0,"delta":{"reasoning_content":"Green?"}}]}\n\n');
      await go.promise;
    });
    const context = await stage.browser.newContext();
    let attempts = 0;
    await context.route(/\/steps-/, async (route) => {
      attempts += 1;
      await waited.promise;
      if (attempts === 1) await route.abort();
      else await route.continue();
    });
    try {
      const {page: tab} = await openPage(context, `${site.url}/index.html`);
      await tab.getByRole('button', {name: 'Open chat'}).click();
      await ask(tab, 'How do I make tea?');
      await tab.getByRole('img', {name: 'Waiting for the answer'}).waitFor();
      waited.resolve();
      await lastAnswer(tab).getByText('Thinking…').waitFor();
      assert.equal(attempts, 2);
      assert.equal(await tab.getByRole('img', {name: 'Waiting for the answer'}).count(), 0);
      go.resolve();
      await lastAnswer(tab).getByText('Not both.').waitFor();
      await lastAnswer(tab)
        .getByText(/^Thought/)
        .waitFor();
    } finally {
      waited.resolve();
      go.resolve();
      await context.close();
      await site.close();
    }
  });
});
