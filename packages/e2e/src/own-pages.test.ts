/** The server's own pages under their strict policies. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {openPage} from './browser.ts';
import {setStage} from './stage.ts';

suite('the server’s own pages', () => {
  const stage = setStage();

  test('the server’s chat page works under a policy that turns no string into code', async () => {
    const response = await fetch(stage.server.url);
    assert.match(response.headers.get('content-security-policy') ?? '', /require-trusted-types-for 'script'/);
    const context = await stage.browser.newContext();
    const {page, complaints, foreign} = await openPage(context, stage.server.url);
    await page.getByRole('textbox', {name: /message/i}).fill('Show everything');
    await page.keyboard.press('Enter');
    await page.getByRole('button', {name: 'Stop'}).waitFor();
    await page.getByRole('button', {name: 'Stop'}).waitFor({state: 'detached', timeout: 60_000});
    assert.deepEqual({complaints, foreign}, {complaints: [], foreign: []});
    await context.close();
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
