/**
 * A visitor's journey in Firefox, on a page with a strict policy: from 148 on, Firefox enforces Trusted Types too. The
 * other suites drive Chromium. Playwright drives only a Firefox of its own, so this is Puppeteer, by WebDriver BiDi.
 */
import assert from 'node:assert/strict';
import {after, before, suite, test} from 'node:test';
import {setTimeout} from 'node:timers/promises';
import puppeteer, {type Browser, type Page} from 'puppeteer-core';
import {findFirefox, reportNoFirefox} from '../../../scripts/browser.mjs';
import {type ChatServer, startChatServer} from './chat-server.ts';
import {citingPage, quote} from './sentences.ts';
import {type StaticSite, startStaticSite} from './static-site.ts';

const path = findFirefox();
if (path) suite('Firefox', () => journeys(path));
else reportNoFirefox('the journeys');

function journeys(executablePath: string): void {
  let browser: Browser;
  let server: ChatServer;
  let site: StaticSite;
  before(async () => {
    [browser, server] = await Promise.all([launch(), startChatServer()]);
    const page = (attributes: string) => `<!doctype html><html ${attributes}><head><title>Shop</title>
      <link rel="icon" href="data:," /><script defer src="${server.url}/chatlet.js"></script></head>
      <body><h1>Shop</h1><chatlet-launcher></chatlet-launcher></body></html>`;
    site = await startStaticSite({
      headers: {
        'content-security-policy':
          `default-src 'none'; script-src ${server.url}; connect-src ${server.url}; img-src data:;
          require-trusted-types-for 'script'; trusted-types lit-html chatlet dompurify`.replaceAll(/\s+/g, ' '),
      },
      pages: {'/index.html': page('lang="en"'), '/ar.html': page('lang="ar" dir="rtl"')},
    });
  });
  after(async () => {
    await browser?.close();
    await site?.close();
    await server?.[Symbol.asyncDispose]();
  });

  const launch = (extraPrefsFirefox = {}) => puppeteer.launch({browser: 'firefox', executablePath, extraPrefsFirefox});

  const open = async (address: string, within = browser) => {
    const complaints: string[] = [];
    const page = await within.newPage();
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.goto(site.url + address);
    await page.locator('chatlet-launcher >>> .launcher').click();
    await page.waitForSelector('>>> textarea', {visible: true});
    return {page, complaints};
  };

  test('shows code, a formula and raw HTML under Trusted Types that are enforced', async () => {
    const {page, complaints} = await open('/');
    const refusal = await page.evaluate(() => {
      try {
        document.body.innerHTML = '<b>x</b>';
        return 'nothing';
      } catch (error) {
        return error instanceof Error ? error.name : String(error);
      }
    });
    assert.equal(refusal, 'TypeError');
    // Firefox tells of it a moment later. Any other complaint is of the chat.
    while (complaints.length === 0) await setTimeout(20);
    assert.match(complaints.splice(0).join(), /^[^,]*require-trusted-types-for[^,]*$/);
    await page.evaluate((content) => {
      const chat = document.querySelector('chatlet-launcher')?.chat;
      if (chat) Object.assign(chat, {math: true, messages: [{role: 'assistant', content}]});
    }, answer);
    await page.waitForSelector('>>> .text pre code');
    await page.waitForSelector('>>> .text math');
    await page.waitForSelector('>>> .text details');
    assert.equal(await page.evaluate('window.harmed'), undefined);
    assert.deepEqual(complaints, []);
    await page.close();
  });

  test('asks, shows a table, keeps it over a reload, and closes by Escape, under a strict policy', async () => {
    const {page, complaints} = await open('/');
    await page.locator('>>> textarea').fill('Show a table');
    await page.keyboard.press('Enter');
    await page.waitForSelector('>>> td');
    await page.waitForSelector('>>> .regenerate');
    await page.reload();
    await page.waitForSelector('>>> td');
    await page.locator('>>> textarea').click();
    await page.keyboard.press('Escape');
    await page.waitForSelector('>>> .panel', {hidden: true});
    assert.equal(await focused(page), 'Open chat');
    assert.deepEqual(complaints, []);
    await page.close();
  });

  test('runs a function of the page that the launcher was given before its panel was opened', async () => {
    const page = await browser.newPage();
    await page.goto(site.url);
    await page.evaluate(() => {
      document.querySelector('chatlet-launcher')?.registerTool({
        name: 'read-basket',
        description: 'Tells what lies in the basket of the shop.',
        annotations: {readOnlyHint: true},
        run: () => 'three teas',
      });
    });
    await page.locator('chatlet-launcher >>> .launcher').click();
    await page.locator('>>> textarea').fill('What lies in my basket?');
    await page.keyboard.press('Enter');
    await page.waitForSelector('>>> ::-p-text(read-basket says: three teas)');
    await page.close();
  });

  test('K21, P06: answers a visitor who blocks all cookies, and with them all storage', async () => {
    const blocking = await launch({'network.cookie.cookieBehavior': 2});
    try {
      const {page, complaints} = await open('/', blocking);
      await assert.rejects(page.evaluate(() => new BroadcastChannel('test').close()));
      await page.locator('>>> textarea').fill('Show a table');
      await page.keyboard.press('Enter');
      await page.waitForSelector('>>> td');
      assert.deepEqual(complaints, []);
    } finally {
      await blocking.close();
    }
  });

  test('scrolls to a cited sentence of the page and paints it, and the page sees no change to its DOM', async () => {
    const tea = await startStaticSite({pages: {'/index.html': citingPage(server.url)}});
    try {
      const page = await browser.newPage();
      await page.goto(tea.url);
      await page.evaluate('showAnswer()');
      await page.locator('>>> .citation').click();
      await page.locator('>>> .source-card a').click();
      await page.waitForFunction('painted() !== "" && isInView()');
      assert.equal(await page.evaluate('painted()'), quote);
      assert.deepEqual(await page.evaluate('records'), []);
      await page.close();
    } finally {
      await tea.close();
    }
  });

  test('is Arabic and runs from the right on an Arabic page', async () => {
    const {page, complaints} = await open('/ar.html');
    const field = await page.waitForSelector('>>> textarea[placeholder*="ا"]');
    assert.equal(await field?.evaluate((element) => getComputedStyle(element).direction), 'rtl');
    assert.deepEqual(complaints, []);
    await page.close();
  });
}

/** What needs code that writes HTML: colours, a formula, and tags of the answer itself. */
const answer = [
  '```ts\nconst a: number = 1;\n```',
  '$$\\frac{1}{2}$$',
  '<details><summary>More</summary>Text <img src="x" onerror="window.harmed = true"></details>',
].join('\n\n');

/** The name of the focused button, through the shadow root of the launcher. */
function focused(page: Page): Promise<string | null | undefined> {
  return page.evaluate(() => document.activeElement?.shadowRoot?.activeElement?.ariaLabel);
}
