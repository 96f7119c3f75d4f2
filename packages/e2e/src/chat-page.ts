/** What a visitor does and sees in a chat in the browser, and how a test finds the visitor on the server. */
import assert from 'node:assert/strict';
import type {Locator, Page} from 'playwright-core';
import type {ChatServer} from './chat-server.ts';
import type {Stage} from './stage.ts';

/** A visitor with a browser of their own, who opens tabs; `url` is the server's own page by default. */
export async function newVisit({browser, server}: Stage) {
  // So wide that the list of chats stands beside the conversation.
  const context = await browser.newContext({viewport: {width: 1200, height: 800}});
  return {
    /** No request is intercepted, because the browser would drop those that an intercepted page sends as it is left. */
    async openTab(url: string = server.url): Promise<Page> {
      const page = await context.newPage();
      await page.goto(url);
      return page;
    },
    cookies: () => context.cookies(),
    [Symbol.asyncDispose]: () => context.close(),
  };
}

export async function ask(page: Page, text: string): Promise<void> {
  await page.getByRole('textbox', {name: /message/i}).fill(text);
  await page.keyboard.press('Enter');
}

export function lastAnswer(page: Page): Locator {
  return page.getByRole('article').last();
}

/** All messages and what stands between them. The live region, which repeats their words for screen readers, is outside. */
export function thread(page: Page): Locator {
  return page.locator('[part=thread]');
}

/** The button in the composer. The line that tells of a stall has a second one with the same name. */
export function stopButton(page: Page): Locator {
  return page.locator('[part=stop]');
}

/** Waits until the page shows exactly these questions and answers; fails after ten seconds with what it shows instead. */
export async function untilShown(page: Page, expected: readonly string[]): Promise<void> {
  let shown: readonly string[] = [];
  for (const end = performance.now() + 10_000; performance.now() < end;) {
    shown = await page.locator('[part=bubble], [part=text]').allTextContents();
    shown = shown.map((text) => text.trim());
    if (shown.length === expected.length && shown.every((text, index) => text === expected[index])) return;
    await page.waitForTimeout(50);
  }
  assert.deepEqual(shown, expected);
}

/** The identity that the page's next question carries. */
export async function nextVisitor(page: Page): Promise<string> {
  const request = await page.waitForRequest((asked) => asked.method() === 'POST' && asked.url().endsWith('/api/chat'));
  const visitor = request.headers()['x-chatlet-visitor'];
  assert.ok(visitor !== undefined, 'The question names no visitor.');
  return visitor;
}

/** The ids of all chats that the server keeps for this visitor, the newest first. */
export async function loadChatIds({url}: ChatServer, visitor: string): Promise<readonly string[]> {
  const response = await fetch(`${url}/api/chats`, {headers: {'x-chatlet-visitor': visitor}});
  assert.equal(response.status, 200);
  const chats = (await response.json()) as {readonly id: string}[];
  return chats.map(({id}) => id);
}

/** Everything that the page's origin has stored in this tab's browser. */
export function storedTexts(page: Page): Promise<readonly string[]> {
  return page.evaluate(() =>
    [localStorage, sessionStorage].flatMap((area) => Object.entries(area).map(([key, value]) => `${key}: ${value}`)),
  );
}
