/** The context that all parts of one message share: its words, its definitions, its permissions. Knows no grammar. */
import type {Targets} from './grammar.ts';
import type {MarkdownWords} from './words.ts';

/** A text that was drawn before one of its references was defined. */
export interface PendingReference {
  redraw(): void;
}

/**
 * Shows the source of a code block in a container, for example as a diagram. Runs once the block is complete. If it throws or
 * rejects, the code stays.
 */
export type Renderer = (source: string, container: HTMLElement) => void | Promise<void>;
/** Renderers by the language of the code. */
export type Renderers = Readonly<Record<string, Renderer | undefined>>;

export interface MessageContext {
  readonly words: MarkdownWords;
  readonly renderers: Renderers;
  readonly imageOrigins: readonly string[];
  readonly math: boolean;
  readonly targets: Targets;
  /** The numbers of footnotes by their labels. */
  readonly notes: Map<string, number>;
  /** The depths of the last heading and of those that it belongs to. */
  readonly outline: number[];
  /** The texts to draw again when a label gets its definition. */
  readonly pending: Map<string, Set<PendingReference>>;
  /** The texts to draw again before the next frame. */
  readonly stale: Set<PendingReference>;
  /** Makes `idle` wait for work that changes the DOM later, such as a module that loads. */
  waitFor(work: Promise<unknown>): void;
  /** Starts to listen for clicks: there is a button in the message. */
  listen(): void;
  /** Highlights a complete code block. */
  highlight(code: HTMLElement, language: string): void;
}
