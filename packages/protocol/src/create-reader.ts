/** The reader for those that get their chunks from elsewhere and want their events at once. Knows all dialects. */
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
