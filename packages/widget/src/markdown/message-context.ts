/** What all parts of one message share: its words, its definitions, what it may load. Knows no grammar. */
import type {Targets} from './grammar.ts';
import type {MarkdownWords} from './words.ts';

/** Something drawn before one of its references was defined. */
export interface PendingReference {
  redraw(): void;
}

export interface MessageContext {
  readonly words: MarkdownWords;
  readonly imageOrigins: readonly string[];
  readonly math: boolean;
  readonly targets: Targets;
  /** Who to draw again when a label gets its definition. */
  readonly pending: Map<string, Set<PendingReference>>;
  /** What is to be drawn again before the next frame. */
  readonly stale: Set<PendingReference>;
  /** Work that changes the DOM later (a module that loads); `idle` waits for it. */
  waitFor(work: Promise<unknown>): void;
  /** There is a button in the message from now on. */
  listen(): void;
  /** A code block is complete and may be highlighted. */
  highlight(code: HTMLElement, language: string): void;
}
