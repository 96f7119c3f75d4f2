/** What all parts of one message share: its words, its definitions, what it may load. Knows no grammar. */
import type {Targets} from './grammar.ts';
import type {MarkdownStrings} from './words.ts';

/** Something drawn before one of its references was defined. */
export interface Waiting {
  redraw(): void;
}

export interface Page {
  readonly strings: MarkdownStrings;
  readonly imageOrigins: readonly string[];
  readonly math: boolean;
  readonly targets: Targets;
  /** Who to draw again when a label gets its definition. */
  readonly waiting: Map<string, Set<Waiting>>;
  /** What is to be drawn again before the next frame. */
  readonly stale: Set<Waiting>;
  /** Work that changes the DOM later (a module that loads); `idle` waits for it. */
  later(work: Promise<unknown>): void;
  /** There is a button in the message from now on. */
  listen(): void;
  /** A code block is complete and may be highlighted. */
  highlight(code: HTMLElement, language: string): void;
}
