/** From a folder of documents to the marks of an answer and to found pages, with the real server, its command and an upstream. */
import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {after, before, suite, test} from 'node:test';
import {promisify} from 'node:util';
import {says} from '../../server/src/testing/upstream.ts';
import {openPage} from './browser.ts';
import {ask} from './chat-page.ts';
import {cli, settingsIn, untilFound} from './chat-server.ts';
import {setUpstreamStage, upstreamSettings} from './stage.ts';
import {startStaticSite, type StaticSite} from './static-site.ts';

const tea = `# Tea

How our teas are made.

## Black tea

Black tea is poured on at 95 °C, and never hotter than that. It stays for four minutes.

## Green tea

Green tea is poured on at 80 °C, and stays for two minutes.
`;

suite('answers from a folder of documents', () => {
  const stage = setUpstreamStage();
  let site: StaticSite;

  before(async () => {
    const {server, upstream} = stage;
    const html = (body: string) =>
      `<!doctype html><html lang="en"><head><title>Tea</title><link rel="icon" href="data:," /></head><body>${body}</body></html>`;
    const chat = `<chatlet-chat search style="block-size:600px" contact="help@tea.example" storage="none"></chatlet-chat>
      <script src="${server.url}/chatlet.js"></script>`;
    site = await startStaticSite({
      pages: {'/index.html': html(chat), '/tea': html('<h1>Tea</h1>')},
    });
    const docs = join(server.folder, 'docs');
    await mkdir(docs, {recursive: true});
    await writeFile(join(docs, 'tea.md'), tea);
    await promisify(execFile)(process.execPath, [cli, 'ingest', docs, '--base-url', site.url], {
      cwd: server.folder,
      env: {...settingsIn(server.folder), ...upstreamSettings(upstream)},
    });
    await untilFound(server, 'black tea');
  });
  after(() => site.close());

  const open = async () => {
    const context = await stage.browser.newContext({viewport: {width: 800, height: 700}});
    const {page, complaints} = await openPage(context, site.url);
    await page.getByRole('textbox', {name: 'Your message'}).waitFor();
    return {page, complaints, [Symbol.asyncDispose]: () => context.close()};
  };

  test('have a mark where the quote stands in a document, with the passage in its card, and none where it does not', async () => {
    await using opened = await open();
    const {page, complaints} = opened;
    stage.upstream.script(async (exchange) => {
      const asked = JSON.stringify(exchange.body);
      const [, number = ''] = /passage (\d+):(?:(?!passage \d).)*?Black tea is poured on/.exec(asked) ?? [];
      await says(
        `Pour it on at 95 °C. [[${number}: "Black tea is poured on at 95 °C"]] `,
        `Leave it for nine minutes. [[${number}: "It stays for nine minutes."]]`,
      )(exchange);
    });
    await ask(page, 'How hot is black tea poured on?');
    const mark = page.getByRole('button', {name: /^Source 1: /});
    await mark.click();
    const card = page.getByRole('dialog', {name: /^Source 1: /});
    assert.equal(await card.locator('mark').textContent(), 'Black tea is poured on at 95 °C');
    const link = await card.getByRole('link', {name: 'Open at the sentence'}).getAttribute('href');
    assert.ok(link?.startsWith(`${site.url}/tea`), link ?? '');
    assert.match(link ?? '', /:~:text=Black%20tea%20is%20poured/);
    assert.equal(await page.locator('.citation').count(), 1);
    assert.equal((await page.locator('[part=text]').textContent())?.includes('[['), false);
    assert.deepEqual(complaints, []);
  });

  test('say that they are not from the pages, and lead to the nearest one and to a person, if they cite none', async () => {
    await using opened = await open();
    stage.upstream.script(says('No idea.'));
    await ask(opened.page, 'How hot is black tea poured on?');
    await opened.page.getByText('Not from our pages').first().waitFor();
    const contact = opened.page.locator('[part=not-from-pages]').getByRole('link', {name: 'Ask a person'});
    assert.equal(await contact.getAttribute('href'), 'mailto:help@tea.example');
    const nearest = opened.page.locator('.nearest').getByRole('link', {name: 'Tea'});
    assert.match((await nearest.getAttribute('href')) ?? '', new RegExp(`^${site.url}/tea#`));
  });

  test('are not needed to find a page while one types', async () => {
    await using opened = await open();
    const {page} = opened;
    const asked = stage.upstream.requests.length;
    await page.getByRole('textbox', {name: 'Your message'}).pressSequentially('green te');
    const found = page.getByRole('option').first();
    await found.waitFor();
    await page.keyboard.press('ArrowDown');
    assert.equal(await found.getAttribute('aria-selected'), 'true');
    await page.keyboard.press('Enter');
    await page.waitForURL(`${site.url}/tea#green-tea`);
    assert.equal(stage.upstream.requests.length, asked);
  });
});
