/** Server-sent events that hold one JSON object each: what most dialects are made of. */
import type {Decoder} from '../dialect.ts';
import type {ChatEvent} from '../event.ts';
import {errorOfFrame, findError, toErrorEvent} from '../foreign-error.ts';
import {doneMark, sseDecoder} from '../framing.ts';
import type {SseFrame} from '../framing.ts';
import {isObject, parseJson} from '../json.ts';
import type {UncheckedObject} from '../json.ts';

export interface JsonFrameReader {
  /** Appends what one object says. Errors have been taken out already. */
  read(event: UncheckedObject, out: ChatEvent[], frame: SseFrame): void;
  /** `[DONE]` came. */
  done?(out: ChatEvent[]): void;
  /** The input is over without an event that ends the answer. */
  end?(out: ChatEvent[]): void;
  /** What is to be said before an error, such as the usage so far. */
  beforeError?(out: ChatEvent[]): void;
}

/** Frames that hold no JSON object are skipped: one broken frame should not cost the answer. */
export function jsonFrames(reader: JsonFrameReader): Decoder {
  return sseDecoder({
    read(frame, out) {
      if (frame.data === doneMark) {
        reader.done?.(out);
        return;
      }
      const event = parseJson(frame.data);
      const error = frame.event === 'error' ? errorOfFrame(frame.data) : findError(event);
      if (error !== undefined) {
        reader.beforeError?.(out);
        out.push(toErrorEvent(error));
      } else if (isObject(event)) {
        reader.read(event, out, frame);
      }
    },
    end(out) {
      reader.end?.(out);
    },
  });
}

/** A frame's text: one line of data, then the blank line that sends it. */
export function dataFrame(value: unknown): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}
