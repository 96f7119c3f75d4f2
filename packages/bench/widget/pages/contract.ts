/** The contract between a contestant's page and the harness. Only types, so that both sides can import them. */

/** A chat as its reader meets it: a place that scrolls, answers, somewhere to type. */
export interface Chat {
  readonly scroller: HTMLElement;
  /** The root that has the selection of the answer's text. */
  readonly root: Document | ShadowRoot;
  /** The newest answer. */
  answer(): Element | undefined;
  focusComposer(): void;
  /** Asks for an answer. Resolves when it is whole and all work for it is done, as far as the contestant can tell. */
  ask(): Promise<void>;
  /** Shows stored answers below each other. Resolves when the contestant has done all it does for them. */
  showHistory(answers: readonly string[]): Promise<void>;
  /** Shows stored questions and their answers in the same way. Only of a whole chat. */
  showTurns?(turns: readonly Turn[]): Promise<void>;
}

export interface Turn {
  readonly question: string;
  readonly answer: string;
}

/** Builds the chat into the page's stage. Its answer streams from `answerPath`. */
export type StartChat = (stage: HTMLElement, answerPath: string) => Promise<Chat>;

/** Times are milliseconds since the epoch. */
export interface Streamed {
  /** The first painted frame with the end of the answer. */
  readonly shownAt: number;
  /** The moment when the contestant had nothing more to do. */
  readonly settledAt: number;
  /** Milliseconds between the frames in which the answer grew. */
  readonly frameIntervals: readonly number[];
  /** Tasks of the main thread that the browser reports as long (over 50 ms). */
  readonly longTasks: readonly number[];
  /** Visible characters, without white space. */
  readonly shown: number;
}

/** The functions that the harness calls in the page, as `window.bench`. */
export interface Bench {
  stream(): Promise<Streamed>;
  /** Fetches the stored answers or turns that `history` shows. */
  fetchHistory(path: string): Promise<void>;
  /** Shows them. Resolves with the milliseconds until the newest was painted. */
  history(): Promise<number>;
  /** Resolves with the milliseconds from the call of `history` until every answer was in the page. */
  historyComplete(): Promise<number>;
  /** Asks one question after the other. */
  ask(times: number): Promise<void>;
  /** Scrolls from the end to the top in so many frames; returns the milliseconds between them. */
  scrollThrough(frames: number): Promise<readonly number[]>;
  /** Begins to note the milliseconds from each key press to the frame that shows it. */
  watchKeys(): void;
  keys(): readonly number[];
  /** Visible characters of the answer, without white space. */
  shown(): number;
  /** The answer's own text without white space: no labels, no words on buttons. */
  visibleText(): string;
  focusComposer(): void;
  /** The first word in view of the answer, or of its last code fence. */
  findWord(where: 'answer' | 'fence'): WordBox | undefined;
  selection(): string;
  scrollTop(): number;
  distanceToEnd(): number;
}

/** In the viewport's pixels. */
export interface WordBox {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

declare global {
  interface Window {
    bench?: Bench;
  }
}
