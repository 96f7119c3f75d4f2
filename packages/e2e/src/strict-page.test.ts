/** The widget on a page with a very strict policy, and the traces that it leaves on the page. */
import assert from 'node:assert/strict';
import {after, suite, test} from 'node:test';
import {openPage} from './browser.ts';
import {stopButton} from './chat-page.ts';
import {startChatServer} from './chat-server.ts';
import {setStage} from './stage.ts';
import {startStaticSite} from './static-site.ts';

suite('the widget on a page with a strict policy', () => {
  const stage = setStage();

  test('a whole conversation violates no policy and contacts no other host', async () => {
    const policy = [
      "default-src 'none'",
      `script-src ${stage.server.url}`,
      `connect-src ${stage.server.url}`,
      "style-src 'self'",
      "img-src 'self' data:",
      "require-trusted-types-for 'script'",
      'trusted-types lit-html chatlet dompurify',
    ].join('; ');
    const site = await startStaticSite({
      headers: {'content-security-policy': policy},
      pages: {
        '/index.html': `<!doctype html><html lang="en"><head><title>Strict</title><link rel="icon" href="data:," />
          <script type="module" src="${stage.server.url}/chatlet.js"></script><link rel="stylesheet" href="/page.css" /></head>
          <body><h1>Strict</h1><chatlet-chat></chatlet-chat></body></html>`,
        '/page.css': 'chatlet-chat { display: block; height: 600px }',
      },
    });
    const context = await stage.browser.newContext();
    after(async () => {
      await context.close();
      await site.close();
    });
    const {page, complaints, foreign} = await openPage(context, site.url);
    const head = await page.evaluate(() => document.head.innerHTML + document.body.outerHTML);
    for (const question of ['Show a table', 'Show code', 'Show everything']) {
      await page.getByRole('textbox', {name: /message/i}).fill(question);
      await page.keyboard.press('Enter');
      await stopButton(page).waitFor();
      await stopButton(page).waitFor({state: 'detached', timeout: 60_000});
    }
    assert.deepEqual({complaints, foreign}, {complaints: [], foreign: []});
    assert.equal(await page.evaluate(() => document.head.innerHTML + document.body.outerHTML), head);
  });

  test('a page of an origin that is not allowed shows a clear error and no answer', async () => {
    await using closed = await startChatServer({env: {CHATLET_ORIGINS: 'https://www.example.com'}});
    const response = await fetch(`${closed.url}/api/chat`, {
      method: 'POST',
      headers: {'content-type': 'application/json', origin: 'https://evil.example'},
      body: JSON.stringify({messages: [{role: 'user', content: 'Hello'}]}),
    });
    assert.equal(response.status, 403);
    assert.equal(response.headers.get('access-control-allow-origin'), null);
    assert.deepEqual(Object.keys(await response.json()).slice(0, 2), ['error', 'code']);
  });
});
