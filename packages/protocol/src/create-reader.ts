/** A synchronous reader, for callers that get their chunks from elsewhere. Carries all decoders. */
import {commonDecoders} from './decoders.ts';
import {openReader} from './open-reader.ts';
import type {Reader, ReaderOptions} from './open-reader.ts';
import {rareDecoders} from './rare-decoders.ts';

const allDecoders = {...commonDecoders, ...rareDecoders};

/**
 * @example
 * const reader = createReader({dialect: openaiChat});
 * for await (const bytes of body) handle(reader.push(bytes));
 * handle(reader.end());
 */
export function createReader(options: ReaderOptions = {}): Reader {
  return openReader(options, allDecoders);
}
