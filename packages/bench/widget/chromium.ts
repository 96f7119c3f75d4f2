/**
 * A real Chromium for the runs, and the figures that only the browser has of a page: CPU time of the main thread,
 * layouts, heap, tasks. Knows no contestant and no scenario.
 *
 * Time is taken from the main thread's own clock (the operating system's CPU time of that thread, which Chromium calls
 * thread ticks). It stands still while the thread waits or another program has the core, so a busy machine does not
 * lengthen it. Chromium answers `Performance.getMetrics` also in the middle of a long task, so a page that hangs can be
 * measured, too.
 */
import {chromium, type Browser, type BrowserContext, type CDPSession, type Page} from 'playwright-core';
import {browserArguments, findBrowser} from '../../../scripts/browser.mjs';

/** Milliseconds are the main thread's own. */
export interface ThreadMeasures {
  readonly cpuMs: number;
  readonly layoutMs: number;
  readonly styleMs: number;
  readonly layouts: number;
  /** Nodes of the DOM that are in memory, in the page or not. */
  readonly nodes: number;
}

export interface Tasks {
  /** The longest task by the wall clock. */
  readonly longestMs: number;
  /** The longest task by the thread's own clock. */
  readonly longestCpuMs: number;
  /** How many tasks took over 50 ms of the thread's own clock. */
  readonly over50Ms: number;
  /** How many took more of it than a frame lasts: late frames that the contestant itself has made. */
  readonly over16Ms: number;
  /** Layouts in a frame with any: 1 if no frame was laid out twice and no layout was forced between frames. */
  readonly layoutsPerFrame: number;
}

export class BenchPage {
  readonly page: Page;
  readonly #session: CDPSession;
  readonly #context: BrowserContext;

  constructor(page: Page, session: CDPSession, context: BrowserContext) {
    this.page = page;
    this.#session = session;
    this.#context = context;
  }

  async measures(): Promise<ThreadMeasures> {
    const {metrics} = await this.#session.send('Performance.getMetrics');
    const values = new Map(metrics.map(({name, value}) => [name, value]));
    const milliseconds = (name: string) => (values.get(name) ?? Number.NaN) * 1000;
    return {
      cpuMs: milliseconds('ThreadTime'),
      layoutMs: milliseconds('LayoutDuration'),
      styleMs: milliseconds('RecalcStyleDuration'),
      layouts: values.get('LayoutCount') ?? Number.NaN,
      nodes: values.get('Nodes') ?? Number.NaN,
    };
  }

  /** The difference to an earlier reading. */
  async measuresSince(before: ThreadMeasures): Promise<ThreadMeasures> {
    const now = await this.measures();
    return {
      cpuMs: now.cpuMs - before.cpuMs,
      layoutMs: now.layoutMs - before.layoutMs,
      styleMs: now.styleMs - before.styleMs,
      layouts: now.layouts - before.layouts,
      nodes: now.nodes - before.nodes,
    };
  }

  /** Bytes of the JavaScript heap after a garbage collection. */
  async heapBytes(): Promise<number> {
    for (let round = 0; round < 3; round++) await this.#session.send('HeapProfiler.collectGarbage');
    return (await this.#session.send('Runtime.getHeapUsage')).usedSize;
  }

  async collectGarbage(): Promise<void> {
    await this.#session.send('HeapProfiler.collectGarbage');
  }

  /** Ends the script that keeps the page from answering, so that its text can be read. */
  async endHangingScript(): Promise<void> {
    await this.#session.send('Runtime.terminateExecution');
  }

  /** Presses a key without waiting for the page to answer. */
  pressKey(letter: string): void {
    const key = {text: letter, key: letter, code: `Key${letter.toUpperCase()}`};
    const ignoreClosedPage = () => {
      // A page that hangs is closed with its keys unanswered; the run reports that they are missing.
    };
    this.#session.send('Input.dispatchKeyEvent', {type: 'keyDown', ...key}).catch(ignoreClosedPage);
    this.#session.send('Input.dispatchKeyEvent', {type: 'keyUp', key: key.key, code: key.code}).catch(ignoreClosedPage);
  }

  /** Slows the page down as a phone would: its CPU so many times, and its network to a slow 4G. */
  async slowDown({cpu, network}: {cpu: number; network: 'as it is' | 'slow 4G'}): Promise<void> {
    await this.#session.send('Emulation.setCPUThrottlingRate', {rate: cpu});
    if (network === 'as it is') return;
    await this.#session.send('Network.enable');
    await this.#session.send('Network.emulateNetworkConditions', slow4G);
  }

  async startCpuProfile(): Promise<void> {
    await this.#session.send('Profiler.enable');
    await this.#session.send('Profiler.setSamplingInterval', {interval: 200});
    await this.#session.send('Profiler.start');
  }

  async stopCpuProfile(): Promise<unknown> {
    return (await this.#session.send('Profiler.stop')).profile;
  }

  /** Watches the tasks of the page's main thread; the returned function ends that and gives the longest. */
  async watchTasks(): Promise<() => Promise<Tasks>> {
    const browser = this.#context.browser();
    if (!browser) throw new Error('The page has no browser to trace.');
    const session = await browser.newBrowserCDPSession();
    const events: unknown[] = [];
    const collect = ({value}: {value: unknown[]}) => {
      for (const event of value) events.push(event);
    };
    session.on('Tracing.dataCollected', collect);
    await session.send('Tracing.start', {
      transferMode: 'ReportEvents',
      traceConfig: {includedCategories: ['toplevel', 'blink.user_timing', 'benchmark'], excludedCategories: ['*']},
    });
    await this.page.evaluate(() => performance.mark('bench-thread'));
    return async () => {
      const complete = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve));
      await session.send('Tracing.end');
      await complete;
      await session.detach();
      return tasksIn(events.filter(isTraceEvent));
    };
  }

  async close(): Promise<void> {
    await this.#context.close();
  }
}

/**
 * Lighthouse's slow 4G, in milliseconds and bytes a second. A request takes one round trip: the connection is that of the
 * page, so it is open already.
 */
const slow4G = {offline: false, latency: 150, downloadThroughput: 1_638_400 / 8, uploadThroughput: 675_000 / 8};

interface TraceEvent {
  readonly name: string;
  readonly ts: number;
  readonly pid: number;
  readonly tid: number;
  readonly ph: string;
  readonly dur?: number;
  readonly tdur?: number;
}

function isTraceEvent(event: unknown): event is TraceEvent {
  return typeof event === 'object' && event !== null && 'name' in event && 'pid' in event && 'tid' in event;
}

/** Microseconds in the trace, milliseconds in the answer. The page's thread is the one that set the mark. */
function tasksIn(events: readonly TraceEvent[]): Tasks {
  const mark = events.find(({name}) => name === 'bench-thread');
  if (!mark) throw new Error('The trace does not name the thread of the page.');
  const own = events.filter(({pid, tid, ph}) => ph === 'X' && pid === mark.pid && tid === mark.tid);
  const tasks = own.filter(({name}) => name === 'ThreadControllerImpl::RunTask');
  const longest = (of: (task: TraceEvent) => number) =>
    tasks.reduce((most, task) => Math.max(most, of(task)), 0) / 1000;
  const over = (microseconds: number) => tasks.filter((task) => (task.tdur ?? 0) > microseconds).length;
  return {
    longestMs: longest((task) => task.dur ?? 0),
    longestCpuMs: longest((task) => task.tdur ?? 0),
    over50Ms: over(50_000),
    over16Ms: over(1_000_000 / 60),
    layoutsPerFrame: layoutsPerFrame(own),
  };
}

function layoutsPerFrame(events: readonly TraceEvent[]): number {
  const inFrames = [0];
  for (const {name} of events.toSorted((one, other) => one.ts - other.ts)) {
    if (name === 'ProxyMain::BeginMainFrame') inFrames.push(0);
    if (name === 'LocalFrameView::performLayout') inFrames.push((inFrames.pop() ?? 0) + 1);
  }
  const laidOut = inFrames.filter((layouts) => layouts > 0);
  return laidOut.reduce((sum, layouts) => sum + layouts, 0) / laidOut.length;
}

/** Only this machine's own name can be resolved, so no other server is asked (deep-chat asks for web fonts). */
const loopbackOnly = '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1';

export class Chromium {
  #browser: Browser | undefined;

  async #launched(): Promise<Browser> {
    this.#browser ??= await chromium.launch({
      executablePath: findBrowser(),
      args: [...browserArguments, loopbackOnly],
      headless: true,
    });
    return this.#browser;
  }

  async version(): Promise<string> {
    return (await this.#launched()).version();
  }

  /** A page with a process of its own, and with a contestant. */
  async open(url: string): Promise<BenchPage> {
    const opened = await this.openBlank();
    const {page} = opened;
    const failed = new Promise<never>((_, reject) => page.once('pageerror', reject));
    await page.goto(url, {waitUntil: 'load'});
    await Promise.race([page.waitForFunction(() => window.bench !== undefined), failed]);
    // Failures from here on show in the run's own outcome.
    failed.catch((cause: unknown) => console.error(`${url}: ${String(cause)}`));
    return opened;
  }

  /** An empty page with a process of its own. */
  async openBlank(): Promise<BenchPage> {
    const browser = await this.#launched();
    const context = await browser.newContext({viewport: {width: 800, height: 700}});
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    await session.send('Performance.enable', {timeDomain: 'threadTicks'});
    return new BenchPage(page, session, context);
  }

  /** Ends the browser with all its pages, also when one of them hangs; the next page starts a new one. */
  async close(): Promise<void> {
    const browser = this.#browser;
    this.#browser = undefined;
    await browser?.close();
  }
}
