/** A reader that carries only the common decoders, and loads the others when a body needs one. For pages. */
import {commonDecoders} from './decoders.ts';
import type {Decoders} from './decoders.ts';
import type {ChatEvent} from './event.ts';
import {openReader} from './open-reader.ts';
import type {Reader, ReaderOptions} from './open-reader.ts';

/** A reader that loads the decoder of a rare dialect when a body needs it. */
export interface LazyReader extends Reader {
  /** The body needs a decoder that must be loaded first: call `load`. Until then the body is held back. */
  readonly waiting: boolean;
  /** Loads the decoder, and returns the events that were held back. If loading fails, the answer is unreadable. */
  load(): Promise<readonly ChatEvent[]>;
}

/**
 * @example
 * handle(reader.push(bytes)); // or reader.end()
 * if (reader.waiting) handle(await reader.load());
 */
export function createLazyReader(options: ReaderOptions = {}): LazyReader {
  const reader = openReader(options, commonDecoders);
  return Object.assign(reader, {load: async () => reader.provide(await loadRareDecoders())});
}

async function loadRareDecoders(): Promise<Decoders> {
  try {
    return (await import('./rare-decoders.ts')).rareDecoders;
  } catch {
    // The page has lost its network, or its server has a newer version. It reads on without these decoders.
    return {};
  }
}
