/**
 * Most chunks of a stream repeat the chunk before them but for the next words. Once the rest is known, the words are
 * all there is to parse, which costs a fraction of parsing the whole.
 *
 * Nothing is guessed: a chunk that equals the known one before and after one JSON string, and holds a JSON string
 * there, is the known one with that string changed. Any other chunk is parsed as a whole.
 */
import {asString, parseJson} from '../../json.ts';
import type {Json} from '../../json.ts';

export interface RepeatedChunk {
  /** The words of a chunk that repeats; undefined where it has to be parsed. */
  readText(data: string): string | undefined;
  /** Remembers a chunk that was parsed, and whose words these are. */
  learn(data: string, text: string): void;
}

/** A stream whose chunks always differ in more than their words is not worth more attempts. */
const mostAttempts = 8;
const probe = '\u0000?';
/** A JSON string that stands for the characters between its quotes. */
// oxlint-disable-next-line no-control-regex -- JSON allows them only escaped
const plain = /^"[^"\\\u0000-\u001f]*"$/;

/** `textOnly` gives the words of a parsed chunk that says nothing else, and undefined for any other chunk. */
export function repeatedChunk(key: string, textOnly: (chunk: Json | undefined) => string | undefined): RepeatedChunk {
  let before = '';
  let after = '';
  let attempts = 0;

  return {
    readText(data) {
      const end = data.length - after.length;
      if (before === '' || end <= before.length) return undefined;
      // Comparing slices is several times as fast as startsWith and endsWith.
      if (data.slice(end) !== after || data.slice(0, before.length) !== before) return undefined;
      const literal = data.slice(before.length, end);
      // What repeated once was worth learning, and will be again when the rest changes, such as a time in seconds.
      attempts = 0;
      // A longer slice would keep the whole chunk in memory for as long as its words live; the parser copies.
      const short = literal.length < 15 && plain.test(literal);
      return short ? literal.slice(1, -1) : asString(parseJson(literal));
    },
    learn(data, text) {
      if (attempts >= mostAttempts) return;
      attempts += 1;
      const literal = JSON.stringify(text);
      for (const field of [`"${key}":`, `"${key}": `]) {
        const start = data.indexOf(field + literal) + field.length;
        if (start < field.length) continue;
        const head = data.slice(0, start);
        const tail = data.slice(start + literal.length);
        // The same text may stand somewhere else as well; only where a change of it changes the words is it them.
        if (textOnly(parseJson(head + JSON.stringify(probe) + tail)) !== probe) continue;
        before = head;
        after = tail;
        return;
      }
    },
  };
}
