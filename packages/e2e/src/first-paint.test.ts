/**
 * Before the server has told its settings, a visitor sees no words that turn into others, and nothing moves the page. The
 * browser measures such moves as its cumulative layout shift (CLS).
 */
import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import {suite, test} from 'node:test';
import type {BrowserContext, Page} from 'playwright-core';
import {setStage} from './stage.ts';
import {startStaticSite} from './static-site.ts';

const readme = new URL('../../widget/README.md', import.meta.url);

const settings = {
  heading: 'Ask the tea shop',
  subheading: 'We answer at once',
  greeting: 'What may we brew for you today?',
  introduction: 'Ask about tea, water and the way there. We know every leaf by its name, and some by its mother.',
  starters: ['Which tea is for the morning?', 'How hot?', 'Where are you?', 'Do you send to Ireland?'],
  disclaimer: 'A machine answers. Check what matters.',
  placeholder: 'Your question about tea',
};

suite('the first paint', () => {
  const stage = setStage();

  /** Opens the page with the settings held back, until `tell` is called. */
  const visit = async (context: BrowserContext, url: string) => {
    const page = await context.newPage();
    const told = Promise.withResolvers<void>();
    await page.route('**/api/config', async (route) => {
      const response = await route.fetch();
      const config = await response.json();
      const models = [...config.models, {id: 'other', name: 'Another'}];
      await told.promise;
      await route.fulfill({response, json: {...config, models, page: undefined, ...settings}});
    });
    await page.addInitScript(observeShifts);
    await page.goto(url);
    const launcher = page.locator('chatlet-launcher').getByRole('button').first();
    if ((await page.locator('chatlet-launcher').count()) > 0) await launcher.click();
    await page.getByRole('textbox').first().waitFor();
    return {page, tell: told.resolve};
  };

  for (const width of [1280, 390]) {
    for (const [name, body] of [
      ['an inline chat', '<chatlet-chat></chatlet-chat><p>After it</p>'],
      ['two inline chats', '<chatlet-chat id="a"></chatlet-chat><chatlet-chat id="b"></chatlet-chat>'],
      ['a launcher', '<chatlet-launcher></chatlet-launcher>'],
    ] as const) {
      test(`I-7, E13: ${name} moves nothing at ${width} px, on the first visit and on the next`, async () => {
        const site = await startStaticSite({
          pages: {
            '/index.html': `<!doctype html><html lang="en"><head><title>Tea</title><link rel="icon" href="data:," />
              <meta name="viewport" content="width=device-width" />
              <script defer src="${stage.server.url}/chatlet.js"></script><style>${await roomFromReadme()}</style></head>
              <body><h1>Tea</h1>${body}</body></html>`,
          },
        });
        const context = await stage.browser.newContext({viewport: {width, height: 844}});
        try {
          const first = await visit(context, site.url);
          await first.page.locator('.greeting .bone').first().waitFor();
          assert.equal(await first.page.getByText('What can I help with?').count(), 0);
          first.tell();
          await first.page.getByText(settings.greeting).first().waitFor();
          assert.ok((await sumShifts(first.page)) <= 0.02, `${await sumShifts(first.page)} on the first visit`);
          await first.page.getByRole('textbox', {name: 'Your message'}).first().fill('Hello');
          await first.page.keyboard.press('Enter');
          await first.page.getByRole('button', {name: 'Copy answer'}).waitFor();
          await first.page.close();

          const next = await visit(context, site.url);
          await next.page.getByText(settings.greeting).first().waitFor();
          const told = next.page.waitForResponse('**/api/config');
          next.tell();
          await (await told).finished();
          assert.ok((await sumShifts(next.page)) <= 0.02, `${await sumShifts(next.page)} on the next visit`);
        } finally {
          await context.close();
          await site.close();
        }
      });
    }
  }
});

/** The line of style that the README recommends. */
async function roomFromReadme(): Promise<string> {
  const [style] = /chatlet-chat \{display: block;.*?\}/.exec(await readFile(readme, 'utf8')) ?? [];
  assert.ok(style);
  return style;
}

/** Runs in the page, before its own scripts. */
function observeShifts(): void {
  const shifts: number[] = [];
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if ('value' in entry) shifts.push(Number(entry.value));
  });
  observer.observe({type: 'layout-shift', buffered: true});
  Object.assign(globalThis, {shifts});
}

/** The sum of all shifts so far, also of those soon after an input, which the browser's own sum leaves out. */
function sumShifts(page: Page): Promise<number> {
  return page.evaluate(async () => {
    // An entry comes after the frame in which it was measured.
    for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
    const shifts: readonly number[] = Reflect.get(globalThis, 'shifts');
    return shifts.reduce((sum, shift) => sum + shift, 0);
  });
}
