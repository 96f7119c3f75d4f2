/** Functions of the page that the model may call, as the page describes them to the server. Knows no page and no model. */
import type {Json} from './json.ts';

/** A type and no interface, so that it counts as JSON. */
export type PageToolDefinition = {
  /** Letters, digits, `_` and `-`, at most 64. */
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the input. */
  readonly inputSchema: Json;
  /** What the page says of its function; without them a call needs the visitor's approval. */
  readonly annotations?: {
    /** It changes nothing, so it runs without approval. */
    readonly readOnlyHint?: boolean;
    /** It may delete or overwrite. */
    readonly destructiveHint?: boolean;
  };
};

/** The names that a function of the page may have. */
export const pageToolName = /^[\w-]{1,64}$/;

/** The page keeps within them, and the server refuses more. */
export const pageToolLimits = {
  tools: 32,
  /** Characters of a description. */
  description: 1000,
  /** Characters of all definitions together, as JSON. */
  definitions: 16_000,
  /** Characters of a result as JSON, or of a sentence that says why there is none. */
  result: 40_000,
  /** Milliseconds that a function may take. */
  time: 60_000,
};
