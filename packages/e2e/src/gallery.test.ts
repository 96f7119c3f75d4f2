/** The gallery, and the playground with the code that it prints, which is run as printed. */
import assert from 'node:assert/strict';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite, test} from 'node:test';
import {fileURLToPath} from 'node:url';
import type {Browser, Page} from 'playwright-core';
import {build, type Plugin} from 'vite';
import {openPage} from './browser.ts';
import {setStage} from './stage.ts';
import {startStaticSite} from './static-site.ts';

const examples = fileURLToPath(new URL('../../../examples/', import.meta.url));

/** Sets the fields of the playground by their labels, and gives the code that it prints. */
async function configure(page: Page, {kind, fields}: {kind: string; fields: Readonly<Record<string, string>>}) {
  for (const [label, value] of Object.entries(fields)) {
    const field = page.getByLabel(label, {exact: true});
    if (await field.evaluate((element) => element.localName === 'select')) await field.selectOption(value);
    else await field.fill(value);
  }
  await page.getByLabel('For').selectOption(kind);
  return (await page.locator('#code').textContent()) ?? '';
}

const words = {element: 'chatlet-chat', heading: 'Ask "Acme" & us', starters: 'What’s "new"?\nAnd <then>?'};
const fields = {...words, theme: 'dark', accent: '#7a1fa2'};

/** Opens a site on another origin and looks whether its chat is as these fields say. */
async function checkSite(browser: Browser, content: Parameters<typeof startStaticSite>[0]): Promise<void> {
  const site = await startStaticSite(content);
  const context = await browser.newContext({viewport: {width: 600, height: 700}});
  try {
    const {page, complaints} = await openPage(context, site.url);
    const chat = page.locator('chatlet-chat[theme=dark]');
    await chat.getByRole('heading', {name: words.heading}).waitFor();
    await chat.getByRole('button', {name: 'What’s "new"?'}).waitFor();
    await chat.getByRole('button', {name: 'And <then>?'}).waitFor();
    const looks = await chat.evaluate((element) => ({
      accent: getComputedStyle(element).getPropertyValue('--chatlet-accent'),
      height: element.clientHeight,
    }));
    assert.deepEqual({looks, complaints}, {looks: {accent: fields.accent, height: 600}, complaints: []});
  } finally {
    await context.close();
    await site.close();
  }
}

suite('the gallery', () => {
  const stage = setStage();

  async function open<Result>(path: string, use: (opened: {page: Page}) => Promise<Result>) {
    const context = await stage.browser.newContext({viewport: {width: 1280, height: 800}});
    try {
      const {page, complaints, foreign} = await openPage(context, stage.server.url + path);
      const result = await use({page});
      assert.deepEqual({complaints, foreign}, {complaints: [], foreign: []});
      return result;
    } finally {
      await context.close();
    }
  }

  test('a state has an address, which the switches change, under the policy of our own page', async () => {
    const response = await fetch(`${stage.server.url}/gallery/stage.html`);
    assert.match(response.headers.get('content-security-policy') ?? '', /require-trusted-types-for 'script'/);
    await open('/gallery#table?theme=dark&width=320&dir=rtl&accent=%237a1fa2', async ({page}) => {
      const inside = page.frameLocator('#stage');
      await inside.locator('html[data-played=table][dir=rtl]').waitFor();
      const chat = inside.locator('chatlet-chat[theme=dark]');
      assert.equal(await chat.evaluate((element) => element.clientWidth), 320);
      assert.equal(await chat.evaluate((element) => element.style.getPropertyValue('--chatlet-accent')), '#7a1fa2');
      await page.getByLabel('lang', {exact: true}).selectOption('de');
      await page.getByRole('link', {name: 'greeting', exact: true}).click();
      await inside.getByRole('textbox', {name: 'Ihre Nachricht'}).waitFor();
      const {hash} = new URL(page.url());
      assert.equal(hash, '#greeting?theme=dark&width=320&dir=rtl&lang=de&accent=%237a1fa2');
    });
  });

  test('less motion stops the dots, and nothing of a state stays on the device', async () => {
    for (const [motion, moving] of [
      ['full', true],
      ['reduced', false],
    ] as const) {
      await open(`/gallery/stage.html#waiting?motion=${motion}`, async ({page}) => {
        const dot = page.locator('html[data-played=waiting] .dots i').first();
        assert.equal(await dot.evaluate((element) => element.getAnimations().length > 0), moving);
        assert.deepEqual(await page.evaluate(() => [localStorage.length, sessionStorage.length]), [0, 0]);
      });
    }
  });

  test('the playground prints only what differs from the defaults', async () => {
    await open('/playground', async ({page}) => {
      const bare = await configure(page, {kind: 'html', fields: {}});
      assert.equal(
        bare,
        `<script defer src="${stage.server.url}/chatlet.js"></script>\n<chatlet-launcher></chatlet-launcher>`,
      );
      const more = await configure(page, {kind: 'html', fields: {position: 'top-start', 'offset-x': '40'}});
      assert.match(more, /<chatlet-launcher position="top-start" offset-x="40"><\/chatlet-launcher>$/);
      const button = page.frameLocator('#preview').getByRole('button', {name: 'Open chat'});
      assert.deepEqual(
        await button.evaluate((element) => {
          const {left, top} = element.getBoundingClientRect();
          return [left, top];
        }),
        [40, 20],
      );
    });
  });

  test('the printed script tag shows in a page what the playground shows', async () => {
    const code = await open('/playground', async ({page}) => {
      const printed = await configure(page, {kind: 'html', fields});
      const shown = page.frameLocator('#preview').locator('chatlet-chat');
      assert.equal(await shown.getAttribute('starters'), '["What’s \\"new\\"?","And <then>?"]');
      return printed;
    });
    await checkSite(stage.browser, {pages: {'/index.html': `<!doctype html><link rel="icon" href="data:,">${code}`}});
  });

  for (const {kind, file, end} of [
    {kind: 'react', file: '/src/app.tsx', end: '\nexport {Help as App};'},
    {kind: 'vue', file: '/src/App.vue', end: ''},
  ]) {
    test(`the printed code for ${kind} shows in an app what the playground shows`, async () => {
      const code = await open('/playground', ({page}) => configure(page, {kind, fields}));
      const folder = await mkdtemp(join(tmpdir(), 'chatlet-printed-'));
      try {
        const printed: Plugin = {
          name: 'printed-code',
          enforce: 'pre',
          load: (id) => (id.endsWith(file) ? code + end : null),
        };
        const to = {outDir: folder, emptyOutDir: true};
        await build({root: join(examples, kind), logLevel: 'error', build: to, plugins: [printed]});
        await checkSite(stage.browser, {folder});
      } finally {
        await rm(folder, {recursive: true, force: true});
      }
    });
  }
});
