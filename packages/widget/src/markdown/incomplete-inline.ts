/**
 * Guesses how unfinished inline text will go on, so that its end can be shown as what it will be: closes what is open
 * and holds back the few characters that could still mean anything. Only ever used for text that still grows.
 */
import {formula} from './grammar.ts';
import {inlineAutolink, inlineTag} from './marked.ts';

/** The most characters that are held back. */
const mostHeldBack = 48;
/** An address that no link may have: the link shows, and leads nowhere yet. */
const noAddress = 'chatlet:';

const special = /[\\`<![*_~&$]/g;
const space = /\s/;
const punctuation = /[\p{P}\p{S}]/u;
const letter = /[\p{L}\p{N}]/u;
/** A tag that is not closed yet. */
const halfTag = /^<(?:[a-z/!?](?:[^<>"']|"[^"]*"|'[^']*')*(?:"[^"]*|'[^']*)?)?$/i;
const halfQuote = /=\s*(?:"[^"]*|'[^']*)$|^<!--/;

/** A run of delimiters that opens something. */
interface DelimiterRun {
  readonly mark: string;
  readonly at: number;
  readonly whole: number;
  /** Whether it could also have closed something. */
  readonly both: boolean;
  size: number;
}

/** Where a run of backticks that starts at `at` is closed; -1 when it is not. */
function endOfCode(text: string, at: number): number {
  let size = 1;
  while (text[at + size] === '`') size++;
  for (let from = at + size; ;) {
    const start = text.indexOf('`', from);
    if (start === -1) return -1;
    from = start;
    while (text[from] === '`') from++;
    if (from - start === size) return from;
  }
}

/** Where a tag or an autolink that starts at `at` ends; 0 when there is none, -1 when it may still become one. */
function endOfTag(text: string, at: number): number {
  const rest = text.slice(at);
  const whole = inlineTag.exec(rest) ?? inlineAutolink.exec(rest);
  if (whole) return at + whole[0].length;
  return halfTag.test(rest) && (rest.length <= mostHeldBack || halfQuote.test(rest)) ? -1 : 0;
}

/** Where the brackets that open at `from` close; -1 when they do not yet. */
function endOfLabel(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const character = text[at];
    if (character === '\\') at++;
    else if (character === '[') depth++;
    else if (character === ']') {
      if (--depth === 0) return at;
    } else if (character === '`' || character === '<') {
      const end = character === '`' ? endOfCode(text, at) : endOfTag(text, at);
      if (end === -1) return -1;
      if (end) at = end - 1;
    }
  }
  return -1;
}

/** Where the target of a link that opens at `from` closes; 0 when there is none, -1 when it may still become one. */
function endOfTarget(text: string, from: number): number {
  const skip = (pattern: RegExp, at: number): number => {
    pattern.lastIndex = at;
    return pattern.test(text) ? pattern.lastIndex : at;
  };
  let at = skip(/\s+/y, from + 1);
  if (text[at] === '<') {
    const end = skip(/<(?:\\.|[^\n<>\\])*>/y, at);
    if (end === at) return skip(/<(?:\\.|[^\n<>\\])*\\?/y, at) === text.length ? -1 : 0;
    at = end;
  } else {
    let depth = 0;
    for (; at < text.length && !space.test(text.charAt(at)); at++) {
      if (text[at] === '\\') at++;
      else if (text[at] === '(') depth++;
      else if (text[at] === ')' && depth-- === 0) break;
    }
    if (depth > 0 && at < text.length) return 0;
  }
  const title = skip(/\s+/y, at);
  if (title >= text.length) return -1;
  if (text[title] === ')') return title + 1;
  if (title === at) return 0;
  const end = skip(/"(?:\\[^]|[^"\\])*"\s*|'(?:\\[^]|[^'\\])*'\s*|\((?:\\[^]|[^)\\])*\)\s*/y, title);
  if (end === title) return /["'(]/.test(text.charAt(title)) ? -1 : 0;
  return end === text.length ? -1 : text[end] === ')' ? end + 1 : 0;
}

/** The text to show for text that goes on. */
export function completeInline(text: string, math = false): string {
  const runs: DelimiterRun[] = [];
  let at = 0;
  for (;;) {
    special.lastIndex = at;
    const found = special.exec(text);
    if (!found) return closeRuns(runs, text);
    at = found.index;
    const mark = found[0];
    const left = text.length - at;
    const hold = (): string => closeRuns(runs, text.slice(0, at));
    switch (mark) {
      case '\\': {
        if (left === 1) return hold();
        const whole = math ? formula.exec(text.slice(at))?.[0] : '';
        if (math && !whole && /[([]/.test(text.charAt(at + 1)) && left <= mostHeldBack) return hold();
        at += whole?.length || 2;
        break;
      }
      case '`': {
        const end = endOfCode(text, at);
        if (end === -1) {
          const run = /^`+/.exec(text.slice(at))?.[0] ?? mark;
          const code = text.slice(at + run.length).replace(/[`\s]+$/, '');
          return code ? closeRuns(runs, text.slice(0, at + run.length) + code, run) : hold();
        }
        at = end;
        break;
      }
      case '<': {
        const end = endOfTag(text, at);
        if (end === -1) return hold();
        at = end || at + 1;
        break;
      }
      case '&':
        if (left <= 32 && /^&#?\w*$/.test(text.slice(at))) return hold();
        at++;
        break;
      case '$': {
        const whole = math ? formula.exec(text.slice(at))?.[0] : '';
        if (math && !whole && text[at + 1] === '$' && text.slice(at + 2).trim()) {
          return closeRuns(runs, text.slice(0, at) + text.slice(at).replace(/[\s$]+$/, ''), '$$');
        }
        if (math && !whole && left <= mostHeldBack) return hold();
        at += whole?.length || 1;
        break;
      }
      case '!':
      case '[': {
        if (mark === '!' && text[at + 1] !== '[') {
          if (left === 1) return hold();
          at++;
          break;
        }
        const label = mark === '!' ? at + 1 : at;
        const end = endOfLabel(text, label);
        const next = text[end + 1];
        if (end === -1) {
          if (mark === '!' || left <= mostHeldBack) return hold();
          if (!letter.test(text.charAt(at - 1)))
            return closeRuns(runs, `${text.slice(0, at)}[${completeInline(text.slice(at + 1))}`, `](${noAddress})`);
        } else if (next === undefined || (next === '[' && endOfLabel(text, end + 1) === -1)) {
          if (left <= mostHeldBack) return hold();
        } else if (next === '(') {
          const whole = endOfTarget(text, end + 1);
          if (whole === -1) return mark === '!' ? hold() : closeRuns(runs, text.slice(0, end + 1), `(${noAddress})`);
          if (whole) {
            at = whole;
            break;
          }
        }
        at = label + 1;
        break;
      }
      default:
        at = readDelimiters(text, at, mark, runs);
        if (at < 0) return closeRuns(runs, text.slice(0, -1 - at));
    }
  }
}

/** Takes a run of emphasis marks; returns where it ends, or its negative place when it has to be held back. */
function readDelimiters(text: string, at: number, mark: string, runs: DelimiterRun[]): number {
  let size = 1;
  while (text[at + size] === mark) size++;
  const before = text.charAt(at - 1);
  const after = text.charAt(at + size);
  if (mark === '~' && size > 2) return at + size;
  const openSide = before === '' || space.test(before) || punctuation.test(before);
  const closeSide = after === '' || space.test(after) || punctuation.test(after);
  const opens =
    after !== '' && !space.test(after) && (!punctuation.test(after) || openSide) && (mark !== '_' || openSide);
  const closes =
    before !== '' && !space.test(before) && (!punctuation.test(before) || closeSide) && (mark !== '_' || closeSide);
  // At the very end the run itself may still grow.
  if (after === '' && !(closes && runs.findLast((run) => run.mark === mark)?.size === size)) return -1 - at;
  let rest = size;
  for (let index = closes ? runs.length - 1 : -1; index >= 0 && rest > 0; index--) {
    const run = runs[index];
    if (!run || run.mark !== mark) continue;
    if (mark === '~' ? run.size !== size : (run.both || opens) && (run.whole + size) % 3 === 0 && size % 3 !== 0)
      continue;
    const used = Math.min(rest, run.size);
    run.size -= used;
    rest -= used;
    runs.length = run.size ? index + 1 : index;
  }
  if (rest && opens) runs.push({mark, at: at + size - rest, whole: size, both: closes, size: rest});
  return at + size;
}

/** Closes what is open around the text that is kept. */
function closeRuns(runs: DelimiterRun[], kept: string, closer = ''): string {
  let text = kept;
  if (runs.length || closer) text = text.trimEnd();
  // What has nothing in it yet is not opened.
  if (!closer) {
    for (let run = runs.at(-1); run && run.at + run.size >= text.length; run = runs.at(-1)) {
      text = text.slice(0, run.at).trimEnd();
      runs.pop();
    }
  }
  if (!closer && !runs.length && text.length < kept.trimEnd().length) text = kept.slice(0, text.length);
  return (
    text +
    closer +
    runs
      .reverse()
      .map(({mark, size}) => mark.repeat(size))
      .join('')
  );
}
