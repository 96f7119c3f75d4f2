/** Functions of the page that the model calls: a shop with a cart, at the real page of the real server, in two tabs. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import type {Page} from 'playwright-core';
import {type Exchange, callsTool, says} from '../../server/src/testing/upstream.ts';
import {ask, lastAnswer, newVisit, stopButton, thread, untilShown} from './chat-page.ts';
import {setUpstreamStage} from './stage.ts';

/** What the page's functions did, in order. */
declare const ran: unknown[];
declare const ended: string[];

/** Registers the functions of a shop. */
async function openShop(page: Page): Promise<Page> {
  page.setDefaultTimeout(10_000);
  await page.evaluate(async () => {
    await customElements.whenDefined('chatlet-chat');
    const chat = document.querySelector('chatlet-chat');
    const state = {ran: [] as unknown[], ended: [] as string[]};
    Object.assign(globalThis, state);
    const article = {type: 'object', properties: {article: {type: 'string'}}, required: ['article']};
    const note = (name: string) => (input: unknown) => {
      state.ran.push([name, input]);
      return `${name} done`;
    };
    const never = (_: unknown, {signal}: {signal: AbortSignal}) => {
      state.ran.push('never');
      signal.addEventListener('abort', () => state.ended.push('never'));
      return new Promise(() => {});
    };
    const readOnly = {readOnlyHint: true};
    const about = (description: string) => ({description, inputSchema: {type: 'object', properties: {}}});
    chat?.registerTool({name: 'read-cart', ...about('Tells the cart.'), annotations: readOnly, run: note('read')});
    chat?.registerTool({name: 'add', ...about('Adds an article.'), inputSchema: article, run: note('add')});
    chat?.registerTool({
      name: 'empty-cart',
      ...about('Empties the cart.'),
      annotations: {destructiveHint: true},
      run: note('empty'),
    });
    chat?.registerTool({name: 'large', ...about('10 MB.'), annotations: readOnly, run: () => 'x'.repeat(10_000_000)});
    chat?.registerTool({
      name: 'broken',
      ...about('Throws.'),
      annotations: readOnly,
      run: () => {
        throw new Error('No such cart.');
      },
    });
    chat?.registerTool({name: 'never', ...about('Never ends.'), annotations: readOnly, run: never});
    chat?.registerTool({name: 'never-add', ...about('Never ends.'), run: never});
  });
  return page;
}

const runs = (page: Page) => page.evaluate(() => ran);

/** The last message of the request: the result of the tool as the model reads it. */
function told(exchange: Exchange | undefined): string {
  const messages = exchange?.body?.['messages'] as readonly {readonly content: string}[] | undefined;
  return messages?.at(-1)?.content ?? '';
}

suite('functions of the page', () => {
  const stage = setUpstreamStage();
  const card = (page: Page, name: string) => page.getByRole('group', {name: `Allow “${name}”?`});

  test('that change nothing run alone, once, in the tab that has asked, and both tabs show the answer', async () => {
    const {upstream} = stage;
    await using visit = await newVisit(stage);
    const [page, other] = [await openShop(await visit.openTab()), await openShop(await visit.openTab())];
    await ask(page, 'Hello');
    await untilShown(page, ['Hello', 'You said: Hello']);
    await other.getByRole('button', {name: 'Hello', exact: true}).click();
    await untilShown(other, ['Hello', 'You said: Hello']);
    upstream.script(callsTool('read-cart', {}), callsTool('read-cart', {}), says('Tea.'));
    await ask(page, 'What is in my cart?');
    for (const tab of [page, other]) await untilShown(tab, ['Hello', 'You said: Hello', 'What is in my cart?', 'Tea.']);
    assert.deepEqual(await runs(page), [
      ['read', {}],
      ['read', {}],
    ]);
    assert.deepEqual(await runs(other), []);
    assert.equal(told(upstream.requests.at(-1)), 'read done');
    await lastAnswer(page).getByText('read-cart').first().waitFor();
    await page.reload();
    await untilShown(page, ['Hello', 'You said: Hello', 'What is in my cart?', 'Tea.']);
  });

  test('that may change something ask on the card of approvals, with a warning if they may delete, and run once', async () => {
    const {upstream} = stage;
    await using visit = await newVisit(stage);
    const page = await openShop(await visit.openTab());
    upstream.script(callsTool('add', {article: 'tea'}), callsTool('empty-cart', {}), says('As you like.'));
    await ask(page, 'Add tea, then empty it all');
    await card(page, 'add').waitFor();
    assert.deepEqual(await runs(page), []);
    assert.match(await card(page, 'add').innerText(), /article\s+tea/);
    assert.doesNotMatch(await card(page, 'add').innerText(), /may delete/);
    await card(page, 'add').getByRole('button', {name: 'Allow once'}).click();
    await card(page, 'empty-cart').waitFor();
    assert.match(await card(page, 'empty-cart').innerText(), /may delete or overwrite/);
    await card(page, 'empty-cart').getByRole('button', {name: 'Refuse'}).click();
    await page.keyboard.press('Enter');
    await untilShown(page, ['Add tea, then empty it all', 'As you like.']);
    assert.deepEqual(await runs(page), [['add', {article: 'tea'}]]);
  });

  test('that are large, broken, gone or called with wrong input give the model a sentence, and the answer ends', async () => {
    const {upstream} = stage;
    await using visit = await newVisit(stage);
    const page = await openShop(await visit.openTab());
    const tell = async (name: string, input: object) => {
      upstream.script(callsTool(name, input), says(`After ${name}.`));
      await ask(page, `Call ${name}`);
      await thread(page).getByText(`After ${name}.`).waitFor();
      return told(upstream.requests.at(-1));
    };
    assert.match(await tell('large', {}), /^x{39900}\n… \(cut: it has 10000000 characters\)$/);
    assert.equal(await tell('broken', {}), 'The function failed: No such cart.');
    assert.match(await tell('nothing', {}), /^There is no tool "nothing"/);
    upstream.script(callsTool('add', {article: 7}), says('After add.'));
    await ask(page, 'Call add');
    await card(page, 'add').getByRole('button', {name: 'Allow once'}).click();
    await thread(page).getByText('After add.').waitFor();
    assert.equal(told(upstream.requests.at(-1)), 'The input does not fit: article must be string.');
    assert.deepEqual(await runs(page), []);
  });

  test('end with Stop, and with the chat that is left', async () => {
    const {upstream} = stage;
    await using visit = await newVisit(stage);
    const page = await openShop(await visit.openTab());
    upstream.script(callsTool('never', {}));
    await ask(page, 'Never?');
    await page.waitForFunction(() => ran.length === 1);
    await stopButton(page).click();
    await page.waitForFunction(() => ended.length === 1);
    await thread(page).getByText('Stopped', {exact: true}).waitFor();
    await page.reload();
    await thread(page).getByText('Stopped', {exact: true}).waitFor();

    await openShop(page);
    upstream.script(callsTool('never', {}), says('Without it.'));
    await ask(page, 'And now?');
    await page.waitForFunction(() => ran.length === 1);
    await page.getByRole('button', {name: 'New chat'}).first().click();
    await page.waitForFunction(() => ended.length === 1);
    await page.getByRole('button', {name: 'Never?', exact: true}).click();
    await thread(page).getByText('Without it.').waitFor();
    assert.equal(told(upstream.requests.at(-1)), 'It was stopped.');
  });

  test('go on in another tab when theirs is closed; what may have been done is not done again', async () => {
    const {upstream} = stage;
    await using visit = await newVisit(stage);
    const other = await openShop(await visit.openTab());
    for (const [name, sentence, ranInOther] of [
      ['never', '', 1],
      ['never-add', 'The page was left while it ran, so nobody knows whether it was done.', 0],
    ] as const) {
      const page = await openShop(await visit.openTab());
      const question = `Call ${name}`;
      upstream.script(callsTool(name, {}), says('Done.'));
      await ask(page, question);
      if (name === 'never-add') await card(page, name).getByRole('button', {name: 'Allow once'}).click();
      await page.waitForFunction(() => ran.length === 1);
      await other.getByRole('button', {name: question, exact: true}).click();
      await lastAnswer(other).getByText(name).first().waitFor();
      assert.equal((await runs(other)).length, 0);
      await page.close();
      if (ranInOther === 0) {
        await untilShown(other, [question, 'Done.']);
        assert.equal(told(upstream.requests.at(-1)), sentence);
      } else {
        await other.waitForFunction(() => ran.length === 1);
        await stopButton(other).click();
        upstream.unscript();
        await other.evaluate(() => void (ran.length = 0));
      }
      assert.equal((await runs(other)).length, 0);
    }
  });

  test('are not offered if the server has a tool of their name, or they break the rules, and the console says so', async () => {
    const {upstream} = stage;
    await using visit = await newVisit(stage);
    const page = await visit.openTab();
    const errors: string[] = [];
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
    await page.evaluate(async () => {
      await customElements.whenDefined('chatlet-chat');
      const chat = document.querySelector('chatlet-chat');
      const gone = new AbortController();
      const tool = {description: 'A function.', inputSchema: {type: 'object', properties: {}}, run: () => 1};
      for (const name of ['search', 'two words', 'mine', 'mine']) chat?.registerTool({...tool, name});
      chat?.registerTool({...tool, name: 'gone', signal: gone.signal});
      gone.abort();
    });
    await ask(page, 'Hello');
    await untilShown(page, ['Hello', 'You said: Hello']);
    const offered = upstream.requests.at(-1)?.body?.['tools'] as readonly {function: {name: string}}[];
    assert.deepEqual(
      offered.map((tool) => tool.function.name),
      ['mine'],
    );
    assert.deepEqual(errors, [
      'Chatlet: the function "two words" is not offered to the model: a name has at most 64 letters, digits, _ and -.',
      'Chatlet: the function "mine" is not offered to the model: another one has this name.',
      'Chatlet: the function "search" is not offered to the model: the server has a tool of this name.',
    ]);
  });
});
