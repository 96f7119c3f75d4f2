/** The examples as a reader would run them: each opened in a browser and chatted with. */
import assert from 'node:assert/strict';
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite, test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {build} from 'vite';
import {openPage} from './browser.ts';
import {setStage} from './stage.ts';
import {startStaticSite} from './static-site.ts';

const examples = fileURLToPath(new URL('../../../examples/', import.meta.url));

suite('examples', () => {
  const stage = setStage();

  test('a plain page on another origin has a working chat by one script tag', async () => {
    const folder = join(examples, 'script-tag');
    const html = await readFile(join(folder, 'index.html'), 'utf8');
    const site = await startStaticSite({
      folder,
      pages: {'/index.html': html.replaceAll('http://localhost:8000', stage.server.url)},
    });
    const context = await stage.browser.newContext();
    try {
      const {page, complaints, foreign} = await openPage(context, site.url);
      await page.getByRole('button', {name: /open chat/i}).click();
      await page.getByRole('textbox').fill('Show a table');
      await page.keyboard.press('Enter');
      await page.getByRole('article').last().getByRole('table').waitFor();
      await page.getByRole('button', {name: 'Copy answer'}).waitFor();
      assert.deepEqual({complaints, foreign}, {complaints: [], foreign: []});
    } finally {
      await context.close();
      await site.close();
    }
  });

  for (const name of ['react', 'vue']) {
    test(`the ${name} app chats, and hears when an answer is complete`, async () => {
      const outDir = await mkdtemp(join(tmpdir(), 'chatlet-example-'));
      process.env['VITE_CHATLET_ENDPOINT'] = stage.server.url;
      await build({root: join(examples, name), logLevel: 'warn', build: {outDir, emptyOutDir: true}});
      const site = await startStaticSite({folder: outDir});
      const context = await stage.browser.newContext();
      try {
        const {page, complaints, foreign} = await openPage(context, site.url);
        await page.getByText('Answers so far: 0').waitFor();
        await page.getByRole('button', {name: 'Show a table'}).click();
        await page.getByRole('article').last().getByRole('table').waitFor();
        await page.getByText('Answers so far: 1').waitFor();
        assert.deepEqual({complaints, foreign}, {complaints: [], foreign: []});
      } finally {
        await context.close();
        await site.close();
        await rm(outDir, {recursive: true, force: true});
      }
    });
  }
});
