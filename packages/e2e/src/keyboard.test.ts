/**
 * A visitor lives with the chat by keyboard alone. `transcripts/keyboard.txt` has a line for each key, with the element that
 * has the focus then, and the words of a screen reader. `CHATLET_UPDATE=1` writes that file anew; read it before you commit it.
 */
import assert from 'node:assert/strict';
import {readFile, writeFile} from 'node:fs/promises';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import type {CDPSession, Page} from 'playwright-core';
import {delta, done, type Exchange, nextReply, startUpstream} from '../../server/src/testing/upstream.ts';
import {launchBrowser, openPage} from './browser.ts';
import {startChatServer} from './chat-server.ts';
import {upstreamSettings} from './stage.ts';
import {startStaticSite} from './static-site.ts';

const transcript = fileURLToPath(new URL('../transcripts/keyboard.txt', import.meta.url));

/** Milliseconds of the page's clock in which everything that is to be said is said. */
const timeToSpeak = 4000;

/**
 * Presses keys in a page and writes down the focus and the speech that follow. The page's clock stands still in between, so
 * that a slow machine changes nothing. The live region is heard whenever it changes.
 */
async function openReader(page: Page) {
  const tree: CDPSession = await page.context().newCDPSession(page);
  await page.evaluate(() => {
    const regions = new Set<Node>();
    const said: string[] = [];
    const look = (root: ParentNode): void => {
      for (const element of root.querySelectorAll('*')) {
        if (element.shadowRoot) look(element.shadowRoot);
        if (element.getAttribute('aria-live') !== 'polite' || regions.has(element)) continue;
        regions.add(element);
        new MutationObserver(() => element.textContent.trim() && said.push(element.textContent.trim())).observe(
          element,
          {
            childList: true,
            characterData: true,
            subtree: true,
          },
        );
      }
    };
    Object.assign(window, {
      hear() {
        look(document);
        return said.splice(0);
      },
    });
  });
  const hear = () => page.evaluate(() => (window as unknown as {hear(): string[]}).hear());

  /** Role, name and state of the element that has the focus, as the browser tells them to a screen reader. */
  async function findFocus(): Promise<string> {
    const {result: element} = await tree.send('Runtime.evaluate', {
      expression: `(function deepest({activeElement}) {
        return activeElement.shadowRoot?.activeElement ? deepest(activeElement.shadowRoot) : activeElement;
      })(document)`,
    });
    assert.notEqual(element.className, 'HTMLBodyElement', 'The focus is on the body.');
    const {objectId = ''} = element;
    const {nodes} = await tree.send('Accessibility.getPartialAXTree', {objectId, fetchRelatives: false});
    const {result: option} = await tree.send('Runtime.callFunctionOn', {
      objectId,
      functionDeclaration: `function () {
        return this.ariaActiveDescendantElement?.textContent.trim().replace(/\\s+/g, ' ');
      }`,
    });
    const [node] = nodes;
    const name = String(node?.name?.value).trim();
    return `${String(node?.role?.value)} “${name}”${option.value === undefined ? '' : `, on “${String(option.value)}”`}`;
  }

  return {
    /**
     * Presses a key and waits for `until`. After `type ` it types the text, and text in parentheses presses nothing. Gives
     * the line of the transcript.
     */
    async press(key: string, until: () => Promise<boolean>): Promise<string> {
      await hear();
      if (key.startsWith('type ')) await page.keyboard.type(key.slice(5));
      else if (!key.startsWith('(')) await page.keyboard.press(key);
      for (let poll = 0; !(await until()); poll++) {
        assert.ok(poll < 500, `After ${key} it never came to be.`);
        await page.clock.runFor(2);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      await page.clock.runFor(timeToSpeak);
      const said = await hear();
      return `${key} → ${await findFocus()}${said.length > 0 ? ` → ${said.join(' / ')}` : ''}`;
    },
  };
}

test('the whole life by keyboard reads as in the transcript, and the focus is never on the body', async () => {
  const upstream = await startUpstream();
  upstream.models = ['small', 'large'].map((id) => ({id, object: 'model', created: 1, owned_by: 'acme'}));
  const config = {page: {starters: ['What is a canary?', 'And a wren?']}};
  await using server = await startChatServer({config, env: upstreamSettings(upstream)});
  const site = await startStaticSite({
    pages: {
      '/index.html': `<!doctype html><html lang="en"><head><title>Shop</title><link rel="icon" href="data:," />
        <script defer src="${server.url}/chatlet.js" data-launcher></script></head>
        <body><a href="#tea">Our tea</a></body></html>`,
    },
  });
  const browser = await launchBrowser();
  const lines: string[] = [];
  try {
    const context = await browser.newContext({
      viewport: {width: 1000, height: 800},
      permissions: ['clipboard-write'],
      // Screen readers say when a message was written.
      locale: 'en-US',
      timezoneId: 'UTC',
    });
    const {page, complaints} = await openPage(context, 'about:blank');
    await page.clock.install({time: new Date('2026-11-29T12:00:00Z')});
    await page.goto(site.url);
    await page.getByRole('button', {name: 'Open chat'}).waitFor();
    await page.clock.pauseAt(new Date('2026-11-29T12:01:00Z'));
    const reader = await openReader(page);
    const shows = (text: string) => async () => (await page.getByText(text).count()) > 0;
    const has = (role: 'textbox' | 'button' | 'menuitem' | 'dialog' | 'searchbox', name: string | RegExp) => async () =>
      (await page.getByRole(role, {name}).count()) > 0;
    /** The first words of the answer come from the model and are shown. */
    const begins = (answer: Promise<Exchange>, text: string) => {
      const written = answer.then((exchange) => exchange.write(delta(text)));
      return async () => {
        await written;
        return shows(text.split('.')[0] ?? '')();
      };
    };
    const atOnce = async () => true;
    const press = async (key: string, until: () => Promise<boolean> = atOnce) => {
      lines.push(await reader.press(key, until));
      if (process.env['CHATLET_UPDATE']) console.log(lines.at(-1));
    };
    const part = (title: string) => lines.push('', `# ${title}`);

    part('Open, and begin with a suggested question');
    await press('Tab');
    await press('Tab');
    await press('Enter', has('button', 'And a wren?'));
    await press('Shift+Tab');
    await press('Shift+Tab');
    let answer = nextReply(upstream);
    await press('Enter', begins(answer, 'A canary is a small bird. It sings.\n\nIt'));
    await press('Escape', shows('Stopped'));

    part('An error, and once more');
    await press('type And a wren?');
    answer = nextReply(upstream);
    await press('Enter', begins(answer, 'A wren is'));
    (await answer).cut();
    await press('(the connection breaks)', has('button', 'Retry'));
    await press('F6');
    answer = nextReply(upstream);
    await press('r', begins(answer, 'A wren is smaller.'));
    (await answer).end(done());
    await press('(the answer ends)', has('button', 'Answer again'));

    part('Copy, edit, read');
    await press('F6');
    await press('c', has('button', 'Copied'));
    await press('ArrowUp');
    await press('ArrowUp');
    await press('Tab');
    await press('F6');
    await press('F6');
    await press('e');
    await press('Escape');
    await press('Enter');
    await press('type How long is a wren?');
    answer = nextReply(upstream);
    await press('Enter', begins(answer, 'It is ten centimetres long.'));
    (await answer).end(done());
    await press('(the answer ends)', has('button', 'Answer again'));

    part('Another model');
    await press('F6');
    await press('m');
    await press('ArrowDown');
    await press('Enter');

    part('The list of keys');
    await press('?', has('dialog', 'Keyboard shortcuts'));
    await press('Escape');

    part('Earlier chats: search, rename, delete, undo');
    await press('h', shows('Today'));
    await press('type zebra', shows('No chat has these words.'));
    await press('Control+A');
    await press('Backspace', shows('Today'));
    await press('Tab');
    await press('F2');
    await press('type Birds');
    await press('Enter', has('button', 'Birds'));
    await press('Delete');
    await press('Enter', has('button', 'Birds'));

    part('All chats');
    await press('Shift+Tab');
    await press('Shift+Tab');
    await press('Shift+Tab');
    await press('Enter', has('menuitem', /Markdown/));
    await press('ArrowDown');
    await press('Escape');
    await press('Escape');

    part('A new chat, and close');
    await press('F6');
    await press('n', has('button', 'And a wren?'));
    await press('Escape');
    await press('Shift+Tab');
    assert.deepEqual(complaints, []);
  } finally {
    await browser.close();
    await site.close();
    await upstream.close();
  }
  const text = `${lines.join('\n').trim()}\n`;
  if (process.env['CHATLET_UPDATE']) await writeFile(transcript, text);
  assert.equal(text, await readFile(transcript, 'utf8'));
});
