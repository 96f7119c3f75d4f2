/** A site with a session of its own: the widget sends its cookie to a chat on another origin. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {createChatServer} from '@chatlet/server';
import {launchBrowser, openPage} from './browser.ts';
import {startStaticSite} from './static-site.ts';

suite('the session of the site', () => {
  test('E8: credentials="include" sends its cookie across origins, and the chat belongs to its user', async () => {
    const pages: Record<string, string> = {};
    const site = await startStaticSite({pages});
    const chat = createChatServer({
      databaseUrl: 'sqlite::memory:',
      origins: [site.url],
      authenticate: ({headers: {cookie = ''}}) => (/\bsession=ann\b/.test(cookie) ? {user: 'ann'} : undefined),
    });
    const {url} = await chat.listen({port: 0});
    const html = (attribute: string) =>
      `<!doctype html><title>Site</title><link rel="icon" href="data:," />
      <script type="module" src="${url}/chatlet.js"></script>
      <chatlet-chat ${attribute} style="height: 600px"></chatlet-chat>`;
    pages['/index.html'] = html('credentials="include"');
    pages['/plain.html'] = html('');
    const browser = await launchBrowser();
    try {
      const context = await browser.newContext();
      await context.addCookies([{name: 'session', value: 'ann', url: site.url}]);
      for (const [path, sends] of [
        ['/index.html', true],
        ['/plain.html', false],
      ] as const) {
        const {page, complaints} = await openPage(context, site.url + path);
        const asked = page.waitForResponse((response) => response.request().method() === 'POST');
        await page.getByRole('textbox').fill('Show a table');
        await page.keyboard.press('Enter');
        await page.getByRole('article').last().getByRole('table').waitFor();
        const sent = await (await asked).request().allHeaders();
        assert.equal(sent['cookie'] !== undefined, sends, path);
        assert.deepEqual(complaints, []);
        await page.close();
      }
      const usage = await fetch(`${url}/api/usage`, {headers: {cookie: 'session=ann', origin: site.url}});
      const records = (await usage.json()) as readonly {readonly userId: string}[];
      assert.deepEqual(
        records.map(({userId}) => userId),
        ['user:ann'],
      );
    } finally {
      await browser.close();
      await chat.close();
      await site.close();
    }
  });
});
