/**
 * Pictures of the gallery's states: takes them, and compares them with the stored ones. A picture is a sheet of four looks,
 * at half the size; with it come the boxes of the elements, by their parts, in CSS pixels.
 */
import type {Browser, Page} from 'playwright-core';
import {states} from '../../widget/gallery/states.ts';

/** One look under the other: from left to right in light and dark, then from right to left. */
const themes = ['light', 'dark'] as const;
const directions = ['dir=ltr', 'dir=rtl&lang=ar'];
const size = {width: 400, height: 660};
const phone = {width: 320, height: 568};
const wide = {width: 900, height: 660};

/** The part of an element with its left, top, width and height. */
export type Box = readonly [part: string, ...rect: number[]];

export interface Picture {
  /** A lossless WebP file, in base64. */
  readonly sheet: string;
  /** By look. */
  readonly boxes: readonly (readonly Box[])[];
  /** Errors in the console of the pages, and exceptions. */
  readonly complaints: readonly string[];
}

export interface Photographer {
  take(state: string): Promise<Picture>;
  /** The share of pixels that differ, from 0 to 1, in the look that differs most. */
  difference(sheet: string, other: string): Promise<number>;
  /** The widths of some words in the fonts that the pictures are written in. */
  fonts(): Promise<readonly number[]>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** `url` is the server's. */
export async function openPhotographer(browser: Browser, url: string): Promise<Photographer> {
  const look = {reducedMotion: 'reduce', locale: 'en-US', timezoneId: 'UTC'} as const;
  const contexts = await Promise.all([
    browser.newContext({viewport: size, ...look}),
    browser.newContext({viewport: phone, hasTouch: true, isMobile: true, ...look}),
    browser.newContext({viewport: wide, ...look}),
  ]);
  let complaints: string[] = [];
  const [desktopPage, phonePage, widePage] = await Promise.all(
    contexts.map(async (context) => {
      const opened = await context.newPage();
      opened.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
      opened.on('pageerror', (error) => complaints.push(error.message));
      // Countdowns and days stand still; timers go on.
      await opened.clock.setFixedTime(new Date('2026-03-04T12:00:00Z'));
      return opened;
    }),
  );
  const table = await contexts[0].newPage();
  if (!desktopPage || !phonePage || !widePage) throw new Error('There is no page.');

  return {
    async take(state) {
      complaints = [];
      const shown = states[state];
      const page = shown?.phone ? phonePage : shown?.wide ? widePage : desktopPage;
      const shots: string[] = [];
      const boxes: (readonly Box[])[] = [];
      for (const direction of directions) {
        await page.goto('about:blank');
        await page.goto(`${url}/gallery/stage.html#${state}?theme=light&${direction}`);
        await page.locator(`html[data-played="${state}"]`).waitFor({timeout: 30_000});
        for (const theme of themes) {
          await page.evaluate(setTheme, theme);
          shots.push((await page.screenshot({animations: 'disabled'})).toString('base64'));
          boxes.push(await readBoxes(page));
        }
      }
      const sheet = await table.evaluate(makeSheet, {shots, ...(page.viewportSize() ?? size)});
      return {sheet, boxes, complaints};
    },
    difference: (sheet, other) =>
      table.evaluate(compareSheets, {sheet, other, looks: themes.length * directions.length}),
    fonts: () => desktopPage.evaluate(measureFonts),
    async [Symbol.asyncDispose]() {
      for (const context of contexts) await context.close();
    },
  };
}

/** Names the parts that differ by more than two pixels, in a line each. */
export function compareBoxes(before: readonly Box[], now: readonly Box[]): readonly string[] {
  const names = (boxes: readonly Box[]) => boxes.map(([part]) => part).join(' ');
  if (names(before) !== names(now)) return [`parts ${names(before)} are now ${names(now)}`];
  return now.flatMap(([part, ...rect], index) => {
    const [, ...old] = before[index] ?? [''];
    const isNear = rect.every((value, edge) => Math.abs(value - (old[edge] ?? Infinity)) <= 2);
    return isNear ? [] : [`${part} was at ${old.join(' ')} and is at ${rect.join(' ')}`];
  });
}

function readBoxes(page: Page): Promise<readonly Box[]> {
  return page.evaluate(() => {
    const found: [string, ...number[]][] = [];
    const visit = (root: ParentNode) => {
      for (const element of root.querySelectorAll('*')) {
        const part = element.getAttribute('part');
        const {left, top, width, height} = element.getBoundingClientRect();
        if (part !== null && width > 0) {
          found.push([part, Math.round(left), Math.round(top), Math.round(width), Math.round(height)]);
        }
        if (element.shadowRoot) visit(element.shadowRoot);
      }
    };
    visit(document);
    return found;
  });
}

/** Runs in a page. A page may change the theme at any time. */
async function setTheme(theme: 'light' | 'dark'): Promise<void> {
  document.documentElement.dataset['theme'] = theme;
  for (const element of document.querySelectorAll('chatlet-chat, chatlet-launcher')) {
    Object.assign(element, {theme});
    element.setAttribute('theme', theme);
  }
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
}

/** Runs in a page. */
async function makeSheet({shots, width, height}: {shots: readonly string[]; width: number; height: number}) {
  const canvas = document.createElement('canvas');
  canvas.width = width / 2;
  canvas.height = (height / 2) * shots.length;
  const context = canvas.getContext('2d');
  if (!context) throw new Error('There is no canvas.');
  context.imageSmoothingQuality = 'high';
  for (const [index, shot] of shots.entries()) {
    const image = new Image();
    image.src = `data:image/png;base64,${shot}`;
    await image.decode();
    context.drawImage(image, 0, (height / 2) * index, width / 2, height / 2);
  }
  // Sixteen shades of each colour make the file small. At full quality WebP then loses nothing.
  const picture = context.getImageData(0, 0, canvas.width, canvas.height);
  picture.data.forEach((value, index) => (picture.data[index] = index % 4 === 3 ? 255 : Math.round(value / 17) * 17));
  context.putImageData(picture, 0, 0);
  return canvas.toDataURL('image/webp', 1).replace(/^.*,/, '');
}

/** Runs in a page. */
async function compareSheets({sheet, other, looks: parts}: {sheet: string; other: string; looks: number}) {
  const pixelsOf = async (file: string) => {
    const image = new Image();
    image.src = `data:image/webp;base64,${file}`;
    await image.decode();
    const context = Object.assign(document.createElement('canvas'), {
      width: image.naturalWidth,
      height: image.naturalHeight,
    }).getContext('2d');
    context?.drawImage(image, 0, 0);
    return context?.getImageData(0, 0, image.naturalWidth, image.naturalHeight).data ?? new Uint8ClampedArray();
  };
  const [before, now] = await Promise.all([pixelsOf(other), pixelsOf(sheet)]);
  if (before.length !== now.length) return 1;
  /** Of 255: one shade of the sixteen. An edge may be smoothed in another way. */
  const near = 17;
  const counts = Array.from({length: parts}, () => 0);
  for (let index = 0; index < now.length; index += 4) {
    const isFar = [0, 1, 2].some(
      (colour) => Math.abs((now[index + colour] ?? 0) - (before[index + colour] ?? 0)) > near,
    );
    const part = Math.floor((index / now.length) * parts);
    if (isFar) counts[part] = (counts[part] ?? 0) + 1;
  }
  return (Math.max(...counts) * 4 * parts) / now.length;
}

/** Runs in a page. */
function measureFonts(): readonly number[] {
  const context = document.createElement('canvas').getContext('2d');
  return ["100px 'Inter', 'Segoe UI', system-ui, sans-serif", '100px ui-monospace, monospace'].flatMap((font) => {
    if (context) context.font = font;
    return ['The quick brown fox', 'الخطة تجريبية', '価格是每月'].map((words) =>
      Math.round(context?.measureText(words).width ?? 0),
    );
  });
}
