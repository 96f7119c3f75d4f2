/** A visitor's journey in WebKit, the engine of Safari, on a page with a strict policy. The other suites drive Chromium and Firefox. */
import assert from 'node:assert/strict';
import {after, before, suite, test} from 'node:test';
import {findWebKit} from '../../../scripts/browser.mjs';
import {type ChatServer, startChatServer} from './chat-server.ts';
import {type StaticSite, startStaticSite} from './static-site.ts';
import {type WebKit, launchWebKit} from './webkit.ts';

const programs = findWebKit();
if ('missing' in programs)
  console.warn(
    `NOT RUN: the journey in WebKit, because ${programs.missing} is not there. Install it (Debian: apt-get install webkit2gtk-driver xvfb).`,
  );
else suite('WebKit', () => journey(programs));

/** Everything in the page that matches, through all shadow roots, in the order of the page. */
const find = `const find = (selector, root = document) => [...root.querySelectorAll('*')].flatMap((each) => [
  ...(each.matches(selector) ? [each] : []), ...(each.shadowRoot ? find(selector, each.shadowRoot) : [])]);`;

function journey(found: Exclude<ReturnType<typeof findWebKit>, {missing: string}>): void {
  let webkit: WebKit;
  let server: ChatServer;
  let site: StaticSite;
  before(async () => {
    [webkit, server] = await Promise.all([launchWebKit(found), startChatServer()]);
    const page = (attributes: string) => `<!doctype html><html ${attributes}><head><title>Shop</title>
      <link rel="icon" href="data:," /><script defer src="${server.url}/chatlet.js"></script></head>
      <body><h1>Shop</h1><chatlet-launcher></chatlet-launcher></body></html>`;
    const policy = `default-src 'none'; script-src ${server.url}; connect-src ${server.url}; img-src data:`;
    site = await startStaticSite({
      headers: {'content-security-policy': policy},
      pages: {'/index.html': page('lang="en"'), '/ar.html': page('lang="ar" dir="rtl"')},
    });
  });
  after(async () => {
    await webkit?.[Symbol.asyncDispose]();
    await site?.close();
    await server?.[Symbol.asyncDispose]();
  });

  const has = (selector: string) => webkit.until(`${find} return find('${selector}').length > 0;`);
  const openPanel = async (path: string) => {
    await webkit.open(site.url + path);
    await has('.launcher');
    await webkit.click(`${find} return find('.launcher')[0];`);
    await webkit.until(`${find} return find('textarea')[0]?.matches(':focus') === true;`);
  };

  test('asks, shows a table, keeps it over a reload, and closes by Escape', async () => {
    await openPanel('/');
    await webkit.type('Show a table');
    await webkit.type('\uE007');
    await has('td');
    await has('.regenerate');
    await webkit.open(`${site.url}/`);
    await has('td');
    // WebKit's driver takes a field in three shadow roots for covered, so it is not clicked.
    await webkit.run(`${find} find('textarea')[0].focus();`);
    await webkit.type('\uE00C');
    await webkit.until(`${find} return !find('.panel')[0].matches(':popover-open');`);
    assert.equal(await webkit.run(`${find} return find('.launcher')[0].matches(':focus');`), true);
    await webkit.run('localStorage.clear(); sessionStorage.clear();');
  });

  test('is Arabic and runs from the right on an Arabic page', async () => {
    await openPanel('/ar.html');
    await webkit.until(`${find} return /[ا-ي]/.test(find('textarea')[0].placeholder);`);
    assert.equal(await webkit.run(`${find} return getComputedStyle(find('textarea')[0]).direction;`), 'rtl');
  });
}
