/** The script tag as sites put it in: in every place and form that people paste, on pages that bend and swap their elements. */
import assert from 'node:assert/strict';
import {after, before, suite, test} from 'node:test';
import type {BrowserContext, Page} from 'playwright-core';
import {openPage} from './browser.ts';
import {setStage} from './stage.ts';
import {startStaticSite, type StaticSite} from './static-site.ts';

/** The launcher's button as an element of the page, through its shadow root. */
const button = (page: Page, name = 'Open chat') => page.getByRole('button', {name, exact: true}).first();

suite('the script tag in a page', () => {
  const stage = setStage();
  const pages: Record<string, string> = {};
  let site: StaticSite;
  let context: BrowserContext;

  before(async () => {
    site = await startStaticSite({pages});
    context = await stage.browser.newContext({viewport: {width: 1000, height: 800}});
  });
  after(async () => {
    await context.close();
    await site.close();
  });

  const script = (attributes = '') => `<script src="${stage.server.url}/chatlet.js" ${attributes}></script>`;
  const open = ({head = '', body = '', at = '/index.html'}: {head?: string; body?: string; at?: string}) => {
    pages[at] = `<!doctype html><html lang="en"><head><title>Shop</title><link rel="icon" href="data:," />${head}</head>
      <body><h1>Shop</h1>${body}</body></html>`;
    return openPage(context, site.url + at);
  };
  /** Distances of the button from the right and the bottom of the window. */
  const corner = async (page: Page, name?: string) => {
    const box = await button(page, name).boundingBox();
    const {width, height} = page.viewportSize() ?? {width: 0, height: 0};
    assert.ok(box);
    return [width - box.x - box.width, height - box.y - box.height].map(Math.round);
  };

  for (const [id, attributes] of [
    ['P16', 'defer data-launcher'],
    ['E15', 'async data-launcher'],
    ['P15', 'type="module" async data-launcher'],
    ['a plain script', 'data-launcher'],
  ] as const) {
    test(`${id}: a tag with ${attributes} in the head shows the button, and the panel opens`, async () => {
      const {page, complaints} = await open({head: script(attributes)});
      await button(page).click();
      await page.getByRole('textbox', {name: 'Your message'}).waitFor();
      assert.deepEqual(complaints, []);
      await page.close();
    });
  }

  test('P24: a second tag, also with ?v=2, adds no second button', async () => {
    const twice = script('data-launcher') + script('data-launcher').replace('.js', '.js?v=2');
    const {page, complaints} = await open({head: twice});
    await button(page).waitFor();
    assert.equal(await page.locator('chatlet-launcher').count(), 1);
    assert.deepEqual(complaints, []);
    await page.close();
  });

  test('a closed launcher fetches nothing but the loader; pointing at its button fetches the rest', async () => {
    const fetched: string[] = [];
    const listen = (request: {url(): string}) => fetched.push(new URL(request.url()).pathname);
    context.on('request', listen);
    const {page} = await open({head: script('defer'), body: '<chatlet-launcher></chatlet-launcher>'});
    await button(page).waitFor();
    await page.waitForLoadState('networkidle');
    assert.deepEqual(fetched, ['/index.html', '/chatlet.js']);
    const rest = page.waitForRequest(/chatlet\/chat-/);
    await button(page).hover();
    await rest;
    context.off('request', listen);
    await page.close();
  });

  test('P10: after self-closed tags the rest of the page stays visible, and the console says what to write', async () => {
    for (const name of ['chatlet-launcher', 'chatlet-chat']) {
      const said: string[] = [];
      const listen = (message: {text(): string}) => said.push(message.text());
      context.on('console', listen);
      const {page} = await open({head: script('defer'), body: `<${name} open /><main><h2>Our tea</h2></main>`});
      await page.getByRole('textbox', {name: 'Your message'}).waitFor();
      await page.getByRole('heading', {name: 'Our tea'}).waitFor();
      const advice = () => said.filter((text) => text.includes('Write'));
      // Its code comes after the panel's.
      while (advice().length === 0) await page.waitForTimeout(50);
      assert.deepEqual(advice(), [`Chatlet: <${name} /> holds the rest of the page. Write <${name}></${name}>.`]);
      context.off('console', listen);
      await page.close();
    }
  });

  test('K26, P20, I-4, E12: a page that moves, clips or buries its elements does not move or cover the button', async () => {
    for (const style of [
      'body{transform:translateZ(0);height:3000px}',
      'body{transform:scale(.9);filter:blur(0)}',
      'body{overflow:hidden;contain:paint;height:100px}',
      'body::after{content:"";position:fixed;inset:0;z-index:2147483647;background:white}',
    ]) {
      const {page} = await open({
        head: `${script('defer')}<style>${style}</style>`,
        body: '<chatlet-launcher></chatlet-launcher>',
      });
      await button(page).waitFor();
      assert.deepEqual(await corner(page), [20, 20], style);
      await button(page).click();
      await page.getByRole('textbox', {name: 'Your message'}).waitFor();
      await page.close();
    }
  });

  test('the position and the offsets of the button are attributes', async () => {
    const {page} = await open({
      head: script('defer'),
      body: '<chatlet-launcher position="top-left" offset-x="30" offset-y="4rem"></chatlet-launcher>',
    });
    await button(page).waitFor();
    assert.deepEqual(await corner(page), [1000 - 58 - 30, 800 - 58 - 64]);
    await page.close();
  });

  test('P38: the button stands above a banner at the bottom, and goes down when the banner goes', async () => {
    const {page} = await open({
      head: `${script('defer')}<style>.bar{position:fixed;inset:auto 0 0;height:90px;z-index:9;background:#eee}</style>`,
      body: '<chatlet-launcher></chatlet-launcher><div class="bar"><button>Accept</button></div>',
    });
    const untilAbove = (distance: number) =>
      page.waitForFunction((wanted) => {
        const found = document.querySelector('chatlet-launcher')?.shadowRoot?.querySelector('button');
        return found && innerHeight - found.getBoundingClientRect().bottom === wanted;
      }, distance);
    await untilAbove(110);
    await page.evaluate(() => document.querySelector('.bar')?.remove());
    await untilAbove(20);
    await page.close();
  });

  test('K24, P11, E14: a launcher of data-launcher is there, and goes on, after the body was replaced', async () => {
    const {page} = await open({head: script('defer data-launcher')});
    await button(page).click();
    await page.getByRole('textbox', {name: 'Your message'}).fill('Hello');
    await page.keyboard.press('Enter');
    await page.evaluate(() => {
      document.body = document.createElement('body');
    });
    await page.getByRole('button', {name: 'Copy answer'}).waitFor();
    await button(page, 'Close chat').waitFor();
    await page.close();
  });

  test('K24, P13: a launcher that the page moves stays open', async () => {
    const {page} = await open({head: script('defer'), body: '<chatlet-launcher open></chatlet-launcher><main></main>'});
    await page.getByRole('textbox', {name: 'Your message'}).waitFor();
    await page.evaluate(() => document.querySelector('main')?.append(document.querySelector('chatlet-launcher') ?? ''));
    await page.getByRole('textbox', {name: 'Your message'}).waitFor();
    await button(page, 'Close chat').first().click();
    await button(page).click();
    await page.getByRole('textbox', {name: 'Your message'}).waitFor();
    await page.close();
  });

  /** Opens a page and asks a question, until the answer grows. `/next.html` is a second page like it. */
  const openAndAsk = async () => {
    const content = {head: script('defer'), body: '<chatlet-launcher></chatlet-launcher>'};
    await open({...content, at: '/next.html'}).then(({page}) => page.close());
    const {page} = await open(content);
    await button(page).click();
    await page.getByRole('textbox', {name: 'Your message'}).fill('Show a long answer');
    await page.keyboard.press('Enter');
    await page.locator('.answer .text p').first().waitFor();
    return page;
  };

  test('K24, P12, P14: the panel is open on the next page too, shows the answer, and takes no focus', async () => {
    const page = await openAndAsk();
    await page.goto(`${site.url}/next.html`);
    await page.locator('.answer .text p').first().waitFor();
    assert.equal(await page.evaluate(() => document.activeElement?.localName), 'body');
    await page.close();
  });

  test('K24, P14: a panel that was closed while an answer grew shows a dot on the next page when it has come', async () => {
    const page = await openAndAsk();
    await button(page, 'Close chat').click();
    await page.goto(`${site.url}/next.html`);
    // The demo model takes half a minute for it.
    await button(page, 'Open chat. New answer').click({timeout: 90_000});
    await button(page, 'Close chat').waitFor();
    await page.goto(`${site.url}/next.html`);
    await button(page, 'Close chat').waitFor();
    await page.close();
  });
});
