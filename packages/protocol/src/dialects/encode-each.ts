/** Makes an encoder of a function that writes one event, which is enough for most dialects. Knows no framing. */
import type {Encoder} from '../dialect.ts';
import type {ChatEvent} from '../event.ts';

export interface EncodeEachOptions {
  /** Writes the beginning of the stream, before its first event. */
  readonly begin?: (first: ChatEvent) => string;
  /** Writes the end mark; nothing by default. */
  readonly end?: () => string;
  /** See `Encoder`. */
  readonly signOfLife?: string;
}

export function encodeEach(
  encodeEvent: (event: ChatEvent) => string,
  {begin, end = writeNothing, signOfLife}: EncodeEachOptions = {},
): Encoder {
  let pending = begin;
  const encode = (events: readonly ChatEvent[]): string => {
    let text = '';
    for (const event of events) {
      if (pending !== undefined) {
        text += pending(event);
        pending = undefined;
      }
      text += encodeEvent(event);
    }
    return text;
  };
  return signOfLife === undefined ? {encode, end} : {encode, end, signOfLife};
}

function writeNothing(): string {
  return '';
}
