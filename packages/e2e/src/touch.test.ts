/** A visitor does everything by touch alone on the smallest phone, 320 pixels wide, in the panel of the launcher. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import type {Page} from 'playwright-core';
import {callsTool, delta, nextReply, says, startUpstream} from '../../server/src/testing/upstream.ts';
import {launchBrowser, openPage} from './browser.ts';
import {thread} from './chat-page.ts';
import {startChatServer} from './chat-server.ts';
import {upstreamSettings} from './stage.ts';
import {startStaticSite} from './static-site.ts';

/** Least sizes in CSS pixels: of targets in or over the text of answers (WCAG 2.5.8), and of all others. */
const least = {inText: 24, button: 44};

/** Finds targets that a finger would miss, and elements that are off-screen. */
const findFaults = (page: Page) =>
  page.evaluate(({inText, button}) => {
    const faults: string[] = [];
    const {innerWidth: width, innerHeight: height} = window;
    if (document.documentElement.scrollWidth > width) faults.push('The page scrolls sideways.');
    const look = (root: ParentNode): void => {
      for (const element of root.querySelectorAll<HTMLElement>('*')) {
        if (element.shadowRoot) look(element.shadowRoot);
        const isTarget = element.matches('button:enabled, a[href], input, textarea, summary, [role=option]');
        if (
          !isTarget ||
          element.closest('[inert]') ||
          !element.checkVisibility({visibilityProperty: true, opacityProperty: true})
        )
          continue;
        const box = element.getBoundingClientRect();
        const name = `${element.ariaLabel ?? (element.title || element.textContent.trim().slice(0, 40))} (${element.localName}, ${Math.round(box.width)} × ${Math.round(box.height)})`;
        // A finger that is half a target away from the middle still hits it.
        const isInText = element.matches('a[href], summary, input, .code-bar *, .table-bar *');
        // Rounded corners and fractions of a pixel are not counted.
        const reach = (isInText ? inText : button) / 2 - 2;
        const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
        if (box.left < -1 || box.right > width + 1) faults.push(`${name} is beyond the side.`);
        if (y < 0 || y > height) continue;
        const hits = (dx: number, dy: number) => {
          let at = document.elementFromPoint(x + dx, y + dy);
          while (at?.shadowRoot) {
            const inner = at.shadowRoot.elementFromPoint(x + dx, y + dy);
            if (!inner || inner === at) break;
            at = inner;
          }
          return at !== null && (element.contains(at) || at.contains(element));
        };
        // Something lies over it, such as the header.
        if (!hits(0, 0)) continue;
        for (const [dx, dy] of [
          [reach, 0],
          [-reach, 0],
          [0, reach],
          [0, -reach],
        ] as const) {
          const isInside = x + dx > 0 && x + dx < width && y + dy > 0 && y + dy < height;
          if (isInside && !hits(dx, dy)) faults.push(`${name} is missed by ${dx}, ${dy}.`);
        }
      }
    };
    look(document);
    return faults;
  }, least);

test('I-15: the whole life by touch at 320 pixels: every target is large enough, and nothing is off-screen', async () => {
  const upstream = await startUpstream();
  upstream.models = ['small', 'large'].map((id) => ({id, object: 'model', created: 1, owned_by: 'acme'}));
  const config = {page: {starters: ['What is a canary?', 'And a wren?']}};
  await using server = await startChatServer({config, env: upstreamSettings(upstream)});
  const site = await startStaticSite({
    pages: {
      '/index.html': `<!doctype html><html lang="en"><head><title>Shop</title><link rel="icon" href="data:," />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <script defer src="${server.url}/chatlet.js" data-launcher></script></head>
        <body><h1>Our tea</h1></body></html>`,
    },
  });
  const browser = await launchBrowser();
  try {
    const context = await browser.newContext({
      viewport: {width: 320, height: 568},
      hasTouch: true,
      isMobile: true,
      permissions: ['clipboard-write'],
    });
    const {page, complaints} = await openPage(context, site.url);
    const faults = new Map<string, string>();
    const look = async (state: string) => {
      for (const fault of await findFaults(page)) if (!faults.has(fault)) faults.set(fault, state);
    };
    const button = (name: string | RegExp) => page.getByRole('button', {name, exact: typeof name === 'string'});
    const tap = (name: string | RegExp) => button(name).last().tap();
    const field = page.getByRole('textbox', {name: 'Your message'});

    await tap('Open chat');
    await button('And a wren?').waitFor();
    assert.equal(await field.evaluate((element) => element.matches(':focus')), false, 'No keyboard unasked.');
    await look('opened');

    const first = nextReply(upstream);
    await tap('What is a canary?');
    await (await first).write(delta('A canary is a small bird.\n\n'));
    await page.getByRole('article').getByText('A canary is').waitFor();
    await look('answering');
    await tap('Stop');
    await page.getByRole('article').getByText('Stopped').waitFor();
    await look('stopped');

    upstream.script(async (exchange) => {
      await exchange.write(delta('A wren'));
      exchange.cut();
    }, says('A wren is smaller.\n\n| Bird | Length | Weight | Song | Nest |\n| --- | --- | --- | --- | --- |\n| Wren | 10 cm | 9 g | loud | domed |\n\n```ts\nconst song = "a long line of code that is wider than the phone";\n```'));
    await field.tap();
    await field.fill('And a wren, please?');
    await look('written');
    await tap('Send');
    await button('Retry').waitFor();
    await look('failed');
    await tap('Retry');
    await button('Answer again').waitFor();
    await look('answered');

    await tap('Copy answer');
    await button('Copied').waitFor();
    const ofQuestion = page.locator('article.question [part=actions]').last();
    assert.equal((await ofQuestion.boundingBox())?.height, 0, 'A question shows no buttons before it is tapped.');
    await page.getByRole('article').getByText('And a wren, please?').tap();
    assert.ok(((await ofQuestion.boundingBox())?.height ?? 0) >= 44);
    await look('question tapped');
    await tap('Edit');
    await page.getByRole('textbox', {name: 'Edit your question'}).waitFor();
    await look('editing');
    await tap('Cancel');

    await tap(/^Model/);
    await page.getByRole('option', {name: 'large'}).waitFor();
    await look('models');
    await page.getByRole('option', {name: 'large'}).tap();
    await button('Model: large').waitFor();

    await tap('Chats');
    const chat = button('What is a canary?').first();
    await chat.waitFor();
    await page.evaluate(() => Promise.allSettled(document.getAnimations().map(({finished}) => finished)));
    await look('chats');
    await tap(/^More: What is/);
    await look('tools of a chat');
    await tap(/^Rename: What is/);
    await page.keyboard.type('Birds');
    await look('renaming');
    await page.keyboard.press('Enter');
    await button('Birds').waitFor();
    await tap(/^More: Birds/);
    await tap(/^Delete: Birds/);
    await look('deleted');
    await tap('Undo');
    await button('Birds').waitFor();
    await tap('Download or delete all chats');
    await page.getByRole('menuitem', {name: /Markdown/}).waitFor();
    await look('all chats');
    await tap('Download or delete all chats');
    await tap('Close');
    await tap('New chat');
    await button('And a wren?').waitFor();
    await tap('Close chat');
    await button('Open chat').waitFor();
    await look('closed');
    assert.deepEqual(
      [...faults].map(([fault, state]) => `${state}: ${fault}`),
      [],
    );
    assert.deepEqual(complaints, []);
  } finally {
    await browser.close();
    await site.close();
    await upstream.close();
  }
});

const inn = fileURLToPath(new URL('../../server/src/tools/testing/asking-mcp-server.ts', import.meta.url));

test('the cards of an approval, a form, an address and a person by touch at 320 pixels', async () => {
  const upstream = await startUpstream();
  const config = {
    tools: [{mcp: 'inn', command: process.execPath, args: ['--conditions=@chatlet/source', inn]}],
  };
  await using server = await startChatServer({config, env: upstreamSettings(upstream)});
  const browser = await launchBrowser();
  try {
    const context = await browser.newContext({viewport: {width: 320, height: 568}, hasTouch: true, isMobile: true});
    const {page, complaints} = await openPage(context, server.url);
    page.setDefaultTimeout(15_000);
    const faults: string[] = [];
    const look = async (state: string) => {
      faults.push(...(await findFaults(page)).map((fault) => `${state}: ${fault}`));
    };
    const ask = async (text: string) => {
      await page.getByRole('textbox', {name: /message/i}).fill(text);
      await page.getByRole('button', {name: 'Send', exact: true}).last().tap();
    };
    await page.evaluate(async () => {
      await customElements.whenDefined('chatlet-chat');
      const inputSchema = {type: 'object', properties: {article: {type: 'string'}}};
      document.querySelector('chatlet-chat')?.registerTool({
        name: 'add-to-cart',
        description: 'Adds an article.',
        inputSchema,
        run: () => 'done',
      });
    });

    upstream.script(callsTool('add-to-cart', {article: 'Green tea, organic, from the first harvest'}), says('Added.'));
    await ask('Add tea');
    const approval = page.getByRole('group', {name: 'Allow “add-to-cart”?'});
    await approval.getByText(/^Waits for you until/).waitFor();
    await look('approval');
    await approval.getByRole('button', {name: 'Change the input'}).tap();
    await look('input');
    await approval.getByRole('button', {name: 'Refuse'}).tap();
    await look('reason');
    await approval.getByRole('button', {name: 'Allow once'}).tap();
    await thread(page).getByText('Added.').waitFor();

    upstream.script(callsTool('inn_book', {}), says('As you like.'));
    await ask('Book a room');
    const form = page.getByRole('group', {name: '“inn_book” asks you'});
    await form.getByRole('button', {name: 'Send'}).tap();
    await form.getByText('City: Please check this.').waitFor();
    await look('form');
    await form.getByLabel('City').fill('Oslo');
    await form.getByLabel('Breakfast').tap();
    await form.getByRole('button', {name: 'Send'}).tap();
    await form.getByRole('link', {name: 'Open pay.example.com'}).waitFor();
    await look('address');
    await form.getByRole('button', {name: 'Decline'}).tap();
    await thread(page).getByText('As you like.').waitFor();

    for (const state of ['person-asked-phone', 'person-unavailable', 'person-waiting', 'person-answered']) {
      await page.goto('about:blank');
      await page.goto(`${server.url}/gallery/stage.html#${state}`);
      await page.locator(`html[data-played="${state}"]`).waitFor();
      await look(state);
    }
    assert.deepEqual(faults, []);
    assert.deepEqual(complaints, []);
  } finally {
    await browser.close();
    await upstream.close();
  }
});
