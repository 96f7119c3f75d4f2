/**
 * Forms and addresses that MCP servers ask for, at the real page of the real server, with programs that the SDKs of both
 * revisions of the protocol make. By keyboard alone, where nothing else is said.
 */
import assert from 'node:assert/strict';
import {after, afterEach, before, suite, test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {type Browser, type Locator, type Page, chromium} from 'playwright-core';
import {browserArguments, findBrowser} from '../../../scripts/browser.mjs';
import {type Upstream, callsTool, says, startUpstream} from '../../server/src/testing/upstream.ts';
import {ask, newVisit, untilShown} from './chat-page.ts';
import {type ChatServer, startChatServer} from './chat-server.ts';
import {upstreamSettings} from './stage.ts';

const program = (file: string) => ({
  command: process.execPath,
  args: [
    '--conditions=@chatlet/source',
    fileURLToPath(new URL(`../../server/src/tools/testing/${file}`, import.meta.url)),
  ],
});

const config = {
  tools: [
    {mcp: 'inn', ...program('asking-mcp-server.ts')},
    {mcp: 'old-inn', ...program('old-asking-mcp-server.ts')},
  ],
};

const card = (page: Page, name: string) => page.getByRole('group', {name: `“${name}” asks you`});

async function openTab(visit: Awaited<ReturnType<typeof newVisit>>): Promise<Page> {
  const page = await visit.openTab();
  page.setDefaultTimeout(8000);
  return page;
}

/** Hears what the chat says to a screen reader from now on. The result waits until it has said the words. */
async function listen(page: Page): Promise<(words: string) => Promise<unknown>> {
  await page.getByRole('textbox', {name: /message/i}).waitFor();
  await page.evaluate(() => {
    const said: string[] = [];
    const region = document.querySelector('chatlet-chat')?.shadowRoot?.querySelector('[aria-live]');
    if (!region) throw new Error('There is no live region.');
    new MutationObserver(() => said.push(region.textContent.trim())).observe(region, {
      childList: true,
      characterData: true,
      subtree: true,
    });
    Object.assign(globalThis, {said});
  });
  return (words) =>
    page.waitForFunction(
      (wanted) => (globalThis as unknown as {said: string[]}).said.some((text) => text.includes(wanted)),
      words,
    );
}

/** Presses Tab until the element has the focus. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  await target.waitFor();
  for (let presses = 0; presses < 30; presses++) {
    if (await target.evaluate((element) => element.matches(':focus'))) return;
    await page.keyboard.press('Tab');
  }
  assert.fail(`Tab does not lead to ${String(target)}.`);
}

/** What the model was told of its call. */
function told(upstream: Upstream): string {
  const messages = upstream.requests.at(-1)?.body?.['messages'] as readonly {readonly content: string}[] | undefined;
  return messages?.at(-1)?.content ?? '';
}

suite('a form or an address that an MCP server asks for', () => {
  let browser: Browser;
  let upstream: Upstream;
  let server: ChatServer;
  before(async () => {
    // A tab without an opener is not seen by `route`: there is no host but this machine.
    const args = [...browserArguments, '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1'];
    [browser, upstream] = await Promise.all([chromium.launch({executablePath: findBrowser(), args}), startUpstream()]);
    server = await startChatServer({config, env: upstreamSettings(upstream)});
  });
  afterEach(() => upstream.unscript());
  after(async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
    await upstream.close();
  });

  for (const [inn, revision] of [
    ['inn', 'newest'],
    ['old-inn', 'older'],
  ] as const) {
    const name = `${inn}_book`;

    test(`is announced, filled in, corrected and sent by keyboard, then the address: the ${revision} revision`, async () => {
      await using visit = await newVisit({browser, server});
      const page = await openTab(visit);
      const untilSaid = await listen(page);
      upstream.script(callsTool(name, {}), says('You have a room.'));
      await ask(page, 'Book a room');
      const form = card(page, name);
      const field = (label: string) => form.getByLabel(label);
      await form.waitFor();
      await page.keyboard.press('F6');
      await tabTo(page, field('City'));
      await untilSaid(`“${name}” asks you`);
      assert.match(await form.innerText(), /Where do you want to stay\?/);

      // A required text is missing, and a number is beyond its bounds.
      await tabTo(page, field('Nights'));
      await page.keyboard.press('Control+A');
      await page.keyboard.type('99');
      await page.keyboard.press('Enter');
      await form.getByRole('status').getByText('City, Nights: Please check this.').waitFor();
      const isWrong = (label: string) => field(label).evaluate((each) => each.matches('[aria-invalid=true]'));
      assert.deepEqual([await isWrong('City'), await isWrong('Nights'), await isWrong('Room')], [true, true, false]);
      assert.ok(await field('City').evaluate((each) => each.matches(':focus')), 'The focus is at the first of them.');
      const described = await field('City').getAttribute('aria-describedby');
      const problems = await form.locator((described ?? '').replaceAll(/(\S+)/g, '#$1,').slice(0, -1)).allInnerTexts();
      assert.match(problems.join(''), /Please check this\./);

      await page.keyboard.type('Oslo');
      await tabTo(page, field('Nights'));
      await page.keyboard.press('Control+A');
      await page.keyboard.type('3');
      await tabTo(page, field('Room'));
      await page.keyboard.type('large');
      await tabTo(page, field('Breakfast'));
      await page.keyboard.press('Space');
      await tabTo(page, form.getByRole('button', {name: 'Send'}));
      await page.keyboard.press('Enter');

      // The host is named before it opens, and nothing opens by itself.
      const opened: string[] = [];
      page.context().on('request', (request) => {
        if (request.url().startsWith('https:')) opened.push(`${request.url()} ${request.headers()['referer']}`);
      });
      const link = form.getByRole('link', {name: 'Open pay.example.com'});
      await link.waitFor();
      assert.match(await form.innerText(), /Pay for the room\.\s+https:\/\/pay\.example\.com\/room\?id=1/);
      const finished = form.getByRole('button', {name: 'I have done it'});
      assert.equal(await finished.count(), 0);
      await page.keyboard.press('F6');
      await tabTo(page, link);
      assert.deepEqual(opened, []);
      const popup = page.context().waitForEvent('page');
      await page.keyboard.press('Enter');
      await (await popup).waitForURL(/^(?!about:)/).catch(() => {});
      assert.deepEqual(opened, ['https://pay.example.com/room?id=1 undefined']);
      await (await popup).close();
      await page.bringToFront();
      await tabTo(page, finished);
      await page.keyboard.press('Enter');
      await untilShown(page, ['Book a room', 'You have a room.']);
      assert.match(told(upstream), /^Booked: \{"city":"Oslo","nights":3,"size":"large","breakfast":true\}, 1$/);
      const composer = page.getByRole('textbox', {name: /message/i});
      assert.ok(await composer.evaluate((element) => element.matches(':focus')), 'The focus is in the composer.');
    });

    test(`is declined by keyboard, and the model reads it: the ${revision} revision`, async () => {
      await using visit = await newVisit({browser, server});
      const page = await openTab(visit);
      upstream.script(callsTool(name, {}), says('As you like.'));
      await ask(page, 'Book a room');
      await card(page, name).waitFor();
      await page.keyboard.press('F6');
      await tabTo(page, card(page, name).getByRole('button', {name: 'Decline'}));
      await page.keyboard.press('Enter');
      await untilShown(page, ['Book a room', 'As you like.']);
      assert.equal(told(upstream), 'Not booked.');
    });
  }

  test('waits over a reload, and is answered once: a second tab’s late reply answers no other question', async () => {
    await using visit = await newVisit({browser, server});
    const page = await openTab(visit);
    upstream.script(callsTool('inn_book', {}), says('Not paid, not booked.'));
    await ask(page, 'Book a room');
    await card(page, 'inn_book').waitFor();
    await page.reload();
    const other = await openTab(visit);
    await other.getByRole('button', {name: 'Book a room', exact: true}).click();
    const linkIn = (tab: Page) => card(tab, 'inn_book').getByRole('link', {name: 'Open pay.example.com'});
    for (const [tab, city] of [
      [page, 'Bergen'],
      [other, 'Oslo'],
    ] as const)
      await card(tab, 'inn_book').getByLabel('City').fill(city);
    await card(other, 'inn_book').getByRole('button', {name: 'Send'}).click();
    await linkIn(other).waitFor();

    // The tool asks for an address now, to which the form of the first tab says nothing.
    await card(page, 'inn_book').getByRole('button', {name: 'Send'}).click();
    await linkIn(page).waitFor();
    await card(other, 'inn_book').getByRole('button', {name: 'Decline'}).click();
    await untilShown(other, ['Book a room', 'Not paid, not booked.']);
    await card(page, 'inn_book').getByRole('button', {name: 'Decline'}).click();
    await untilShown(page, ['Book a room', 'Not paid, not booked.']);
    assert.equal(told(upstream), 'Not paid.');
  });
});
