/** Reads the frames of our own dialect. Knows no errors of others: the caller reads those. */
import {checkEvent} from '../check-event.ts';
import type {Decoder} from '../dialect.ts';
import type {ChatEvent} from '../event.ts';
import type {FrameReader, SseFrame} from '../frames.ts';
import {isObject, parseJson} from '../json.ts';

/** `decode` cuts the stream into frames. `readError` gets the data of a frame that calls itself an error, which somebody between the server and the page wrote. Later frames are not read. */
export function chatletFrames(
  decode: (reader: FrameReader<SseFrame>) => Decoder,
  readError: (data: string, out: ChatEvent[]) => void,
): Decoder {
  let failed = false;
  const decoder = decode({
    read(frame, out) {
      if (failed) return;
      if (frame.event === 'error') {
        failed = true;
        readError(frame.data, out);
        return;
      }
      const value = parseJson(frame.data);
      // A broken connection may have cut the frame: whoever resumes after it would miss its event.
      if (!isObject(value)) return;
      // An unknown event counts as read, because requesting it again would not help.
      if (frame.id !== undefined && /^\d{1,15}$/.test(frame.id)) numbered.lastNumber = Number(frame.id);
      const event = checkEvent(value);
      if (event !== undefined) out.push(event);
    },
  });
  const numbered = {...decoder, lastNumber: 0};
  return numbered;
}
