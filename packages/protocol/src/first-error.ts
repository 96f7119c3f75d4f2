/** Reads a stream of server-sent events whose first known event is an error, of whatever dialect that may be. */
import {detectByFrame} from './detect.ts';
import type {Decoder} from './dialect.ts';
import {errorOfFrame, toErrorEvent} from './foreign-error.ts';
import {sseDecoder} from './framing.ts';

export function firstErrorDecoder(): Decoder {
  return sseDecoder({
    read(frame, out) {
      if (detectByFrame(frame) === 'error') out.push(toErrorEvent(errorOfFrame(frame.data)));
    },
  });
}
