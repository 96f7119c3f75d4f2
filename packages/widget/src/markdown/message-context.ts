/** The context that all parts of one message share: its words, its definitions, its permissions. Knows no grammar. */
import type {InlineToken, Targets} from './grammar.ts';
import type {Shape} from './nodes.ts';
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

/** A mark that names the source of the text before it. */
export interface Mark {
  /** Becomes `data-mark` of the button. */
  readonly id: string;
  /** The number that is shown. */
  readonly number: number;
  /** The name of the button for screen readers. */
  readonly label: string;
}

/** A mark by its index, at its position in a text without marks. */
export interface PlacedMark {
  readonly index: number;
  readonly at: number;
}

/** The marks of a message, and what reads them. */
export interface Marks {
  /** Adds a mark, and returns what stands for it in the text; nothing if there are too many. */
  write(mark: Mark): string;
  /** Whether the text does not end in the middle of a mark. */
  isWhole(text: string): boolean;
  /** Moves marks behind the last bar of a table's row into its last cell. */
  placeInLine(line: string): string;
  take(text: string): {readonly text: string; readonly marks: readonly PlacedMark[]};
  put(tokens: readonly InlineToken[], marks: readonly PlacedMark[], from: number): readonly InlineToken[];
  shape(index: number): Shape | undefined;
}

export interface MessageContext {
  /** Absent until there is a mark. */
  marks?: Marks;
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
