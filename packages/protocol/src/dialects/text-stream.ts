/** A body that is the answer's text and nothing else. Its end is the answer's end; a cut cannot be told from it. */
import type {Decoder, Dialect} from '../dialect.ts';
import type {ChatEvent} from '../event.ts';
import {noEvents} from '../framing.ts';

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
      // Nothing at all is no answer.
      return first ? noEvents : [{type: 'message-end', reason: 'stop'}];
    },
  };
}
