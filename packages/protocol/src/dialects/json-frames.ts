/** Reads server-sent events that hold one JSON object each, as most dialects do. */
import type {Decoder} from '../dialect.ts';
import type {ChatEvent} from '../event.ts';
import {errorOfFrame, findError, toErrorEvent} from '../foreign-error.ts';
import {doneMark, sseDecoder} from '../framing.ts';
import {isObject, parseJson} from '../json.ts';
import type {UncheckedObject} from '../json.ts';

export interface JsonFrameReader {
  /** Appends the events of one object. Not called for errors, which `jsonFrames` reads. */
  read(event: UncheckedObject, out: ChatEvent[]): void;
  /** Reads `[DONE]`. */
  done?(out: ChatEvent[]): void;
  /** Ends the input, if no event has ended the answer. */
  end?(out: ChatEvent[]): void;
  /** Appends the events that belong before an error, such as the usage so far. */
  beforeError?(out: ChatEvent[]): void;
}

/** Skips frames without a JSON object, so that one broken frame does not cost the answer. */
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
        reader.read(event, out);
      }
    },
    end(out) {
      reader.end?.(out);
    },
  });
}

/** Writes a frame: one line of data, then the blank line that ends the frame. */
export function dataFrame(value: unknown): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}
