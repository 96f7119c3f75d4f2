/**
 * The decoders that a page is likely to need: for our server, the AI SDK and hand-written servers. They come with
 * `readEvents`. All others are loaded when a response needs one, so that pages stay small.
 */
import type {Decoder} from './dialect.ts';
import {chatletDecoder} from './dialects/chatlet.ts';
import {contentDeltaDecoder} from './dialects/content-delta.ts';
import {textStreamDecoder} from './dialects/text-stream.ts';
import {typedEventsDecoder} from './dialects/typed-events.ts';
import {uiMessageStreamDecoder} from './dialects/ui-message-stream.ts';
import type {DialectName} from './dialects.ts';

/**
 * Decoders by the name of their dialect. `document` reads answers that are one JSON document, `error` reads streams
 * whose first event is an error.
 */
export type Decoders = Readonly<Partial<Record<DialectName | 'document' | 'error', () => Decoder>>>;

export const commonDecoders: Decoders = {
  chatlet: chatletDecoder,
  'ui-message-stream': uiMessageStreamDecoder,
  'typed-events': typedEventsDecoder,
  'content-delta': contentDeltaDecoder,
  'text-stream': textStreamDecoder,
};
