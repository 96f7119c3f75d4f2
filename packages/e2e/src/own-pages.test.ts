/** The server's own pages under their strict policies. */
import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {suite, test} from 'node:test';
import {promisify} from 'node:util';
import {readBlocks} from '../../frameworks/src/readmes.ts';
import {openPage} from './browser.ts';
import {ask, stopButton} from './chat-page.ts';
import {cli, settingsIn, untilFound} from './chat-server.ts';
import {setStage} from './stage.ts';
import {startStaticSite} from './static-site.ts';

/** What a newcomer types to answer from their own pages, as the README prints it. */
function printedCommands(): readonly string[] {
  const section = 'Answer from your own pages';
  const [block] = readBlocks(['README.md']).filter((each) => each.section === section && each.language === 'sh');
  return (block?.code ?? '').split('\n').flatMap((line) => line.split('#')[0]?.trim() || []);
}

suite('the server’s own pages', () => {
  const stage = setStage();

  test('the server’s chat page works under a policy that turns no string into code', async () => {
    const response = await fetch(stage.server.url);
    assert.match(response.headers.get('content-security-policy') ?? '', /require-trusted-types-for 'script'/);
    const context = await stage.browser.newContext();
    const {page, complaints, foreign} = await openPage(context, stage.server.url);
    await page.getByRole('textbox', {name: /message/i}).fill('Show everything');
    await page.keyboard.press('Enter');
    await stopButton(page).waitFor();
    await stopButton(page).waitFor({state: 'detached', timeout: 60_000});
    assert.deepEqual({complaints, foreign}, {complaints: [], foreign: []});
    await context.close();
  });

  test('S0.12: the README’s commands let the chat page answer from a folder and from a site, with marks', async () => {
    const [start, folder = '', site = '', ...others] = printedCommands();
    assert.deepEqual([start, others], ['npx chatlet-server start', []]);
    const html = `<!doctype html><html lang="en"><head><title>Ticket prices</title></head>
      <body><main><h1>Ticket prices</h1><p>A night ticket for the sauna costs 14 euros.</p></main></body></html>`;
    const pages = await startStaticSite({pages: {'/index.html': html}});
    const {server} = stage;
    await mkdir(join(server.folder, 'docs'));
    await writeFile(join(server.folder, 'docs/hours.md'), '# Opening hours\n\nThe lake bath opens at half past six.\n');
    for (const command of [folder, site.replace(/https:\S+/, pages.url)]) {
      const [, words = ''] = /^npx chatlet-server ingest (\S+)$/.exec(command) ?? [];
      const options = {cwd: server.folder, env: settingsIn(server.folder)};
      const {stdout, stderr} = await promisify(execFile)(process.execPath, [cli, 'ingest', words], options);
      assert.match(stdout + stderr, /: 1 document in .* \(1 new/, command);
    }
    await untilFound(server, 'night ticket');
    const context = await stage.browser.newContext();
    const {page, complaints} = await openPage(context, server.url);
    await ask(page, 'When does the lake bath open?');
    await page.getByRole('button', {name: 'Source 1: Opening hours'}).waitFor();
    await stopButton(page).waitFor({state: 'detached'});
    await ask(page, 'How much is a night ticket for the sauna?');
    await page.getByRole('button', {name: 'Source 1: Ticket prices'}).waitFor();
    const chip = page.locator('[part=sources]').getByRole('link', {name: 'Ticket prices'});
    assert.match((await chip.getAttribute('href')) ?? '', new RegExp(`^${pages.url}/#:~:text=A%20night%20ticket`));
    assert.deepEqual(complaints, []);
    await context.close();
    await pages.close();
  });

  test('S1.6: Swagger UI shows every path and tries one, and contacts no other host', async () => {
    const document: unknown = await (await fetch(`${stage.server.url}/openapi.json`)).json();
    assert.ok(typeof document === 'object' && document !== null && 'paths' in document);
    const operations = Object.values(Object(document.paths)).flatMap((methods) => Object.keys(Object(methods)));
    const context = await stage.browser.newContext();
    const {page, complaints, foreign} = await openPage(context, `${stage.server.url}/docs`);
    await page
      .locator('.opblock')
      .nth(operations.length - 1)
      .waitFor();
    assert.equal(await page.locator('.opblock').count(), operations.length);
    const health = page.locator('#operations-Operation-getHealthz');
    await health.click();
    await health.getByRole('button', {name: 'Try it out'}).click();
    await health.getByRole('button', {name: 'Execute'}).click();
    await health.locator('.live-responses-table').getByText('"ok"').waitFor();
    assert.deepEqual({complaints, foreign}, {complaints: [], foreign: []});
    await context.close();
  });
});
