/** One message: takes text as it comes and keeps the DOM up to date, in slices, once a frame. */
import {unschedule, schedule, countCharacters, whenCalm, whenIdle, type FrameTask} from './frame-scheduler.ts';
import {BlockSplitter} from './block-splitter.ts';
import type * as Highlighter from './highlight.ts';
import {noTargets} from './grammar.ts';
import type {MessageContext, PendingReference} from './message-context.ts';
import {markdownEnglish, type MarkdownWords} from './words.ts';

export interface MarkdownOptions {
  /** Origins whose images load without a click; the page's own always does. */
  readonly imageOrigins?: readonly string[];
  /** Math by KaTeX, loaded on first use. */
  readonly math?: boolean;
  /** Words in the page's language. */
  readonly words?: Partial<MarkdownWords>;
}

/** Whether what buttons do is being loaded. */
let asked = false;

/** How much text is read before looking at the clock. */
const bite = 2048;

export class MarkdownView implements FrameTask {
  readonly #container: HTMLElement;
  readonly #context: MessageContext;
  #flow: BlockSplitter | undefined;
  /** Stops listening to clicks; most messages have nothing to click at. */
  #deafen: (() => void) | undefined;
  #destroyed = false;
  readonly #codes: HTMLElement[] = [];
  readonly #stale = new Set<PendingReference>();
  /** How much is loading. */
  #later = 0;
  /** Text that has come and is not read. */
  #pending = '';
  /** The line that is not complete yet. */
  #line = '';
  /** Whether the last character was a carriage return: a line feed after it belongs to it. */
  #return = false;
  #end: 'open' | 'asked' | 'done' = 'open';
  #waiters: (() => void)[] = [];
  #dirty = false;

  constructor(container: HTMLElement, options: MarkdownOptions = {}) {
    this.#container = container;
    this.#context = {
      words: {...markdownEnglish, ...options.words},
      imageOrigins: options.imageOrigins ?? [],
      math: options.math ?? false,
      targets: noTargets(),
      pending: new Map<string, Set<PendingReference>>(),
      stale: this.#stale,
      waitFor: (work) => void this.#await(work),
      listen: () => this.#listen(),
      highlight: (code, language) => this.#highlight(code, language),
    };
    container.classList.add('markdown');
  }

  append(delta: string): void {
    if (!delta || this.#end !== 'open') return;
    this.#pending += delta;
    this.#dirty = true;
    schedule(this);
  }

  end(): void {
    if (this.#end !== 'open') return;
    this.#end = 'asked';
    this.#dirty = true;
    schedule(this);
  }

  flush(): void {
    this.work(() => false);
    unschedule(this);
  }

  get idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiters.push(resolve);
      this.#settle();
    });
  }

  destroy(): void {
    unschedule(this);
    this.#pending = '';
    this.#dirty = false;
    this.#destroyed = true;
    this.#deafen?.();
    if (this.#codes.length) void this.#colour(({forget}) => this.#codes.forEach(forget));
    this.#settle();
  }

  work(isLate: () => boolean): boolean {
    if (this.#end === 'done') return false;
    // A short message that is there as a whole, as those of a history are, enters the page when it is complete.
    const whole = !this.#flow && this.#end === 'asked' && this.#pending.length <= bite && this.#container.isConnected;
    const box = whole ? document.createDocumentFragment() : this.#container;
    this.#flow ??= new BlockSplitter(this.#context, box);
    const more = this.#write(this.#flow, isLate);
    if (whole) this.#container.append(box);
    return more;
  }

  #write(flow: BlockSplitter, isLate: () => boolean): boolean {
    while (this.#pending) {
      this.#read(flow, Math.min(bite, this.#pending.length));
      if (isLate()) break;
    }
    if (!this.#pending && this.#end === 'asked') {
      this.#end = 'done';
      if (this.#line) flow.line(this.#line);
      this.#line = '';
      flow.close();
    } else flow.start(this.#line);
    for (const each of this.#stale) each.redraw();
    this.#stale.clear();
    // Nothing follows: what is open, and what waits for a definition, need not be kept as long as the message.
    if (this.#end === 'done') {
      this.#flow = undefined;
      this.#context.pending.clear();
    }
    this.#dirty = this.#pending !== '';
    if (!this.#dirty) this.#settle();
    return this.#dirty;
  }

  #read(flow: BlockSplitter, length: number): void {
    const known = this.#line.length;
    countCharacters(length);
    let fresh = this.#pending.slice(0, length);
    this.#pending = this.#pending.slice(length);
    if (this.#return && fresh.startsWith('\n')) fresh = fresh.slice(1);
    this.#return = fresh ? fresh.endsWith('\r') : false;
    const text = this.#line + fresh.replace(/\r\n?/g, '\n').replaceAll('\0', '\uFFFD');
    let from = 0;
    for (let at = text.indexOf('\n', known); at !== -1; at = text.indexOf('\n', from)) {
      flow.line(text.slice(from, at));
      from = at + 1;
    }
    this.#line = from ? text.slice(from) : text;
  }

  #listen(): void {
    if (this.#deafen || this.#destroyed) return;
    // Until it has loaded, buttons do nothing.
    const load = () => import('./actions.ts').catch(() => undefined);
    const act = async ({target}: Event): Promise<void> => (await load())?.act(target, this.#context.words);
    this.#container.addEventListener('click', act);
    this.#deafen = () => this.#container.removeEventListener('click', act);
    if (asked) return;
    // What a click copies has to be there at once.
    asked = true;
    whenIdle(() => {
      if (this.#destroyed) asked = false;
      else void load();
    });
  }

  #highlight(code: HTMLElement, language: string): void {
    if (!language || !('highlights' in CSS)) return;
    this.#codes.push(code);
    whenCalm(() => {
      if (!this.#destroyed) void this.#colour(({watch}) => watch(code, language, whenCalm));
    });
  }

  async #colour(use: (highlighter: typeof Highlighter) => void): Promise<void> {
    try {
      use(await import('./highlight.ts'));
    } catch {
      // The highlighter did not load: code stays in one colour.
    }
  }

  async #await(work: Promise<unknown>): Promise<void> {
    this.#later++;
    try {
      await work;
    } catch {
      // What did not load is left out; the text is there without it.
    }
    this.#later--;
    this.#settle();
  }

  #settle(): void {
    if (this.#dirty || this.#later) return;
    for (const resolve of this.#waiters.splice(0)) resolve();
  }
}
