/** The examples for sites with a host of their own: Express, other backends, no element, frameworks, WordPress, ChatKit. */
import assert from 'node:assert/strict';
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite, test} from 'node:test';
import type {BrowserContext} from 'playwright-core';
import {build} from 'vite';
import {openPage} from './browser.ts';
import {ask, lastAnswer} from './chat-page.ts';
import {startExample} from './example-program.ts';
import {setStage} from './stage.ts';
import {type StaticSite, startStaticSite} from './static-site.ts';

const examples = join(import.meta.dirname, '../../../examples');

// They wait for the pace of the demo model most of the time.
suite('examples in hosts', {concurrency: 2}, () => {
  const stage = setStage();

  /** Runs the work with a browser of its own, in which nothing may go wrong. */
  async function browse(
    url: string,
    work: (page: Awaited<ReturnType<typeof openPage>>['page'], context: BrowserContext) => Promise<void>,
  ) {
    const context = await stage.browser.newContext();
    try {
      const {page, complaints, foreign} = await openPage(context, url);
      await work(page, context);
      assert.deepEqual({complaints, foreign}, {complaints: [], foreign: []});
    } finally {
      await context.close();
    }
  }

  /** Builds an example with Vite, so that it asks the server of the stage, and serves the result. */
  async function serveBuilt(name: string): Promise<StaticSite & AsyncDisposable> {
    const outDir = await mkdtemp(join(tmpdir(), 'chatlet-example-'));
    process.env['VITE_CHATLET_ENDPOINT'] = stage.server.url;
    await build({root: join(examples, name), logLevel: 'warn', build: {outDir, emptyOutDir: true}});
    const site = await startStaticSite({folder: outDir});
    const dispose = async () => {
      await site.close();
      await rm(outDir, {recursive: true, force: true});
    };
    return {...site, [Symbol.asyncDispose]: dispose};
  }

  test('express-own-server: who has signed in has chats of their own, and nobody else may ask', async () => {
    await using site = await startExample('express-own-server/server.mjs');
    await browse(site.url, async (page) => {
      assert.equal(await page.locator('chatlet-launcher').count(), 0);
      const signIn = async (name: string) => {
        await page.getByRole('textbox', {name: /Your name/}).fill(name);
        await page.getByRole('button', {name: 'Sign in'}).click();
        await page.getByRole('heading', {name: `Hello, ${name}`}).waitFor();
      };
      const titles = () =>
        page.evaluate(async () => {
          const chats = (await (await fetch('/support/api/chats')).json()) as readonly {title: string}[];
          return chats.map(({title}) => title);
        });
      await signIn('ada');
      await page.getByRole('button', {name: 'Open chat'}).click();
      await ask(page, 'Show a table');
      await lastAnswer(page).getByRole('table').waitFor();
      await page.getByRole('button', {name: 'Copy answer'}).waitFor();
      assert.deepEqual(await titles(), ['Show a table']);
      await page.getByRole('button', {name: 'Close chat'}).first().click();
      await page.getByRole('button', {name: 'Sign out'}).click();
      await signIn('grace');
      assert.deepEqual(await titles(), []);
    });
    // From this machine programs may ask; this one comes through a proxy.
    const headers = {'content-type': 'application/json', 'x-forwarded-for': '192.0.2.1'};
    const stranger = await fetch(`${site.url}/support/api/chat`, {
      method: 'POST',
      headers,
      body: '{"message":{"text":"Hi"}}',
    });
    assert.equal(stranger.status, 401);
  });

  test('other-backend: an OpenAI-compatible address, a route of the AI SDK and an agent of AG-UI answer', async () => {
    await using site = await startExample('other-backend/server.mjs');
    for (const [link, question] of [
      ['OpenAI-compatible', 'One?'],
      ['AI SDK', 'Two?'],
      ['AG-UI', 'Three?'],
    ] as const) {
      await browse(site.url, async (page) => {
        await page.getByRole('link', {name: link}).click();
        await ask(page, question);
        await lastAnswer(page).getByText(`You said: ${question}`).waitFor();
        await ask(page, 'And then?');
        await lastAnswer(page).getByText('You said: And then?').waitFor();
      });
    }
  });

  test('headless: a page with its own HTML asks, shows the answer as it grows, and stops it', async () => {
    await using site = await serveBuilt('headless');
    await browse(site.url, async (page) => {
      const stop = page.getByRole('button', {name: 'Stop'});
      const askHere = async (text: string) => {
        await page.getByRole('textbox', {name: 'Your question'}).fill(text);
        await page.getByRole('button', {name: 'Ask'}).click();
      };
      await askHere('Give me a long answer');
      await page
        .locator('li.assistant')
        .filter({hasText: /\w+ \w+/})
        .waitFor();
      await stop.click();
      await stop.waitFor({state: 'hidden'});
      await askHere('Show some code');
      await page.locator('li.assistant').nth(1).filter({hasText: '```'}).waitFor();
      await stop.waitFor({state: 'hidden'});
      assert.equal(await page.locator('li').count(), 4);
    });
  });

  for (const name of ['react', 'vue', 'svelte']) {
    test(`${name}: the app chats, and hears when an answer is complete`, async () => {
      await using site = await serveBuilt(name);
      await browse(site.url, async (page) => {
        await page.getByText('Answers so far: 0').waitFor();
        await page.getByRole('button', {name: 'Show a table'}).click();
        await lastAnswer(page).getByRole('table').waitFor();
        await page.getByText('Answers so far: 1').waitFor();
      });
    });
  }

  test('wordpress: what the plugin echoes is a working chat on the page of a theme', async () => {
    await using site = await startExample('wordpress/page.mjs', {CHATLET_SERVER: stage.server.url});
    await browse(site.url, async (page) => {
      await page.getByRole('button', {name: 'Open chat'}).click();
      await ask(page, 'Show a table');
      await lastAnswer(page).getByRole('table').waitFor();
    });
    // A block of HTML in PHP ends with its mark alone on a line, and WordPress prints no address that it has not checked.
    const plugin = await readFile(join(examples, 'wordpress/chatlet.php'), 'utf8');
    assert.match(plugin, /\$server = esc_url\(CHATLET_SERVER\);\n\s+echo <<<HTML\n.*\n {4}HTML;\n\}\);\n$/s);
  });

  test('from-chatkit: the options of ChatKit are those of the chat, its events come, and the rest is named', async () => {
    const folder = join(examples, 'from-chatkit');
    const html = await readFile(join(folder, 'index.html'), 'utf8');
    const site = await startStaticSite({
      folder,
      pages: {'/index.html': html.replaceAll('http://localhost:8000', stage.server.url)},
    });
    const context = await stage.browser.newContext();
    try {
      const warned: string[] = [];
      context.on('console', (message) => message.type() === 'warning' && warned.push(message.text()));
      const {page, complaints} = await openPage(context, site.url);
      await page.getByText('How can we help?').waitFor();
      await page.getByPlaceholder('Your question').first().waitFor();
      for (const text of ['Ask our shop', 'Answers may be wrong.']) await page.getByText(text).first().waitFor();
      const accent = await page
        .locator('chatlet-chat')
        .evaluate((chat) => [
          chat.getAttribute('theme'),
          getComputedStyle(chat).getPropertyValue('--chatlet-accent'),
          getComputedStyle(chat).getPropertyValue('--chatlet-radius'),
        ]);
      assert.deepEqual(accent, ['light', '#7a3e9d', '10px']);
      await page.getByRole('button', {name: 'Show a table'}).click();
      await lastAnswer(page).getByRole('table').waitFor();
      await page.getByText('Answers so far: 1').waitFor();
      assert.deepEqual(complaints, []);
      assert.deepEqual(warned, [
        'Chatlet has nothing for these options of ChatKit: composer.attachments.enabled, theme.color.accent.level.',
      ]);
    } finally {
      await context.close();
      await site.close();
    }
  });
});
