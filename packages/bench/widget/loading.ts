/** Measurements of a site's page while it loads: what our script tag costs it, and when a chat can be used. */
import {setTimeout as pause} from 'node:timers/promises';
import type {BenchPage} from './chromium.ts';
import type {Contestant} from './contestants.ts';
import type {Bed, Outcome, Scenario} from './scenario.ts';

/** Milliseconds after the page has loaded in which it comes to rest. */
const restMs = 2500;
const cpuRate = 4;

/** What the page notes about itself from the beginning. */
interface Notes {
  lcpMs: number;
  cls: number;
  /** Total blocking time: of tasks longer than 50 ms what is more than that. */
  tbtMs: number;
}

declare global {
  interface Window {
    notes?: Notes;
    /** Milliseconds from the navigation to the frame in which the chat could be used. */
    usableMs?: number;
  }
}

/** Runs in the page before its own scripts, so it may use nothing of this file. */
function takeNotes(): void {
  const notes: Notes = {lcpMs: 0, cls: 0, tbtMs: 0};
  window.notes = notes;
  const watch = (type: string, note: (entry: PerformanceEntry) => void) =>
    new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({type, buffered: true});
  watch('largest-contentful-paint', ({startTime}) => (notes.lcpMs = startTime));
  watch('layout-shift', (entry) => (notes.cls += 'value' in entry ? Number(entry.value) : 0));
  watch('longtask', ({duration}) => (notes.tbtMs += Math.max(0, duration - 50)));
}

/** Runs in the page before its own scripts: looks in each frame for what can be clicked or typed in. */
function waitUntilUsable(): void {
  /** Elements of our chat, and of deep-chat, through their shadow roots. */
  const places = [
    ['chatlet-launcher', 'button'],
    ['chatlet-chat', 'chatlet-composer', 'textarea:enabled'],
    ['deep-chat', '#text-input[contenteditable=true]'],
  ];
  const find = (path: readonly string[]) => {
    let root: ParentNode | null | undefined = document;
    let element: Element | null | undefined;
    for (const selector of path) {
      element = root?.querySelector(selector);
      root = element?.shadowRoot;
    }
    return element && element.getClientRects().length > 0;
  };
  requestAnimationFrame(function look() {
    if (!places.some(find)) {
      requestAnimationFrame(look);
      return;
    }
    // The frame that shows it is painted before the next task.
    const {port1, port2} = new MessageChannel();
    port1.onmessage = () => (window.usableMs = performance.now());
    port2.postMessage(0);
  });
}

async function onSite<T>(
  contestant: Contestant,
  bed: Bed,
  {cpu = cpuRate, network = 'as it is', prepare}: {cpu?: number; network?: 'as it is' | 'slow 4G'; prepare: () => void},
  use: (page: BenchPage, scripts: () => number) => Promise<T>,
): Promise<T> {
  const page = await bed.chromium.openBlank();
  try {
    let scripts = 0;
    page.page.on('request', (request) => (scripts += Number(request.resourceType() === 'script')));
    await page.page.addInitScript(prepare);
    await page.slowDown({cpu, network});
    await page.page.goto(`${bed.site.origin}/sites/${contestant.name}`, {waitUntil: 'load', timeout: 60_000});
    return await use(page, () => scripts);
  } finally {
    await page.close();
  }
}

export const pageLoad: Scenario = {
  name: 'page-load',
  about: `a page with an article at a quarter of the CPU's speed, until ${restMs / 1000} s after it has loaded; nobody points at the launcher`,
  contestants: ['plain-site', 'launcher-site'],
  columns: [
    {key: 'cpuMs', label: 'CPU ms', digits: 1},
    {key: 'lcpMs', label: 'LCP ms'},
    {key: 'tbtMs', label: 'TBT ms'},
    {key: 'cls', label: 'CLS', digits: 3},
    {key: 'scripts', label: 'scripts fetched'},
  ],
  async run(contestant, bed): Promise<Outcome> {
    // A slowed-down CPU turns in circles, for a time that depends on the load of the machine. So the time is taken at full
    // speed, and multiplied.
    const fast = await onSite(contestant, bed, {cpu: 1, prepare: takeNotes}, async (page) => {
      await pause(restMs);
      return await page.measures();
    });
    return onSite(contestant, bed, {prepare: takeNotes}, async (page, scripts): Promise<Outcome> => {
      await pause(restMs);
      const notes = await page.page.evaluate(() => window.notes);
      return {status: 'finished', values: {cpuMs: cpuRate * fast.cpuMs, ...notes, scripts: scripts()}};
    });
  },
};

export const firstUse: Scenario = {
  name: 'first-use',
  about:
    "from the navigation until the launcher's button can be pressed or a chat in the page can be typed in, at a quarter of the CPU's speed and on a slow 4G",
  contestants: ['launcher-site', 'inline-site', 'deep-chat-site'],
  columns: [
    {key: 'usableMs', label: 'usable after ms'},
    {key: 'cpuMs', label: 'CPU ms until then'},
    {key: 'scripts', label: 'scripts fetched'},
  ],
  run: (contestant, bed) =>
    onSite(contestant, bed, {network: 'slow 4G', prepare: waitUntilUsable}, async (page, scripts): Promise<Outcome> => {
      await page.page.waitForFunction(() => window.usableMs !== undefined, undefined, {timeout: 60_000});
      const {cpuMs} = await page.measures();
      const usableMs = await page.page.evaluate(() => window.usableMs ?? Number.NaN);
      return {status: 'finished', values: {usableMs, cpuMs, scripts: scripts()}};
    }),
};
