/**
 * Decodes server-sent events as the standard has them, and no other lines: for the stream of our own server, whose pages
 * need no more code than this. `framing.ts` forgives what other servers write.
 */
import type {Decoder} from './dialect.ts';
import {isEnd} from './event.ts';
import type {ChatEvent} from './event.ts';
import {longestFrame, noEvents, tooLongError} from './frames.ts';
import type {FrameReader, SseFrame} from './frames.ts';

/** If the input ends in the middle of an event, that event is still read. */
export function strictSseDecoder(reader: FrameReader<SseFrame>): Decoder {
  // Pieces of an incomplete line are joined once, so that a long line in small pieces takes linear time.
  let pieces: string[] = [];
  let length = 0;
  let afterReturn = false;
  let fields: {data?: string; event?: string; id?: string} = {};
  let ended = false;

  const readLine = (line: string, out: ChatEvent[]): void => {
    if (ended) return;
    if (line === '') {
      const {data, ...rest} = fields;
      fields = {};
      length = 0;
      if (data === undefined) return;
      reader.read({data, ...rest}, out);
      const last = out.at(-1);
      ended = last !== undefined && isEnd(last);
      return;
    }
    const colon = line.indexOf(':');
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line.charAt(colon + 1) === ' ' ? colon + 2 : colon + 1);
    if (name === 'data') fields.data = fields.data === undefined ? value : `${fields.data}\n${value}`;
    else if (name === 'event' || name === 'id') fields[name] = value;
  };

  return {
    push(text) {
      if (ended || text === '') return noEvents;
      const out: ChatEvent[] = [];
      // A line end of two characters may be cut.
      let start = afterReturn && text.startsWith('\n') ? 1 : 0;
      afterReturn = text.endsWith('\r');
      length += text.length;
      const ends = /\r\n?|\n/g;
      ends.lastIndex = start;
      for (let found = ends.exec(text); found; found = ends.exec(text)) {
        pieces.push(text.slice(start, found.index));
        start = ends.lastIndex;
        const line = pieces.join('');
        pieces = [];
        readLine(line.charCodeAt(0) === 0xfeff ? line.slice(1) : line, out);
      }
      if (start < text.length) pieces.push(text.slice(start));
      if (!ended && length > longestFrame) {
        ended = true;
        out.push(tooLongError());
      }
      return out.length === 0 ? noEvents : out;
    },
    end() {
      const out: ChatEvent[] = [];
      readLine(pieces.join(''), out);
      readLine('', out);
      if (!ended) reader.end?.(out);
      ended = true;
      return out;
    },
  };
}
