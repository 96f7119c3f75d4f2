/**
 * The decoders that a page is likely to need: what our server, OpenAI's kin, the AI SDK and hand-written servers
 * send. They come with `readEvents`; all others are loaded when one is met, so that no page carries them for nothing.
 */
import type {Decoder} from './dialect.ts';
import {chatletDecoder} from './dialects/chatlet.ts';
import {contentDeltaDecoder} from './dialects/content-delta.ts';
import {openaiChatDecoder} from './dialects/openai-chat/decoder.ts';
import {textStreamDecoder} from './dialects/text-stream.ts';
import {typedEventsDecoder} from './dialects/typed-events.ts';
import {uiMessageStreamDecoder} from './dialects/ui-message-stream.ts';
import type {DialectName} from './dialects.ts';

/** Decoders by the name of their dialect; `document` is for answers that are one JSON document. */
export type Decoders = Readonly<Partial<Record<DialectName | 'document', () => Decoder>>>;

export const commonDecoders: Decoders = {
  chatlet: chatletDecoder,
  'openai-chat': openaiChatDecoder,
  'ui-message-stream': uiMessageStreamDecoder,
  'typed-events': typedEventsDecoder,
  'content-delta': contentDeltaDecoder,
  'text-stream': textStreamDecoder,
};
