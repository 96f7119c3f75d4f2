/** A page whose origin the server does not allow: the visitor, the page's author and the operator are all told why. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {launchBrowser} from './browser.ts';
import {thread} from './chat-page.ts';
import {startChatServer} from './chat-server.ts';
import {startStaticSite} from './static-site.ts';

suite('a page whose origin is not allowed', () => {
  test('E1, P17: says that it may not use the chat and not that the connection is lost, and the console says what to set', async () => {
    const server = await startChatServer({env: {CHATLET_ORIGINS: 'https://www.example.com'}});
    const site = await startStaticSite({
      pages: {
        '/index.html': `<script type="module" src="${server.url}/chatlet.js"></script>
          <chatlet-chat style="height: 600px"></chatlet-chat>`,
      },
    });
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage({viewport: {width: 480, height: 640}});
      const logged: string[] = [];
      page.on('console', (message) => logged.push(message.text()));
      await page.goto(site.url);
      await page.getByRole('textbox').fill('Hello');
      await page.keyboard.press('Enter');
      await thread(page).getByText('This page may not use the chat.').waitFor({timeout: 5_000});
      assert.equal(await page.getByText(/connection lost|the answer goes on/i).count(), 0);
      const shot = process.env['CHATLET_SHOT'];
      if (shot !== undefined) await page.screenshot({path: shot});
      assert.ok(
        logged.includes(
          `Chatlet: the server does not allow pages of ${site.url}. Start it with CHATLET_ORIGINS=${site.url}`,
        ),
        logged.join('\n'),
      );
    } finally {
      await browser.close();
      await site.close();
      await server[Symbol.asyncDispose]();
    }
  });
});
