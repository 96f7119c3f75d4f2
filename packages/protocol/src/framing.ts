/**
 * Cuts text that arrives in pieces into frames: server-sent events, lines, or one JSON document. Knows no dialect: a
 * `FrameReader` reads the frames. Frames after the event that ended the answer are not read.
 */
import {createParser} from 'eventsource-parser';
import type {Decoder} from './dialect.ts';
import {isEnd} from './event.ts';
import type {ChatEvent} from './event.ts';
import {longestFrame, noEvents, tooLongError} from './frames.ts';
import type {FrameReader, SseFrame} from './frames.ts';
import {isObject, parseJson} from './json.ts';

/** The most characters of a line that is no field of server-sent events, and of the JSON in several such lines. */
const longestBareLine = 65_536;

/** The end mark of many dialects of server-sent events. */
export const doneMark = '[DONE]';

/**
 * Decodes server-sent events. Reads JSON in lines without `data:` too, since some servers write errors, and some all
 * chunks, without it; and events with a single line end between them, which the standard takes for one event. If the input ends in the middle of an event, that event is still read, because some
 * servers leave out the last line ends. If it is half of a JSON text, the reader's parser refuses it anyway.
 */
export function sseDecoder(reader: FrameReader<SseFrame>): Decoder {
  let out: ChatEvent[] = [];
  let ended = false;
  let held = '';
  let bare = '';

  const read = (frame: SseFrame): void => {
    bare = '';
    if (ended) return;
    if (frame.data.includes('\n')) {
      const lines = frame.data.split('\n');
      if (lines.every((line) => line === doneMark || isObject(parseJson(line)))) {
        for (const data of lines) read({...frame, data});
        return;
      }
    }
    reader.read(frame, out);
    const last = out[out.length - 1];
    ended = last !== undefined && isEnd(last);
  };
  /** Reads a line without a field's name. JSON may go on in the next line. */
  const readBareLine = (line: string): void => {
    if (line === doneMark) read({data: line});
    if (bare === '' && !line.startsWith('{')) return;
    bare += line;
    if (bare.length > longestBareLine) bare = '';
    else if (line.trimEnd().endsWith('}') && isObject(parseJson(bare))) read({data: bare});
  };
  const parser = createParser({
    maxBufferSize: longestFrame,
    onEvent: read,
    onError(error) {
      if (error.type === 'max-buffer-size-exceeded') {
        out.push(tooLongError());
        ended = true;
      } else if (error.type === 'unknown-field') {
        // llama.cpp wrote its errors as `error: {…}` lines, a field that the standard does not have.
        if (error.field === 'error') read({event: 'error', data: error.value ?? ''});
        else readBareLine(error.line ?? '');
      }
    },
  });
  const takeEvents = (): readonly ChatEvent[] => {
    if (out.length === 0) return noEvents;
    const events = out;
    out = [];
    return events;
  };

  return {
    push(text) {
      if (ended) return noEvents;
      let input = text;
      if (held !== '') {
        input = held + text;
        held = '';
      }
      // The parser drops incomplete lines that cannot become a field of the standard, so such lines wait here.
      if (input.charCodeAt(input.length - 1) !== 10) {
        const start = input.lastIndexOf('\n') + 1;
        if (start > 0) parser.feed(input.slice(0, start));
        input = input.slice(start);
        if ((bare !== '' || mayBeBareLine(input)) && input.length < longestBareLine) {
          held = input;
          input = '';
        }
      }
      if (input !== '') parser.feed(input);
      return takeEvents();
    },
    end() {
      if (!ended) {
        parser.feed(`${held}\n\n`);
        if (!ended) reader.end?.(out);
        ended = true;
      }
      return takeEvents();
    },
  };
}

function mayBeBareLine(text: string): boolean {
  return (
    text.startsWith('{') || text.startsWith('[') || (text.startsWith('e') && 'error:'.startsWith(text.slice(0, 6)))
  );
}

/** Decodes lines that end with LF or CRLF. Skips blank ones; the last one needs no line end. */
export function lineDecoder(reader: FrameReader<string>): Decoder {
  let ended = false;
  let first = true;
  // Pieces of an incomplete line are joined once, so that a long line in small pieces takes linear time.
  let pieces: string[] = [];
  let piecesLength = 0;

  const readLine = (line: string, out: ChatEvent[]): void => {
    let text = line.endsWith('\r') ? line.slice(0, -1) : line;
    if (first) {
      first = false;
      if (text.charCodeAt(0) === 0xfeff) text = text.slice(1);
    }
    if (ended || text.trim() === '') return;
    reader.read(text, out);
    const last = out[out.length - 1];
    ended = last !== undefined && isEnd(last);
  };

  return {
    push(text) {
      if (ended) return noEvents;
      const out: ChatEvent[] = [];
      let start = 0;
      for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
        const line = text.slice(start, end);
        start = end + 1;
        if (pieces.length === 0) {
          readLine(line, out);
        } else {
          pieces.push(line);
          const whole = pieces.join('');
          pieces = [];
          piecesLength = 0;
          readLine(whole, out);
        }
      }
      if (start < text.length) {
        pieces.push(text.slice(start));
        piecesLength += text.length - start;
        if (!ended && piecesLength > longestFrame) {
          out.push(tooLongError());
          ended = true;
        }
      }
      return out.length === 0 ? noEvents : out;
    },
    end() {
      const out: ChatEvent[] = [];
      if (!ended) {
        if (pieces.length > 0) readLine(pieces.join(''), out);
        if (!ended) reader.end?.(out);
        ended = true;
      }
      return out;
    },
  };
}

/** Decodes a body that can only be read as a whole, such as a JSON document. */
export function wholeDecoder(read: (body: string, out: ChatEvent[]) => void): Decoder {
  let pieces: string[] = [];
  let length = 0;
  let ended = false;
  return {
    push(text) {
      if (ended) return noEvents;
      pieces.push(text);
      length += text.length;
      if (length <= longestFrame) return noEvents;
      ended = true;
      pieces = [];
      return [tooLongError()];
    },
    end() {
      if (ended) return noEvents;
      ended = true;
      const body = pieces.join('');
      const out: ChatEvent[] = [];
      read(body.charCodeAt(0) === 0xfeff ? body.slice(1) : body, out);
      return out;
    },
  };
}
