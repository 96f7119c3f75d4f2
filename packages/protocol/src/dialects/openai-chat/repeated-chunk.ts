/**
 * A fast path for streams with chunks that differ only by their text: once the rest is known, only the text is parsed,
 * which costs a fraction of parsing the whole chunk.
 *
 * Nothing is guessed: if a chunk equals the known one before and after one JSON string, and holds a JSON string there,
 * it is the known chunk with another text. Any other chunk is parsed as a whole.
 */
import {asString, parseJson} from '../../json.ts';
import type {Json} from '../../json.ts';

export interface RepeatedChunk {
  /** Reads the text of a chunk that equals the known one otherwise; undefined if the chunk must be parsed. */
  readText(data: string): string | undefined;
  /** Remembers a parsed chunk and its text. */
  learn(data: string, text: string): void;
}

/** The fast path is given up after this many attempts without success, because the chunks differ in more than their text. */
const mostAttempts = 8;
const probe = '\u0000?';
/** A JSON string without escapes: its value is the text between the quotes. */
// oxlint-disable-next-line no-control-regex -- JSON allows them only escaped
const plain = /^"[^"\\\u0000-\u001f]*"$/;

/** `textOnly` returns the text of a parsed chunk that carries nothing else, and undefined for any other chunk. */
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
      // The chunk repeated, so it is worth learning the next one when the rest changes, such as a time in seconds.
      attempts = 0;
      // A longer slice would keep the whole chunk in memory as long as its text is used; the parser copies.
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
        // The same text may occur elsewhere in the chunk. This is the right place if changing it changes the text.
        if (textOnly(parseJson(head + JSON.stringify(probe) + tail)) !== probe) continue;
        before = head;
        after = tail;
        return;
      }
    },
  };
}
