/**
 * Guesses how unfinished inline text will go on, so that its end can be shown as what it will be: closes what is open
 * and holds back the few characters that could still mean anything. Only ever used for text that still grows.
 */
import {inline} from './grammar.ts';

/** The most characters that are held back. */
const patience = 48;
/** An address that no link may have: the link shows, and leads nowhere yet. */
const nowhere = 'chatlet:';

const special = /[\\`<![*_~&$]/g;
const space = /\s/;
const punctuation = /[\p{P}\p{S}]/u;
const letter = /[\p{L}\p{N}]/u;
/** What may still become the rest of a link after its text. */
const destination =
  /^\(\s*(?:<[^<>\n]*>?|(?:\\.|[^\s\\()<]|\((?:\\.|[^\s\\()])*\)?)*)(?:\s+(?:"[^"]*"?|'[^']*'?|\([^)]*)?\s*)?$/;

interface Run {
  readonly mark: string;
  size: number;
}

function endOfLabel(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const character = text[at];
    if (character === '\\') at++;
    else if (character === '[') depth++;
    else if (character === ']' && --depth === 0) return at;
  }
  return -1;
}

/** The text to show for text that goes on. */
export function finish(text: string, math = false): string {
  const runs: Run[] = [];
  const close = (kept: string, closer = ''): string => {
    const ends = runs.reverse().map(({mark, size}) => mark.repeat(size));
    return ends.length || closer ? kept.trimEnd() + closer + ends.join('') : kept;
  };
  let at = 0;
  for (;;) {
    special.lastIndex = at;
    const found = special.exec(text);
    if (!found) return close(text);
    at = found.index;
    const mark = found[0];
    const left = text.length - at;
    switch (mark) {
      case '\\':
        if (left === 1) return close(text.slice(0, at));
        at += 2;
        break;
      case '`': {
        const run = /^`+/.exec(text.slice(at, at + 64))?.[0] ?? mark;
        const end = new RegExp(`(?<!\`)${run}(?!\`)`, 'g');
        end.lastIndex = at + run.length;
        const closed = end.exec(text);
        if (closed) {
          at = closed.index + run.length;
          break;
        }
        const code = text.slice(at + run.length).replace(/`+$/, '');
        return code.trim() ? close(text.slice(0, at + run.length) + code, run) : close(text.slice(0, at));
      }
      case '<': {
        const rest = text.slice(at);
        const whole = inline.tag.exec(rest) ?? inline.autolink.exec(rest);
        if (whole) at += whole[0].length;
        else if (/^<(?:[a-z/!?][^<>]*)?$/i.test(rest) && (left <= patience || /=\s*["'][^"']*$|^<!--/.test(rest)))
          return close(text.slice(0, at));
        else at++;
        break;
      }
      case '&':
        if (left <= 32 && /^&#?\w*$/.test(text.slice(at))) return close(text.slice(0, at));
        at++;
        break;
      case '$':
        if (math && !text.includes('$', at + 1) && left <= patience) return close(text.slice(0, at));
        at++;
        break;
      case '!':
      case '[': {
        if (mark === '!' && left === 1) return close(text.slice(0, at));
        if (mark === '!' && text[at + 1] !== '[') {
          at++;
          break;
        }
        const image = mark === '!';
        const label = at + (image ? 1 : 0);
        const end = endOfLabel(text, label);
        if (end === -1) {
          if (image || left <= patience) return close(text.slice(0, at));
          if (letter.test(text.charAt(at - 1))) {
            at++;
            break;
          }
          return close(`${text.slice(0, at)}[${finish(text.slice(at + 1))}`, `](${nowhere})`);
        }
        const next = text[end + 1];
        if (next === undefined && left <= patience) return close(text.slice(0, at));
        if (next === '[' && endOfLabel(text, end + 1) === -1 && left <= patience) return close(text.slice(0, at));
        if (next === '(') {
          const whole = inline.link.exec(text.slice(at));
          if (whole) {
            at += whole[0].length;
            break;
          }
          if (destination.test(text.slice(end + 1))) {
            if (image) return close(text.slice(0, at));
            return close(text.slice(0, end + 1), `(${nowhere})`);
          }
        }
        at = label + 1;
        break;
      }
      default: {
        let size = 1;
        while (text[at + size] === mark) size++;
        const before = text.charAt(at - 1);
        const after = text.charAt(at + size);
        const opens =
          after !== '' &&
          !space.test(after) &&
          (!punctuation.test(after) || !before || space.test(before) || punctuation.test(before));
        const closes =
          before !== '' &&
          !space.test(before) &&
          (!punctuation.test(before) || !after || space.test(after) || punctuation.test(after));
        if (after === '') {
          // The run itself may still grow: it closes what it can close, and the rest of it waits.
          const own = runs.findLast((run) => run.mark === mark);
          if (!own || !closes || size < own.size) return close(text.slice(0, at));
        }
        const word = mark === '_' && letter.test(before) && letter.test(after);
        let rest = word || (mark === '~' && size > 2) ? 0 : size;
        while (rest && closes) {
          const index = runs.findLastIndex((run) => run.mark === mark && (mark !== '~' || run.size === size));
          const opener = runs[index];
          if (!opener) break;
          const used = mark === '~' ? size : Math.min(rest, opener.size, 2);
          runs.length = index + 1;
          opener.size -= used;
          rest -= used;
          if (!opener.size) runs.pop();
        }
        if (rest && opens && (mark !== '_' || !letter.test(before))) runs.push({mark, size: rest});
        at += size;
      }
    }
  }
}
