/** A body that is only the answer's text. It ends with the body, so a cut answer looks like a complete one. */
import type {Decoder, Dialect} from '../dialect.ts';
import type {ChatEvent} from '../event.ts';
import {noEvents} from '../frames.ts';

/** Plain text. */
export const textStream: Dialect = {
  name: 'text-stream',
  contentType: 'text/plain; charset=utf-8',
  decoder: textStreamDecoder,
};

export function textStreamDecoder(): Decoder {
  let first = true;
  return {
    push(text) {
      const delta = first && text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
      if (delta === '') return noEvents;
      first = false;
      return [{type: 'text-delta', delta}];
    },
    end(): readonly ChatEvent[] {
      // An empty body is no answer.
      return first ? noEvents : [{type: 'message-end', reason: 'stop'}];
    },
  };
}
