/** A source opens at its sentence: on the page itself without a change to the DOM, on another page by a text fragment. */
import assert from 'node:assert/strict';
import {after, before, suite, test} from 'node:test';
import type {Page} from 'playwright-core';
import {openPage} from './browser.ts';
import {thread} from './chat-page.ts';
import {citingPage, quote} from './sentences.ts';
import {setStage} from './stage.ts';
import {startStaticSite, type StaticSite} from './static-site.ts';

declare global {
  interface Window {
    readonly records: readonly string[];
    showAnswer(): Promise<void>;
    painted(): string;
    isInView(): boolean;
  }
}

suite('a cited sentence', () => {
  const stage = setStage();
  const pages: Record<string, string> = {};
  let site: StaticSite;
  before(async () => {
    site = await startStaticSite({pages});
    pages['/tea.html'] = citingPage(stage.server.url);
    pages['/index.html'] = citingPage(stage.server.url, {other: `${site.url}/tea.html`});
  });
  after(() => site.close());

  async function visit(path: string, {width, use}: {width: number; use: (page: Page) => Promise<void>}) {
    const context = await stage.browser.newContext({viewport: {width, height: 700}});
    try {
      const {page, complaints} = await openPage(context, site.url + path);
      await page.evaluate(() => window.showAnswer());
      await page.getByRole('button', {name: 'Source 1: Tea'}).click();
      await use(page);
      assert.deepEqual(complaints, []);
    } finally {
      await context.close();
    }
  }

  test('of the page that the chat is on is scrolled to and painted, and the page sees no change to its DOM', () =>
    visit('/tea.html', {
      width: 1000,
      async use(page) {
        const address = page.url();
        await page.getByRole('link', {name: 'Open at the sentence'}).click();
        await page.waitForFunction(() => window.painted() !== '' && window.isInView());
        assert.equal(await page.evaluate(() => window.painted()), quote);
        assert.deepEqual(await page.evaluate(() => window.records), []);
        assert.equal(page.url(), address);
        await page.getByRole('textbox', {name: 'Your message'}).waitFor();
        // It is painted until the visitor presses somewhere in the page.
        await page.mouse.click(20, 300);
        assert.equal(await page.evaluate(() => window.painted()), '');
      },
    }));

  test('has no mark if the code for marks cannot be fetched, and the whole text is there all the same', async () => {
    const context = await stage.browser.newContext();
    try {
      await context.route('**/chatlet/sources-*.js', (route) => route.abort());
      const page = await context.newPage();
      await page.goto(`${site.url}/tea.html`);
      await page.evaluate(() => window.showAnswer());
      await thread(page).getByText('Pour it on at 95 °C. Then wait.', {exact: true}).waitFor();
      assert.equal(await page.getByRole('button', {name: /^Source/}).count(), 0);
    } finally {
      await context.close();
    }
  });

  test('is reached by keys alone: Tab to the mark, Enter to its card, Escape back, Tab on', () =>
    visit('/tea.html', {
      width: 1000,
      async use(page) {
        const card = page.getByRole('dialog', {name: 'Source 1: Tea'});
        const mark = page.getByRole('button', {name: 'Source 1: Tea'});
        const link = card.getByRole('link', {name: 'Open at the sentence'});
        const hasFocus = (locator: typeof mark) => locator.evaluate((element) => element.matches(':focus'));
        await page.keyboard.press('Escape');
        await card.waitFor({state: 'hidden'});
        await page.getByRole('article').last().focus();
        await page.keyboard.press('Tab');
        assert.equal(await hasFocus(mark), true);
        await card.waitFor();
        await page.keyboard.press('Enter');
        assert.equal(await hasFocus(link), true);
        await page.keyboard.press('Escape');
        await card.waitFor({state: 'hidden'});
        assert.equal(await hasFocus(mark), true);
        await page.keyboard.press('Enter');
        assert.equal(await hasFocus(link), true);
        await page.keyboard.press('Tab');
        await card.waitFor({state: 'hidden'});
        // The chip of the source is next.
        assert.equal(await hasFocus(page.locator('a.chip')), true);
        await page.getByRole('textbox', {name: 'Your message'}).waitFor();
      },
    }));

  test('under the panel of a phone closes the panel', () =>
    visit('/tea.html', {
      width: 380,
      async use(page) {
        await page.getByRole('link', {name: 'Open at the sentence'}).click();
        await page.getByRole('textbox', {name: 'Your message'}).waitFor({state: 'hidden'});
        assert.equal(await page.evaluate(() => window.painted() !== '' && window.isInView()), true);
      },
    }));

  test('of another page opens there, and the browser finds it', () =>
    visit('/', {
      width: 1000,
      async use(page) {
        const opening = page.context().waitForEvent('page');
        await page.getByRole('link', {name: 'Open at the sentence'}).click();
        const opened = await opening;
        await opened.waitForFunction(() => window.isInView());
        // The browser hides the fragment from the page.
        assert.equal(opened.url().split('#')[0], `${site.url}/tea.html`);
      },
    }));
});
