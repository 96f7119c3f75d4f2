/**
 * WebMCP as Chromium has it behind its flag: the model of the chat calls a function that the page has registered for the
 * browser's agents, and an agent asks the chat, which a closed launcher holds.
 */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {chromium} from 'playwright-core';
import {browserArguments, findBrowser} from '../../../scripts/browser.mjs';
import {callsTool, says, startUpstream} from '../../server/src/testing/upstream.ts';
import {openPage} from './browser.ts';
import {startChatServer} from './chat-server.ts';
import {upstreamSettings} from './stage.ts';
import {startStaticSite} from './static-site.ts';

/** What the page does for agents, as the draft has it. */
interface ModelContext extends EventTarget {
  registerTool(tool: object): Promise<void>;
  getTools(): Promise<readonly {readonly name: string}[]>;
  executeTool(tool: object, input: object): Promise<string>;
}
declare const ran: unknown[];

test('the chat calls functions that a page registered for the browser’s agents, and these agents ask the chat', async (t) => {
  const upstream = await startUpstream();
  await using server = await startChatServer({env: upstreamSettings(upstream)});
  const site = await startStaticSite({
    pages: {
      '/index.html': `<!doctype html><html lang="en"><head><title>Shop</title><link rel="icon" href="data:," />
        <script defer src="${server.url}/chatlet.js" data-launcher data-webmcp="both" data-heading="Ask Acme"></script>
        <script>
          const ran = [];
          const inputSchema = {type: 'object', properties: {article: {type: 'string'}}, required: ['article']};
          const execute = (input) => (ran.push(input), {content: [{type: 'text', text: 'In the cart: ' + input.article}]});
          document.modelContext?.registerTool({name: 'cart.add', description: 'Adds.', inputSchema, execute});
        </script></head><body><h1>Our tea</h1></body></html>`,
    },
  });
  const browser = await chromium.launch({
    executablePath: findBrowser(),
    args: [...browserArguments, '--enable-features=WebMCP'],
  });
  try {
    const context = await browser.newContext({viewport: {width: 1000, height: 800}});
    const {page, complaints} = await openPage(context, site.url);
    page.setDefaultTimeout(15_000);
    const hasWebMcp = await page.evaluate(() => {
      const {modelContext} = document as {modelContext?: Partial<ModelContext>};
      return Boolean(modelContext?.getTools && modelContext.executeTool);
    });
    if (!hasWebMcp) {
      t.skip('NOT RUN: this browser has no WebMCP, also with its flag.');
      return;
    }

    // The launcher is closed, and the visitor has not touched it.
    upstream.script(says('Pour it on at 95 °C.'));
    const answer = await page.evaluate(async () => {
      const {modelContext} = document as unknown as {modelContext: ModelContext};
      for (;;) {
        const ask = (await modelContext.getTools()).find(({name}) => name === 'ask-this-site');
        if (ask) return modelContext.executeTool(ask, {question: 'How hot?'});
        await new Promise((resolve) => modelContext.addEventListener('toolchange', resolve, {once: true}));
      }
    });
    assert.deepEqual(JSON.parse(answer), {content: [{type: 'text', text: 'Pour it on at 95 °C.'}]});
    await page.getByRole('button', {name: /^Open chat/}).click();
    await page.getByRole('article').getByText('How hot?').waitFor();
    await page.getByRole('article').getByText('Pour it on at 95 °C.').waitFor();

    upstream.script(callsTool('cart_add', {article: 'tea'}), says('Done.'));
    await page.getByRole('textbox', {name: 'Your message'}).fill('Add tea');
    await page.keyboard.press('Enter');
    const card = page.getByRole('group', {name: 'Allow “cart_add”?'});
    await card.waitFor();
    assert.deepEqual(await page.evaluate(() => ran), []);
    await card.getByRole('button', {name: 'Allow once'}).click();
    await page.getByRole('article').getByText('Done.').waitFor();
    assert.deepEqual(await page.evaluate(() => ran), [{article: 'tea'}]);
    const messages = upstream.requests.at(-1)?.body?.['messages'] as readonly {readonly content: string}[] | undefined;
    assert.equal(messages?.at(-1)?.content, 'In the cart: tea');
    assert.deepEqual(complaints, []);
  } finally {
    await browser.close();
    await site.close();
    await upstream.close();
  }
});
