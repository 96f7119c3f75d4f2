/** The view of one message: takes text as it arrives and updates the DOM once a frame, in slices. */
import {BlockSplitter} from './block-splitter.ts';
import {countCharacters, type FrameTask, schedule, unschedule, whenCalm, whenIdle} from './frame-scheduler.ts';
import {noTargets} from './grammar.ts';
import type * as Highlighter from './highlight.ts';
import type {Mark, Marks, MessageContext, PendingReference, Renderers} from './message-context.ts';
import {markdownEnglish, type MarkdownWords} from './words.ts';

export interface MarkdownOptions {
  /** Images of these origins, and of the page's own, load without a click. */
  readonly imageOrigins?: readonly string[];
  /** Whether formulas are set, by KaTeX, which is loaded for the first one. */
  readonly math?: boolean;
  /** Runs after text was drawn. */
  readonly onDraw?: () => void;
  /** What shows code of a language in another way than as code. */
  readonly renderers?: Renderers | undefined;
  /** Words in the page's language. */
  readonly words?: Partial<MarkdownWords>;
}

/** Whether the module with the actions of buttons was requested. */
let actionsRequested = false;

/** So many characters are read before the next look at the clock. */
const sliceLength = 2048;

export class MarkdownView implements FrameTask {
  readonly #container: HTMLElement;
  readonly #context: MessageContext;
  readonly #onDraw: (() => void) | undefined;
  #blocks: BlockSplitter | undefined;
  /** Removes the click listener. Most messages have no buttons and no listener. */
  #stopListening: (() => void) | undefined;
  readonly #codes: HTMLElement[] = [];
  /** The number of modules that are loading. */
  #loading = 0;
  /** Text that is not read yet. */
  #pending = '';
  /** The incomplete last line. */
  #line = '';
  /** Whether the last character was a carriage return, which a line feed may follow. */
  #afterReturn = false;
  #state: 'open' | 'ending' | 'done' | 'destroyed' = 'open';
  #idleWaiters: (() => void)[] = [];

  constructor(container: HTMLElement, options: MarkdownOptions = {}) {
    this.#container = container;
    this.#onDraw = options.onDraw;
    this.#context = {
      words: {...markdownEnglish, ...options.words},
      imageOrigins: options.imageOrigins ?? [],
      renderers: options.renderers ?? {},
      math: options.math ?? false,
      targets: noTargets(),
      notes: new Map<string, number>(),
      outline: [],
      pending: new Map<string, Set<PendingReference>>(),
      stale: new Set<PendingReference>(),
      waitFor: (work) => void this.#waitFor(work),
      listen: () => this.#listen(),
      highlight: (code, language) => this.#highlight(code, language),
    };
    container.classList.add('markdown');
  }

  append(delta: string): void {
    if (!delta || this.#state !== 'open') return;
    // Noncharacters stand for marks.
    this.#pending += delta.replace(/[\0\uFDD0-\uFDEF]/g, '\uFFFD');
    schedule(this);
  }

  /** Puts a button behind the text so far, which names the source of that text. The first call decides what reads marks. */
  mark(mark: Mark, createMarks: () => Marks): void {
    if (this.#state !== 'open') return;
    this.#pending += (this.#context.marks ??= createMarks()).write(mark);
    schedule(this);
  }

  end(): void {
    if (this.#state !== 'open') return;
    this.#state = 'ending';
    schedule(this);
  }

  flush(): void {
    this.work(() => false);
    unschedule(this);
  }

  get idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#idleWaiters.push(resolve);
      this.#resolveIdle();
    });
  }

  destroy(): void {
    unschedule(this);
    this.#pending = '';
    this.#state = 'destroyed';
    this.#stopListening?.();
    if (this.#codes.length) void this.#withHighlighter(({unwatch}) => this.#codes.forEach(unwatch));
    this.#resolveIdle();
  }

  work(isLate: () => boolean): boolean {
    if (this.#state === 'done' || this.#state === 'destroyed') return false;
    // A short message that arrives as a whole, as from a history, is built outside of the page and added once.
    const isWhole =
      !this.#blocks && this.#state === 'ending' && this.#pending.length <= sliceLength && this.#container.isConnected;
    const box = isWhole ? document.createDocumentFragment() : this.#container;
    this.#blocks ??= new BlockSplitter(this.#context, box);
    this.#write(this.#blocks, isLate);
    if (isWhole) this.#container.append(box);
    this.#onDraw?.();
    this.#resolveIdle();
    return this.#isBusy;
  }

  get #isBusy(): boolean {
    return this.#pending !== '' || this.#state === 'ending';
  }

  #write(blocks: BlockSplitter, isLate: () => boolean): void {
    while (this.#pending) {
      const slice = this.#pending.slice(0, sliceLength);
      const {marks} = this.#context;
      this.#read(blocks, marks?.isWhole(slice) === false ? this.#pending.slice(0, sliceLength + 1) : slice);
      if (isLate()) break;
    }
    const {pending, stale} = this.#context;
    if (!this.#pending && this.#state === 'ending') {
      this.#state = 'done';
      if (this.#line) blocks.line(this.#placeMarks(this.#line));
      this.#line = '';
      blocks.close();
    } else blocks.start(this.#placeMarks(this.#line));
    for (const each of stale) each.redraw();
    stale.clear();
    // No text follows: open blocks and texts that wait for a definition need not stay in memory.
    if (this.#state === 'done') {
      this.#blocks = undefined;
      pending.clear();
    }
  }

  #read(blocks: BlockSplitter, slice: string): void {
    const known = this.#line.length;
    countCharacters(slice.length);
    this.#pending = this.#pending.slice(slice.length);
    const fresh = this.#afterReturn && slice.startsWith('\n') ? slice.slice(1) : slice;
    this.#afterReturn = fresh.endsWith('\r');
    const text = this.#line + fresh.replace(/\r\n?/g, '\n');
    let from = 0;
    for (let at = text.indexOf('\n', known); at !== -1; at = text.indexOf('\n', from)) {
      blocks.line(this.#placeMarks(text.slice(from, at)));
      from = at + 1;
    }
    this.#line = from ? text.slice(from) : text;
  }

  #placeMarks(line: string): string {
    return this.#context.marks?.placeInLine(line) ?? line;
  }

  #listen(): void {
    if (this.#stopListening || this.#state === 'destroyed') return;
    // Buttons do nothing until the module has loaded.
    const load = () => import('./actions.ts').catch(() => undefined);
    const onClick = async (event: Event): Promise<void> => {
      const {target} = event;
      const button = target instanceof Element && target.closest('button, a[href^="#"]');
      if (!button) return;
      // A button may stand in a link.
      event.preventDefault();
      (await load())?.handleClick(button, this.#container, this.#context.words);
    };
    this.#container.addEventListener('click', onClick);
    this.#stopListening = () => this.#container.removeEventListener('click', onClick);
    if (actionsRequested) return;
    // The module is loaded early, because a click must copy at once.
    actionsRequested = true;
    whenIdle(() => {
      if (this.#state === 'destroyed') actionsRequested = false;
      else void load();
    });
  }

  #highlight(code: HTMLElement, language: string): void {
    if (!language || !('highlights' in CSS)) return;
    this.#codes.push(code);
    whenCalm(() => {
      if (this.#state !== 'destroyed') void this.#withHighlighter(({watch}) => watch(code, language, whenCalm));
    });
  }

  async #withHighlighter(use: (highlighter: typeof Highlighter) => void): Promise<void> {
    try {
      use(await import('./highlight.ts'));
    } catch {
      // The highlighter did not load. Code stays in one colour.
    }
  }

  async #waitFor(work: Promise<unknown>): Promise<void> {
    this.#loading++;
    try {
      await work;
    } catch {
      // The module did not load. The text is shown without it.
    }
    this.#loading--;
    this.#resolveIdle();
  }

  #resolveIdle(): void {
    if (this.#isBusy || this.#loading) return;
    for (const resolve of this.#idleWaiters.splice(0)) resolve();
  }
}
