/**
 * Apps of tools (MCP Apps) at the real page of the real server, in Chromium and in Firefox: one that behaves, one made with
 * the protocol's own package, and one that
 * tries to reach the page, the device and the net.
 */
import assert from 'node:assert/strict';
import {createServer} from 'node:http';
import {once} from 'node:events';
import type {AddressInfo} from 'node:net';
import {after, before, suite, test} from 'node:test';
import {fileURLToPath} from 'node:url';
import puppeteer, {type Browser, type Frame, type Page} from 'puppeteer-core';
import {browserArguments, ensureBrowser, findFirefox, reportNoFirefox} from '../../../scripts/browser.mjs';
import {type Upstream, callsTool, says, startUpstream} from '../../server/src/testing/upstream.ts';
import {type ChatServer, startChatServer} from './chat-server.ts';
import {upstreamSettings} from './stage.ts';

const program = fileURLToPath(new URL('../../server/src/tools/testing/app-mcp-server.ts', import.meta.url));

/** A server of somebody else, which writes down what it is asked for. */
async function startForeign() {
  const asked: string[] = [];
  const server = createServer((req, res) => {
    asked.push(String(req.url));
    res.writeHead(200, {'access-control-allow-origin': '*', 'content-type': 'text/html'}).end('<p>Caught</p>');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

const firefox = findFirefox();
const browsers = [
  ['Chromium', () => puppeteer.launch({executablePath: ensureBrowser(), args: [...browserArguments]})],
  ...(firefox ? [['Firefox', () => puppeteer.launch({browser: 'firefox', executablePath: firefox})] as const] : []),
] as const;
if (!firefox) reportNoFirefox('apps');

for (const [name, launch] of browsers) suite(`an app of a tool in ${name}`, () => journeys(launch));

function journeys(launch: () => Promise<Browser>): void {
  let browser: Browser;
  let upstream: Upstream;
  let server: ChatServer;
  let foreign: Awaited<ReturnType<typeof startForeign>>;
  before(async () => {
    [upstream, foreign] = await Promise.all([startUpstream(), startForeign()]);
    const args = ['--conditions=@chatlet/source', program, foreign.url];
    const config = {tools: [{mcp: 'shop', command: process.execPath, args, apps: true}]};
    [browser, server] = await Promise.all([launch(), startChatServer({env: upstreamSettings(upstream), config})]);
  });
  after(async () => {
    await browser?.close();
    await server?.[Symbol.asyncDispose]();
    await upstream?.close();
    foreign?.close();
  });

  async function openChat(): Promise<Page> {
    const page = await browser.newPage();
    await page.goto(server.url);
    await page.waitForSelector('>>> textarea', {visible: true});
    return page;
  }

  /** The model calls the tool, and its app is shown. */
  async function show(page: Page, tool: string, input: object): Promise<void> {
    upstream.script(callsTool(tool, input), says('Here it is.'));
    await page.locator('>>> textarea').fill('Show it');
    await page.keyboard.press('Enter');
    await page.waitForSelector('>>> .app iframe');
  }

  /** The frame of the app, when it shows this text. */
  async function findApp(page: Page, text: string): Promise<Frame> {
    for (const end = performance.now() + 30_000; performance.now() < end;) {
      for (const frame of page.frames().filter((each) => each.url().endsWith('/page'))) {
        // A frame that is being left has nothing to read.
        const shown = await frame.evaluate(() => document.body?.innerText ?? '').catch(() => '');
        if (shown.includes(text)) return frame;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return assert.fail(`No app shows: ${text}`);
  }

  const card = (label: string) => `>>> [role=group] ::-p-text(${label})`;

  test('shows the result, calls tools with a yes, opens a link by a click, writes into the composer, and is there after a reload', async () => {
    const page = await openChat();
    await show(page, 'shop_show-order', {drink: 'tea'});
    const app = await findApp(page, 'Asked for tea. There are 3 left, says the shop.');
    assert.match(await app.evaluate(() => document.body.innerText), /light en/);
    const size = async () => page.$eval('>>> .app iframe', ({clientHeight}) => clientHeight);
    // As high as its content.
    const wanted = await app.evaluate(() => document.documentElement.scrollHeight);
    assert.equal(await size(), wanted);
    assert.equal(await page.$eval('>>> .app iframe', (frame) => frame.getAttribute('title')), 'Order');

    await app.click('#more');
    await page.locator(card('Allow “shop_order”?')).wait();
    await page.locator('>>> ::-p-text(Allow once)').click();
    await app.waitForFunction(() => document.getElementById('told')?.textContent === '1 tea ordered');
    await app.click('#more');
    await page.locator('>>> ::-p-text(Refuse)').click();
    await page.keyboard.type('Too much tea');
    await page.keyboard.press('Enter');
    await app.waitForFunction(() => document.getElementById('told')?.textContent?.includes('said: Too much tea'));
    await app.click('#hidden');
    await app.waitForFunction(() => /may not call/.test(document.getElementById('told')?.textContent ?? ''));

    await app.click('#script');
    await app.waitForFunction(() => /Only addresses of http/.test(document.getElementById('told')?.textContent ?? ''));
    await app.click('#open');
    const link = await page.waitForSelector('>>> .app a.button');
    assert.deepEqual(
      await link?.evaluate((each) => [each.textContent, each.getAttribute('href'), each.getAttribute('rel')]),
      ['Open shop.example.com', 'http://shop.example.com/tea?a=1', 'noopener noreferrer'],
    );
    await page.locator('>>> .app ::-p-text(Decline)').click();
    await app.waitForFunction(() => /did not open/.test(document.getElementById('told')?.textContent ?? ''));

    await app.click('#say');
    await page.waitForFunction(() => {
      const chat = document.querySelector('chatlet-chat')?.shadowRoot?.querySelector('chatlet-composer');
      return chat?.shadowRoot?.querySelector('textarea')?.value === 'I like this tea.';
    });
    assert.equal(await page.$$eval('>>> [part=question]', ({length}) => length), 1);

    await page.reload();
    await findApp(page, 'There are 3 left');
    await page.close();
  });

  test('made with the class of the protocol’s own package reads, calls, and tells the model what it shows', async () => {
    const page = await openChat();
    await show(page, 'shop_stranger', {drink: 'tea'});
    await findApp(page, 'asked for tea, 3 left, read text/html;profile=mcp-app, called Noted, chatlet is light');
    upstream.script(says('Three.'));
    await page.locator('>>> textarea').fill('How many?');
    await page.keyboard.press('Enter');
    await page.waitForSelector('>>> ::-p-text(Three.)');
    const read = JSON.stringify(upstream.requests.at(-1)?.body?.['messages']);
    assert.match(read, /The stranger shows three teas\.(?:\\\\n){2}\{\\+"teas\\+":3\}/);
    await page.close();
  });

  test('is left and entered with Tab, and follows the page from light to dark', async () => {
    const page = await openChat();
    await show(page, 'shop_show-order', {drink: 'tea'});
    const app = await findApp(page, 'There are 3 left');
    await app.focus('#say');
    await page.keyboard.press('Tab');
    await page.waitForFunction(() => document.activeElement?.localName === 'chatlet-chat');
    assert.notEqual(await focusedName(page), 'iframe');
    await page.keyboard.down('Shift');
    await page.keyboard.press('Tab');
    await page.keyboard.up('Shift');
    assert.equal(await app.evaluate(() => document.hasFocus()), true);
    assert.equal(await focusedName(page), 'iframe');
    await page.evaluate(() => document.querySelector('chatlet-chat')?.setAttribute('theme', 'dark'));
    await app.waitForFunction(() => document.getElementById('look')?.textContent === 'dark en');
    await page.close();
  });

  test('reaches nothing: no document, no cookie, no storage, no address of the page, and nothing in the net', async () => {
    const page = await openChat();
    await page.evaluate(() => {
      document.cookie = 'secret=1';
      localStorage.setItem('secret', '1');
    });
    const address = page.url();
    await show(page, 'shop_trap', {});
    // It tells what it could do, and then tries to leave: it stays, or the browser shows that it was kept from it.
    let done: readonly string[] = [];
    const isOver = () =>
      done.includes('stayed') || (done.length > 0 && !page.frames().some((each) => each.url().endsWith('/page')));
    for (const end = performance.now() + 20_000; !isOver() && performance.now() < end;) done = await readReport();
    assert.ok(isOver());
    assert.deepEqual(
      done.filter((each) => each !== 'stayed'),
      ['tried'],
    );
    assert.deepEqual(foreign.asked, []);
    assert.equal(page.url(), address);
    assert.equal(await page.evaluate(() => 'stolen' in globalThis), false);
    await page.close();
  });

  /** What the hostile page has told its server. */
  async function readReport(): Promise<readonly string[]> {
    upstream.script(callsTool('shop_reported', {}), says('That is all.'));
    const response = await fetch(`${server.url}/api/chat`, {
      method: 'POST',
      headers: {'content-type': 'application/json', 'x-chat-protocol': 'chatlet'},
      body: JSON.stringify({message: {text: 'What was done?'}}),
    });
    const [, output = '"[]"'] = /"type":"tool-result".*?"output":("(?:[^"\\]|\\.)*")/.exec(await response.text()) ?? [];
    return JSON.parse(JSON.parse(output) as string) as readonly string[];
  }
}

/** The tag of the focused element, through shadow roots. */
function focusedName(page: Page): Promise<string | undefined> {
  return page.evaluate(() => {
    let {activeElement} = document;
    while (activeElement?.shadowRoot?.activeElement) ({activeElement} = activeElement.shadowRoot);
    return activeElement?.localName;
  });
}
