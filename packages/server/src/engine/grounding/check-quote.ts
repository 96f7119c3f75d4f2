/**
 * Decides whether words that a model quotes stand in a passage. A quote that differs in its letters may differ in little
 * that matters: in no number, unit, negation or name. Pure; knows no model and no index.
 */
import {toPlainText} from './plain-text.ts';

/** The part of the words that must be the same if not all of them are. */
const leastOverlap = 0.9;
/** Fewer words say nothing that a passage could support. */
const fewestTokens = 3;
/** Characters and tokens of quotes and passages that are looked at. */
const mostCharacters = 40_000;
const longestQuote = 150;
const longestPassage = 4_000;

/**
 * The passage's own words for this quote, without markup and line breaks; undefined if the quote is not in it. Case,
 * spaces, punctuation, quotation marks and dashes make no difference.
 */
export function checkQuote(quote: string, passage: string): string | undefined {
  const plain = toPlainText(passage.slice(0, mostCharacters));
  const quoted = tokensOf(toPlainText(quote.slice(0, mostCharacters)));
  const given = tokensOf(plain).slice(0, longestPassage);
  if (quoted.length < fewestTokens || quoted.length > longestQuote) return undefined;
  const found = align(quoted, given);
  if (!found || !isFaithful(found, quoted.length)) return undefined;
  const first = given[withNegation(given, {from: found.from, plain})];
  const last = given[found.to - 1];
  return first && last && plain.slice(first.start, last.end).replaceAll(/\s+/gu, ' ');
}

interface Token {
  /** The word as it is compared. */
  readonly key: string;
  readonly start: number;
  readonly end: number;
  /** Whether the meaning may change with it. */
  readonly isCritical: boolean;
}

/** Letters of languages without spaces. Each counts as a word. */
const letter = String.raw`\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}ー`;
const sign = String.raw`(?<![\p{L}\p{N}_\)\]])[\-−](?=\p{Nd})`;
const inner = String.raw`(?:['’ʼ](?=\p{L})|(?<=\p{Nd})[.,:](?=\p{Nd}))[\p{L}\p{N}\p{M}_]+`;
/** A sign counts if it changes the meaning of a number. */
const token = new RegExp(
  String.raw`[${letter}]\p{M}*|(?:${sign})?[[\p{L}\p{N}\p{M}_]--[${letter}]]+(?:${inner})*|[%‰°<>≤≥=≠±+\p{Sc}]|!(?==)`,
  'gv',
);
const unspaced = new RegExp(`^[${letter}]`, 'v');

function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  for (const {0: word, index} of text.matchAll(token)) {
    const key = word.normalize('NFKC').toLowerCase().replaceAll(/['’ʼ]/gu, "'").replace('−', '-');
    const isUnit = isNumber(tokens.at(-1)?.key ?? '');
    const isCritical = isUnit || isNumber(key) || isNegation(key) || turns.has(key) || !isPlain.test(word);
    tokens.push({key, start: index, end: index + word.length, isCritical});
  }
  return tokens;
}

interface Alignment {
  /** The window of the passage's tokens: from the first up to, but without, the last. */
  readonly from: number;
  readonly to: number;
  readonly equal: number;
  /** Tokens that only one of them has. */
  readonly alone: readonly Token[];
  /** Whether the languages have spaces between words; without them a letter can be a negation. */
  readonly isSpaced: boolean;
}

function isFaithful({from, to, equal, alone, isSpaced}: Alignment, length: number): boolean {
  if (equal === length && alone.length === 0) return true;
  return isSpaced && equal >= leastOverlap * Math.max(length, to - from) && !alone.some(({isCritical}) => isCritical);
}

/**
 * The window of the passage that differs least: an edit distance with a free beginning and end, in which a word that
 * matters counts more than all others.
 */
function align(quoted: readonly Token[], given: readonly Token[]): Alignment | undefined {
  const width = given.length + 1;
  const costs = new Uint16Array((quoted.length + 1) * width);
  const at = (row: number, column: number) => costs[row * width + column] ?? 0;
  for (const [row, one] of quoted.entries()) {
    costs[(row + 1) * width] = at(row, 0) + costOf(one);
    for (const [column, other] of given.entries()) {
      costs[(row + 1) * width + column + 1] = Math.min(
        at(row, column) + costOfPair(one, other),
        at(row, column + 1) + costOf(one),
        at(row + 1, column) + costOf(other),
      );
    }
  }
  let to = 0;
  for (let column = 1; column < width; column++) if (at(quoted.length, column) < at(quoted.length, to)) to = column;
  const alone: Token[] = [];
  let equal = 0;
  let [row, column] = [quoted.length, to];
  for (let one = quoted[row - 1]; one; one = quoted[row - 1]) {
    const other = given[column - 1];
    const cost = at(row, column);
    if (other && cost === at(row - 1, column - 1) + costOfPair(one, other)) {
      if (one.key === other.key) equal += 1;
      row -= 1;
      column -= 1;
    } else if (other && cost === at(row, column - 1) + costOf(other)) {
      alone.push(other);
      column -= 1;
    } else {
      alone.push(one);
      row -= 1;
    }
  }
  if (equal === 0) return undefined;
  return {from: column, to, equal, alone, isSpaced: !quoted.some(({key}) => unspaced.test(key))};
}

/** The cost of a word that only one of them has. */
function costOf({isCritical}: Token): number {
  return isCritical ? longestQuote : 1;
}

function costOfPair(one: Token, other: Token): number {
  if (one.key === other.key) return 0;
  return isSpelling(one, other) ? 1 : costOf(one) + costOf(other) + 1;
}

/** Whether two words are one word with another ending, or with a slip at its end. Numbers and names are not. */
function isSpelling(one: Token, other: Token): boolean {
  if (one.isCritical || other.isCritical || one.key[0] !== other.key[0]) return false;
  const [longer, shorter] = one.key.length > other.key.length ? [one.key, other.key] : [other.key, one.key];
  let same = 0;
  while (same < shorter.length && longer[same] === shorter[same]) same += 1;
  return same >= 4 && same >= 0.7 * longer.length;
}

/** A word in small letters, which is no name. */
const isPlain = /^(?:\p{Ll}|['’ʼ])+$/u;

function isNumber(key: string): boolean {
  return /\p{N}/u.test(key) || numbers.has(key);
}

function isNegation(key: string): boolean {
  return negations.has(key) || key.endsWith("n't");
}

const wordsIn = (list: string) => new Set(list.split(/\s+/u).filter((word) => word !== ''));

const numbers = wordsIn(`
  zero one two three four five six seven eight nine ten eleven twelve twenty thirty fifty hundred thousand million
  billion first second third half twice double triple once dozen
  null ein eine einen einem einer zwei drei vier fünf sechs sieben acht neun zehn elf zwölf hundert tausend million
  un une deux trois quatre cinq sept huit neuf dix cent mille
  uno una dos tres cuatro cinco seis siete ocho nueve diez cien mil`);

const negations = wordsIn(`
  no not never none nothing nobody nor neither without cannot
  nicht kein keine keinen keinem keiner keines nie niemals nichts ohne
  ne pas non jamais aucun aucune sans ni nunca ningún ninguna sin nem não sem
  niet geen nooit zonder не ни нет без никогда inte ingen aldrig utan`);

/** Words that turn the meaning of a sentence around, or limit it. */
const turns = wordsIn(`
    must should shall may might can could will would only always all every each any some most least many few more less
    fewer than before after until since above below over under up down if unless except but on off true false yes
    minimum maximum min max
    muss müssen soll sollen darf dürfen kann können nur immer alle jede jeder jedes mehr weniger vor nach bis seit über
    unter wenn außer aber doit peut seulement toujours tous toutes plus moins avant après sauf si debe puede solo sólo
    siempre todos todas más menos antes después salvo`);

/** The place of the quote's first token, or of a negation shortly before it that the quote has cut off. */
function withNegation(given: readonly Token[], {from, plain}: {readonly from: number; readonly plain: string}): number {
  for (let place = from - 1; place >= Math.max(0, from - 3); place--) {
    const before = given[place];
    if (!before || /[.!?:;]|\n\s*\n/u.test(plain.slice(before.end, given[from]?.start))) break;
    if (isNegation(before.key)) return place;
  }
  return from;
}
