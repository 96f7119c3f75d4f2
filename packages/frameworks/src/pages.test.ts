/** Both wrappers, and the tag in Svelte, in a real browser: what custom-elements-everywhere asks of frameworks, rendered by the page or by a server. */
import assert from 'node:assert/strict';
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {createRequire} from 'node:module';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, suite, test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {type Plugin, build} from 'esbuild';
import type {Page, Request} from 'playwright-core';
import {compile} from 'svelte/compiler';
import {openPage} from '../../e2e/src/browser.ts';
import {setStage} from '../../e2e/src/stage.ts';
import {startStaticSite} from '../../e2e/src/static-site.ts';

const own = fileURLToPath(new URL('../', import.meta.url));

interface Framework {
  readonly name: string;
  /** Files in `fixtures/pages`: what the browser runs, and what the server renders. */
  readonly page: string;
  readonly server: string;
  readonly alias: Readonly<Record<string, string>>;
}

const frameworks: readonly Framework[] = [
  {name: 'React 19', page: 'react.tsx', server: 'react-server.tsx', alias: {}},
  {
    name: 'React 18',
    page: 'react.tsx',
    server: 'react-server.tsx',
    alias: {react: 'react-18', 'react-dom': 'react-dom-18'},
  },
  {name: 'Vue', page: 'vue.ts', server: 'vue-server.ts', alias: {vue: 'vue/dist/vue.esm-bundler.js'}},
];

/** Compiles components of Svelte, for the page or for a server. */
const svelte = (generate: 'client' | 'server'): Plugin => ({
  name: 'svelte',
  setup({onLoad}) {
    onLoad({filter: /\.svelte$/}, async ({path}) => ({
      contents: compile(await readFile(path, 'utf8'), {filename: path, generate}).js.code,
    }));
  },
});

// The frameworks wait for the pace of the demo model, so they do it at the same time.
suite('elements and wrappers in pages', {concurrency: frameworks.length}, () => {
  const stage = setStage();

  /** Bundles a page once, for the suite in which this is called, and gives what opens it. */
  function preparePage({name, page: entry, server, alias}: Framework) {
    let outdir: Promise<string> | undefined;
    after(async () => outdir && rm(await outdir, {recursive: true}));

    const bundle = async (endpoint: string): Promise<string> => {
      const folder = await mkdtemp(join(tmpdir(), 'chatlet-framework-'));
      const shared = {
        absWorkingDir: own,
        bundle: true,
        outdir: folder,
        logLevel: 'error',
        jsx: 'automatic',
        define: {
          endpoint: JSON.stringify(endpoint),
          'process.env.NODE_ENV': '"development"',
          __VUE_OPTIONS_API__: 'true',
          __VUE_PROD_DEVTOOLS__: 'false',
          __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'true',
        },
      } as const;
      const page = `fixtures/pages/${entry}`;
      await Promise.all([
        build({...shared, alias, entryPoints: {page}, format: 'esm', splitting: true, plugins: [svelte('client')]}),
        build({
          ...shared,
          ...(name === 'Vue' ? {} : {alias}),
          entryPoints: {server: `fixtures/pages/${server}`},
          format: 'cjs',
          platform: 'node',
          outExtension: {'.js': '.cjs'},
          plugins: [svelte('server')],
        }),
      ]);
      return folder;
    };

    return async (rendered: 'page' | 'server', use: (opened: Opened) => Promise<void>) => {
      const folder = await (outdir ??= bundle(stage.server.url));
      const module = createRequire(import.meta.url)(join(folder, 'server.cjs')) as {readonly html: Promise<string>};
      const root = rendered === 'server' ? await module.html : '';
      const html = `<!doctype html><html lang="en"><title>Page</title><link rel="icon" href="data:," />
        <div id="root">${root}</div><script type="module" src="/page.js"></script></html>`;
      const site = await startStaticSite({folder, pages: {'/index.html': html}});
      const context = await stage.browser.newContext();
      const settings: Request[] = [];
      context.on('request', (request) => request.url().endsWith('/api/config') && settings.push(request));
      try {
        const {page, complaints} = await openPage(context, site.url);
        await use({page, complaints, settings, html: root});
      } finally {
        await context.close();
        await site.close();
      }
    };
  }

  suite('Svelte', () => {
    const openIn = preparePage({name: 'Svelte', page: 'svelte.ts', server: 'svelte-server.ts', alias: {}});

    test('E6: Svelte, rendered by a server: functions, false, numbers and names in camel case are properties of the tag', () =>
      openIn('server', async ({page, complaints, settings, html}) => {
        assert.match(html, /Answers: .*0/s);
        await page.getByRole('button', {name: 'Show a table'}).click();
        await page.getByRole('status').first().getByText('Answers: 1').waitFor();
        const chat = page.locator('chatlet-chat');
        assert.deepEqual(
          await chat.evaluate((element) =>
            Object.fromEntries(
              ['math', 'temporary', 'historyLimit', 'aiNotice', 'pageFont'].map((name) => [
                name,
                Reflect.get(element, name),
              ]),
            ),
          ),
          {math: false, temporary: false, historyLimit: 5, aiNotice: 'off', pageFont: true},
        );
        // Each, from the first one on: the function was there before the element asked anything.
        const pages = await Promise.all(settings.map((request) => request.headerValue('x-page')));
        assert.deepEqual(new Set(pages), new Set(['svelte']));
        assert.deepEqual(complaints, []);
      }));
  });

  for (const framework of frameworks) {
    const {name} = framework;
    suite(name, {concurrency: 1}, () => {
      const openIn = preparePage(framework);

      for (const rendered of ['page', 'server'] as const) {
        test(`E5 E6: ${name}, rendered by the ${rendered}: lists arrive, events are heard, rendering again changes nothing`, () =>
          openIn(rendered, async ({page, complaints, settings, html}) => {
            assert.equal(html !== '', rendered === 'server');
            const status = page.getByRole('status').first();
            await page.getByRole('button', {name: 'Render'}).click();
            await page.getByRole('button', {name: 'Show a table'}).click();
            await page.getByRole('article').last().getByRole('table').waitFor();
            await status.getByText('Answers: 1, chat: begun, renderings: 1').waitFor();
            await page.getByRole('button', {name: 'Render'}).click();
            await status.getByText('renderings: 2').waitFor();
            assert.equal(await page.getByRole('article').count(), 2);
            await page.getByRole('button', {name: 'Send by ref'}).click();
            await status.getByText('Answers: 2').waitFor();
            assert.equal(await page.locator('chatlet-chat.chat').evaluate((chat) => chat.localName), 'chatlet-chat');
            assert.deepEqual(
              {complaints, settings: new Set(settings.map((request) => request.url())).size},
              {complaints: [], settings: 1},
            );
            assert.ok(settings.length <= 2, `${settings.length} requests for settings`);
          }));
      }

      test(`${name}: changed lists arrive, attributes that are no properties too, the panel opens with its heading, useChat renders`, () =>
        openIn('server', async ({page, complaints}) => {
          await page.getByRole('button', {name: 'Show a table'}).waitFor();
          await page.getByRole('button', {name: 'Other starters'}).click();
          await page.getByRole('button', {name: 'Others', exact: true}).waitFor();
          assert.equal(await page.locator('chatlet-launcher').getAttribute('position'), 'bottom-start');
          if (name !== 'Vue') {
            await page.getByRole('button', {name: 'Own messages: 0'}).click();
            await page.getByRole('button', {name: 'Own messages: 2'}).waitFor();
          }
          await page.getByRole('button', {name: /open chat/i}).click();
          await page.getByRole('heading', {name: 'Launched'}).waitFor();
          assert.deepEqual(complaints, []);
        }));

      test(`${name}: a chat that is removed while it answers shows the whole answer when it is there again`, () =>
        openIn('page', async ({page, complaints}) => {
          await page.getByRole('button', {name: 'Show a table'}).click();
          await page.getByText('chat: begun').waitFor();
          await page.getByRole('button', {name: 'Stop'}).waitFor();
          await page.getByRole('button', {name: 'Toggle'}).click();
          assert.equal(await page.locator('chatlet-chat.chat').count(), 0);
          await page.getByRole('button', {name: 'Toggle'}).click();
          await page.getByRole('button', {name: 'Copy answer'}).waitFor();
          assert.equal(await page.getByRole('article').count(), 2);
          assert.deepEqual(complaints, []);
        }));
    });
  }
});

interface Opened {
  readonly page: Page;
  readonly complaints: readonly string[];
  /** The requests for the page's settings. */
  readonly settings: readonly Request[];
  /** What the server has rendered. */
  readonly html: string;
}
