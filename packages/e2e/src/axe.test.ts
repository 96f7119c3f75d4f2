/** axe-core finds nothing in any state of the gallery: light, dark and in forced colours, from the left and from the right. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import axe from 'axe-core';
import type {Page} from 'playwright-core';
import {states} from '../../widget/gallery/states.ts';
import {openPage} from './browser.ts';
import {sampling} from './sampling.ts';
import {setStage} from './stage.ts';

/** The rules of the standards, and axe's own best practices. */
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

const viewport = {width: 400, height: 660};
/** From the right with Arabic words, as on a page in Arabic. */
const sides = ['dir=ltr', 'dir=rtl&lang=ar'];

const colours = {
  light: {colorScheme: 'light', forcedColors: 'none'},
  dark: {colorScheme: 'dark', forcedColors: 'none'},
  forced: {colorScheme: 'dark', forcedColors: 'active'},
} as const;

/** Runs axe on the elements of the gallery. The page around them is not ours. */
const findViolations = (page: Page) =>
  page.evaluate(async (values) => {
    const {axe: checker} = window as unknown as {axe: typeof axe};
    const {violations} = await checker.run('chatlet-chat, chatlet-launcher', {runOnly: {type: 'tag', values}});
    return violations.flatMap(({id, nodes}) =>
      nodes.map(({target, failureSummary}) => `${id} at ${target.flat().join(' ')}: ${failureSummary}`),
    );
  }, tags);

suite('axe-core', () => {
  const stage = setStage();
  const {runs, random, tellResult} = sampling('states for axe-core, each from both sides', 4);

  test('finds nothing in the states of the gallery', async () => {
    const left = Object.keys(states);
    const found: string[] = [];
    let checks = 0;
    for (let run = 0; run < runs && left.length > 0; run++) {
      const [name = ''] = left.splice(Math.floor(random() * left.length), 1);
      for (const side of sides) {
        // Without motion, because text that fades has less contrast until it is there.
        const context = await stage.browser.newContext({viewport, reducedMotion: 'reduce', bypassCSP: true});
        const {page, complaints} = await openPage(context, `${stage.server.url}/gallery/stage.html#${name}?${side}`);
        await page.locator(`[data-played="${name}"]`).waitFor();
        await page.evaluate(axe.source);
        for (const [colour, media] of Object.entries(colours)) {
          await page.emulateMedia(media);
          for (const violation of await findViolations(page)) found.push(`${name}, ${side}, ${colour}: ${violation}`);
          checks++;
        }
        found.push(...complaints.map((complaint) => `${name}: ${complaint}`));
        await context.close();
      }
    }
    tellResult(`${checks} runs of axe-core, ${found.length} violations`);
    assert.deepEqual(found, []);
  });

  test('I-12: code has no colours of its own in forced colours, where it would look selected', async () => {
    const painted = async (forcedColors: 'active' | 'none') => {
      const context = await stage.browser.newContext({viewport, forcedColors});
      const page = await context.newPage();
      await page.goto(`${stage.server.url}/gallery/stage.html#code`);
      await page.locator('article pre').first().waitFor();
      const count = () => page.evaluate(() => [...CSS.highlights].reduce((sum, [, ranges]) => sum + ranges.size, 0));
      if (forcedColors === 'none') while ((await count()) === 0) await page.waitForTimeout(100);
      else await page.waitForTimeout(1500);
      const found = await count();
      await context.close();
      return found;
    };
    assert.ok((await painted('none')) > 0);
    assert.equal(await painted('active'), 0);
  });
});
