/** The pages that the server brings along, under the strict policies that they come with. */
import assert from 'node:assert/strict';
import {after, before, suite, test} from 'node:test';
import type {Browser} from 'playwright-core';
import {launchBrowser, openPage} from './browser.ts';
import {type ChatServer, startChatServer} from './chat-server.ts';

suite('the server’s own pages', () => {
  let browser: Browser;
  let server: ChatServer;

  before(async () => {
    [browser, server] = await Promise.all([launchBrowser(), startChatServer()]);
  });
  after(async () => {
    await browser?.close();
    await server?.[Symbol.asyncDispose]();
  });

  test('the chat answers under a policy that takes no string for code', async () => {
    const response = await fetch(server.url);
    assert.match(response.headers.get('content-security-policy') ?? '', /require-trusted-types-for 'script'/);
    const context = await browser.newContext();
    const {page, complaints, foreign} = await openPage(context, server.url);
    await page.getByRole('textbox', {name: /message/i}).fill('Show everything');
    await page.keyboard.press('Enter');
    await page.getByRole('button', {name: 'Stop'}).waitFor();
    await page.getByRole('button', {name: 'Stop'}).waitFor({state: 'detached', timeout: 60_000});
    assert.deepEqual({complaints, foreign}, {complaints: [], foreign: []});
    await context.close();
  });

  test('S1.6: Swagger UI shows every path and tries one, and asks nobody else', async () => {
    const document: unknown = await (await fetch(`${server.url}/openapi.json`)).json();
    assert.ok(typeof document === 'object' && document !== null && 'paths' in document);
    const operations = Object.values(Object(document.paths)).flatMap((methods) => Object.keys(Object(methods)));
    const context = await browser.newContext();
    const {page, complaints, foreign} = await openPage(context, `${server.url}/docs`);
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
