/**
 * Completes inline text that is still being written, so that its end already looks as it will: closes emphasis, code and
 * links that are open, and holds back the few characters that could still become syntax. Finished text never gets here.
 * Knows no DOM.
 */
import {cjk} from './cjk.ts';
import {formula, sourceOfFormula} from './grammar.ts';
import {inlineAutolink, inlineTag} from './marked.ts';

/** The most characters that are held back. */
const mostHeldBack = 48;
/** A link with this address is shown as a link and leads nowhere yet. */
const noAddress = 'chatlet:';

/** Results of a search for the end of a construct: there is no such construct, or its end may still come. */
const none = 0;
const unfinished = -1;

const special = /[\\`<![*_~&$]/g;
const letter = /[\p{L}\p{N}]/u;
/** White space, or the edge of the text. */
const blank = /^\s?$/;
/** White space, punctuation other than full-width, or the edge of the text. */
const boundary = (character: string): boolean => /^[\s\p{P}\p{S}]?$/u.test(character) && !cjk.test(character);
/** A tag that is not closed yet. */
export const halfTag = /^<(?:[a-z/!?](?:[^<>"']|"[^"]*"|'[^']*')*(?:"[^"]*|'[^']*)?)?$/i;
/** An attribute's value or a comment that is not closed yet: it may get long. */
const halfQuote = /=\s*(?:"[^"]*|'[^']*)$|^<!--/;

/** Emphasis marks that open something and are not closed yet. */
interface DelimiterRun {
  readonly mark: string;
  readonly at: number;
  /** The number of its marks, and of those that are still open. */
  readonly length: number;
  size: number;
  /** Whether they could also have closed something. */
  readonly both: boolean;
}

/** How the text ends for now: `kept` is shown, and `closer` closes the code, link or formula at its end. */
interface Ending {
  readonly kept: string;
  readonly closer?: string;
}

/** Reads the construct that may begin at `at`. Returns the position behind it, or how the text ends for now. */
type Reader = (text: string, at: number, runs: DelimiterRun[]) => number | Ending;

const holdBack = (text: string, at: number): Ending => ({kept: text.slice(0, at)});

const readers: Readonly<Record<string, Reader>> = {
  '\\': (text, at) => (at + 1 < text.length ? at + 2 : holdBack(text, at)),
  '`': readCode,
  '<': (text, at) => {
    const end = endOfTag(text, at);
    return end === unfinished ? holdBack(text, at) : end || at + 1;
  },
  '&': (text, at) => (/^&(?:[#\w]\w{0,30})?$/.test(text.slice(at)) ? holdBack(text, at) : at + 1),
  $: (_text, at) => at + 1,
  '[': readLink,
  '!': (text, at) => {
    if (at + 1 === text.length) return holdBack(text, at);
    return text[at + 1] === '[' ? readLink(text, at) : at + 1;
  },
};

/** Returns the text to show for a text that goes on. */
export function completeInline(text: string, math = false): string {
  const runs: DelimiterRun[] = [];
  for (let at = 0; ;) {
    special.lastIndex = at;
    const found = special.exec(text);
    if (!found) return closeRuns(runs, {kept: text});
    const read = readers[found[0]] ?? readDelimiters;
    const end = (/[$\\]/.test(found[0]) && readFormula(text, found.index, math)) || read(text, found.index, runs);
    if (typeof end === 'object') return closeRuns(runs, end);
    at = end;
  }
}

function readFormula(text: string, at: number, math: boolean): ReturnType<Reader> {
  const rest = text.slice(at);
  const whole = (math ? formula : sourceOfFormula).exec(rest)?.[0];
  if (whole) return at + whole.length;
  if (/^\$\$\s*\S/.test(rest)) return {kept: text.slice(0, at) + rest.replace(/[\s$]+$/, ''), closer: '$$'};
  // Without formulas, a dollar is most likely money.
  return (math ? /^(?:\$|\\[([])/ : /^(?:\$\$|\\[([])/).test(rest) && rest.length <= mostHeldBack
    ? holdBack(text, at)
    : none;
}

function readCode(text: string, at: number): ReturnType<Reader> {
  const end = endOfCode(text, at);
  if (end !== unfinished) return end;
  const rest = text.slice(at);
  const ticks = /^`*/.exec(rest)?.[0] ?? '';
  const code = rest.slice(ticks.length).replace(/[`\s]+$/, '');
  return code ? {kept: text.slice(0, at) + ticks + code, closer: ticks} : holdBack(text, at);
}

/** Reads a link or an image. An image is not shown before its address is complete. */
function readLink(text: string, at: number): ReturnType<Reader> {
  const isImage = text[at] === '!';
  const label = isImage ? at + 1 : at;
  const isShort = text.length - at <= mostHeldBack;
  const end = endOfLabel(text, label);
  const next = text[end + 1];
  if (end === unfinished) {
    if (isImage || isShort) return holdBack(text, at);
    if (!letter.test(text.charAt(at - 1)))
      return {kept: `${text.slice(0, at)}[${completeInline(text.slice(at + 1))}`, closer: `](${noAddress})`};
  } else if (next === undefined || (next === '[' && endOfLabel(text, end + 1) === unfinished)) {
    if (isShort) return holdBack(text, at);
  } else if (next === '(') {
    const target = endOfTarget(text, end + 1);
    if (target === unfinished)
      return isImage ? holdBack(text, at) : {kept: text.slice(0, end + 1), closer: `(${noAddress})`};
    if (target) return target;
  }
  return label + 1;
}

/** Reads a run of emphasis marks by the rules of CommonMark. It may close earlier runs and open a new one. */
function readDelimiters(text: string, at: number, runs: DelimiterRun[]): ReturnType<Reader> {
  const mark = text.charAt(at);
  let size = 1;
  while (text[at + size] === mark) size++;
  if (mark === '~' && size !== 2 && at + size < text.length) return at + size;
  const before = text.charAt(at - 1);
  const after = text.charAt(at + size);
  const startsWord = boundary(before);
  const endsWord = boundary(after);
  const inWord = mark !== '_';
  const opens = !blank.test(after) && (startsWord || (inWord && (!endsWord || cjk.test(before))));
  const closes = !blank.test(before) && (endsWord || (inWord && (!startsWord || cjk.test(after))));
  // At the end of the text the run itself may still grow.
  if (after === '' && !(closes && runs.findLast((run) => run.mark === mark)?.size === size)) return holdBack(text, at);
  let rest = size;
  for (let index = closes ? runs.length - 1 : -1; index >= 0 && rest > 0; index--) {
    const run = runs[index];
    if (!run || run.mark !== mark) continue;
    if (mark === '~' ? run.size !== size : (run.both || opens) && (run.length + size) % 3 === 0 && size % 3 !== 0)
      continue;
    const used = Math.min(rest, run.size);
    run.size -= used;
    rest -= used;
    runs.length = run.size ? index + 1 : index;
  }
  if (rest && opens) runs.push({mark, at: at + size - rest, length: size, size: rest, both: closes});
  return at + size;
}

/** Closes everything that is open at the end of the text. Marks with no text behind them are not shown yet. */
function closeRuns(runs: DelimiterRun[], {kept, closer = ''}: Ending): string {
  let text = runs.length || closer ? kept.trimEnd() : kept;
  let run = closer ? undefined : runs.at(-1);
  while (run && run.at + run.size >= text.length) {
    text = text.slice(0, run.at).trimEnd();
    runs.pop();
    run = runs.at(-1);
  }
  return runs.reduceRight((closed, {mark, size}) => closed + mark.repeat(size), text + closer);
}

/** Returns the end of the code that begins at `at`, or `unfinished`. */
function endOfCode(text: string, at: number): number {
  let size = 1;
  while (text[at + size] === '`') size++;
  for (let from = at + size; ;) {
    const start = text.indexOf('`', from);
    if (start === -1) return unfinished;
    from = start;
    while (text[from] === '`') from++;
    if (from - start === size) return from;
  }
}

/** Returns the end of the tag or autolink that begins at `at`, or `none` or `unfinished`. */
function endOfTag(text: string, at: number): number {
  const rest = text.slice(at);
  const whole = inlineTag.exec(rest) ?? inlineAutolink.exec(rest);
  if (whole) return at + whole[0].length;
  return halfTag.test(rest) && (rest.length <= mostHeldBack || halfQuote.test(rest)) ? unfinished : none;
}

/** Returns the closing bracket of the label that begins at `from`, or `unfinished`. */
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
      if (end === unfinished) return end;
      if (end) at = end - 1;
    }
  }
  return unfinished;
}

/** Returns the end of the link's target that begins at `from`, or `none` or `unfinished`. */
function endOfTarget(text: string, from: number): number {
  const skip = (pattern: RegExp, at: number): number => {
    pattern.lastIndex = at;
    return pattern.test(text) ? pattern.lastIndex : at;
  };
  let at = skip(/\s+/y, from + 1);
  if (text[at] === '<') {
    const end = skip(/<(?:\\.|[^\n<>\\])*>/y, at);
    if (end === at) return skip(/<(?:\\.|[^\n<>\\])*\\?/y, at) === text.length ? unfinished : none;
    at = end;
  } else {
    let depth = 0;
    for (; at < text.length && !blank.test(text.charAt(at)); at++) {
      if (text[at] === '\\') at++;
      else if (text[at] === '(') depth++;
      else if (text[at] === ')' && depth-- === 0) break;
    }
    if (depth > 0 && at < text.length) return none;
  }
  const title = skip(/\s+/y, at);
  if (title >= text.length) return unfinished;
  if (text[title] === ')') return title + 1;
  if (title === at) return none;
  const end = skip(/"(?:\\[^]|[^"\\])*"\s*|'(?:\\[^]|[^'\\])*'\s*|\((?:\\[^]|[^)\\])*\)\s*/y, title);
  if (end === title) return /["'(]/.test(text.charAt(title)) ? unfinished : none;
  return end === text.length ? unfinished : text[end] === ')' ? end + 1 : none;
}
