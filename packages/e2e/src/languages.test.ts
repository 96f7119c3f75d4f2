/** Languages (i18n) that are loaded on demand: by the script tag from our server, and from the chunks of a bundler. */
import assert from 'node:assert/strict';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite, test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {build} from 'vite';
import {openPage} from './browser.ts';
import {setStage} from './stage.ts';
import {startStaticSite} from './static-site.ts';

const react = fileURLToPath(new URL('../../../examples/react/', import.meta.url));
const isGerman = ({pathname}: URL) => /\/de-[\w-]+\.js$/.test(pathname);

suite('languages', () => {
  const stage = setStage();
  const page = (lang: string) => `<!doctype html><html lang="${lang}"><head><title>Languages</title>
    <link rel="icon" href="data:," /><script type="module" src="${stage.server.url}/chatlet.js?v=2"></script></head>
    <body><chatlet-chat></chatlet-chat></body></html>`;

  test('the script tag loads German only on a page in German, and loads the chat itself only once', async () => {
    const site = await startStaticSite({pages: {'/index.html': page('de'), '/en.html': page('en')}});
    const context = await stage.browser.newContext();
    try {
      const scripts: URL[] = [];
      context.on('request', (request) => scripts.push(new URL(request.url())));
      const german = await openPage(context, site.url);
      await german.page.getByRole('textbox', {name: 'Ihre Nachricht'}).waitFor();
      assert.equal(scripts.filter(isGerman).length, 1);
      assert.equal(scripts.filter(({pathname}) => pathname === '/chatlet.js').length, 1);
      scripts.length = 0;
      const english = await openPage(context, `${site.url}/en.html`);
      await english.page.getByRole('textbox', {name: 'Your message'}).waitFor();
      assert.deepEqual(scripts.filter(isGerman), []);
      assert.deepEqual([german.complaints, english.complaints], [[], []]);
    } finally {
      await context.close();
      await site.close();
    }
  });

  test('I-13 a visitor opens, asks, reads the keys and closes in Arabic, by keyboard alone', async () => {
    const text = `<!doctype html><html lang="ar" dir="rtl"><head><title>متجر</title><link rel="icon" href="data:," />
      <script src="${stage.server.url}/chatlet.js"></script></head><body><chatlet-launcher></chatlet-launcher></body></html>`;
    const site = await startStaticSite({pages: {'/index.html': text}});
    const context = await stage.browser.newContext();
    try {
      const {page: arabic, complaints} = await openPage(context, site.url);
      const {keyboard} = arabic;
      const focused = (role: 'button' | 'textbox', name: string) =>
        arabic.getByRole(role, {name, exact: true}).and(arabic.locator(':focus')).waitFor();
      await arabic.getByRole('button', {name: 'محادثة'}).waitFor();
      await keyboard.press('Tab');
      await focused('button', 'محادثة');
      await keyboard.press('Enter');
      await focused('textbox', 'رسالتك');
      const panel = arabic.getByRole('dialog', {name: 'محادثة'});
      const notice = 'أنت تتحدث مع ذكاء اصطناعي.';
      const description = await panel.evaluate((dialog) => {
        const root = dialog.getRootNode();
        const id = dialog.getAttribute('aria-describedby') ?? '';
        return root instanceof ShadowRoot ? root.getElementById(id)?.textContent : undefined;
      });
      assert.equal(description, notice);
      await panel.locator('[part=ai-notice]').getByText(notice).waitFor();
      const question = arabic.getByRole('textbox', {name: 'رسالتك'});
      assert.equal(await question.evaluate((field) => getComputedStyle(field).direction), 'rtl');

      await keyboard.type('ما هذا؟');
      await keyboard.press('Enter');
      await arabic.getByRole('button', {name: 'نسخ الإجابة'}).waitFor();
      assert.equal(await panel.locator('[part=ai-notice]').count(), 0);
      await keyboard.press('F6');
      // The key with the question mark of an Arabic keyboard.
      const devtools = await context.newCDPSession(arabic);
      const questionMark = {key: '؟', code: 'Slash', modifiers: 8, text: '؟'};
      await devtools.send('Input.dispatchKeyEvent', {type: 'keyDown', ...questionMark});
      await devtools.send('Input.dispatchKeyEvent', {type: 'keyUp', ...questionMark});
      const keys = arabic.getByRole('dialog', {name: 'اختصارات لوحة المفاتيح'});
      await keys.waitFor();
      await keyboard.press('Escape');
      await keys.waitFor({state: 'detached'});
      await keyboard.press('Escape');
      await focused('button', 'محادثة');
      assert.deepEqual(complaints, []);
    } finally {
      await context.close();
      await site.close();
    }
  });

  test('a chat stays in English and answers if its translation cannot be fetched', async () => {
    const site = await startStaticSite({pages: {'/index.html': page('de')}});
    const context = await stage.browser.newContext();
    try {
      const refused = Promise.withResolvers<void>();
      await context.route(isGerman, async (route) => {
        await route.abort();
        refused.resolve();
      });
      const {page: german} = await openPage(context, site.url);
      await refused.promise;
      await german.getByRole('textbox', {name: 'Your message'}).fill('Hello');
      await german.keyboard.press('Enter');
      await german.getByRole('button', {name: 'Copy answer'}).waitFor();
    } finally {
      await context.close();
      await site.close();
    }
  });

  test('a bundled app loads German when its page changes to German', async () => {
    const outDir = await mkdtemp(join(tmpdir(), 'chatlet-language-'));
    process.env['VITE_CHATLET_ENDPOINT'] = stage.server.url;
    await build({root: react, logLevel: 'warn', build: {outDir, emptyOutDir: true}});
    const site = await startStaticSite({folder: outDir});
    const context = await stage.browser.newContext();
    try {
      const {page: app, complaints} = await openPage(context, site.url);
      await app.getByRole('textbox', {name: 'Your message'}).waitFor();
      await app.evaluate(() => (document.documentElement.lang = 'de'));
      await app.getByRole('textbox', {name: 'Ihre Nachricht'}).waitFor();
      assert.deepEqual(complaints, []);
    } finally {
      await context.close();
      await site.close();
      await rm(outDir, {recursive: true, force: true});
    }
  });
});
