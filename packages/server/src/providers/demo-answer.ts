/**
 * Turns passages into an answer that reads well: chooses the passages, truncates them, and names others as further
 * reading. Pure; says nothing that the documents do not say.
 */
import type {SourceEvent} from '@chatlet/protocol';
import {checkQuote} from '../engine/grounding/check-quote.ts';
import {toPlainText} from '../engine/grounding/plain-text.ts';
import type {Passage} from '../engine/retriever.ts';
import {plainText} from '../retrieval/chunks.ts';
import type {Found, PassageIndex} from './demo-index.ts';
import {type AskedWords, askedWords, countWords} from './demo-words.ts';
import {type DemoStep, textStep} from './demo-script.ts';

/** Characters to which the first and the second passage are truncated. */
const firstLength = 1_600;
const secondLength = 500;
/** Another passage is shown, or named, from this part of the best score on. */
const worthShowing = 0.7;
const worthNaming = 0.4;
/** Rows of a long table that are shown. */
const fewRows = 6;
/** From so many characters on a list is reduced to the items that speak of the question. */
const longList = 400;

export interface AnswerFromOptions {
  /** Passages that earlier answers showed. */
  readonly skip?: number;
  /** Whether the ids of the passages are their numbers in the prompt: then marks cite them. */
  readonly cites?: boolean;
}

/** The answer to a question, without the passages that earlier answers showed; undefined if no passage fits. */
export async function answerFrom(
  index: PassageIndex,
  question: string,
  {skip = 0, cites = false}: AnswerFromOptions = {},
): Promise<readonly DemoStep[] | undefined> {
  const found = (await index.search(question, {limit: skip + 6})).slice(skip);
  const passage = found[0]?.passage;
  if (!passage) return undefined;
  const words = askedWords(question);
  const second = pickSecond(found, words);
  const further = furtherReading(found, second?.passage);

  const cite = (excerpt: string, from: Passage) => (cites ? excerpt + markOf(excerpt, from, words) : excerpt);
  const excerpt = excerptOf(passage.text, {words, length: firstLength, begins: true});
  const paragraphs = [introduce(passage), cite(excerpt, passage)];
  if (skip > 0) paragraphs.unshift('There is more.');
  if (second) {
    const from = second.passage.document.id === passage.document.id ? '' : ` (${second.passage.document.title})`;
    paragraphs.push(`**${passageName(second.passage)}**${from} adds:`, cite(second.excerpt, second.passage));
  }
  if (further.length > 0) paragraphs.push(`Ask me about ${joinList(further)} to read on.`);
  const sources = cites ? [] : sourcesOf(second ? [passage, second.passage] : [passage]);
  return [textStep(paragraphs.join('\n\n')), ...sources];
}

/** Words of a quote. */
const fewestWords = 4;
const mostWords = 25;

/** A mark with a sentence or a line of the excerpt, one that speaks of the question if there is one; else nothing. */
function markOf(excerpt: string, {id, text}: Passage, words: AskedWords): string {
  const lines = toPlainText(excerpt).split(/(?<=[.!?])\s+|\n/u);
  const quotes = lines
    .map((line) => line.trim().split(/\s+/u).slice(0, mostWords).join(' '))
    .filter((line) => line.split(' ').length >= fewestWords && checkQuote(line, text) !== undefined);
  const quote = quotes.find((line) => countWords(line, words) > 0) ?? quotes[0];
  return quote === undefined ? '' : `\n\n[[${id}: "${quote}"]]`;
}

/** The next passage that is worth showing, if a block in it speaks of the question. */
function pickSecond([first, ...others]: readonly Found[], words: AskedWords) {
  const passage = first && others.find(({score}) => score >= worthShowing * first.score)?.passage;
  const excerpt = passage ? excerptOf(passage.text, {words, length: secondLength, begins: false}) : '';
  return passage && excerpt !== '' ? {passage, excerpt} : undefined;
}

/** The names of a few passages that fit and are not shown. */
function furtherReading([first, ...others]: readonly Found[], shown: Passage | undefined): readonly string[] {
  const least = worthNaming * (first?.score ?? Number.POSITIVE_INFINITY);
  const names = others
    .filter(({passage, score}) => passage !== shown && score >= least)
    .map(({passage}) => `**${passageName(passage)}**`);
  return [...new Set(names)].slice(0, 3);
}

/** One source for each document, with a quote from its first passage. */
export function sourcesOf(passages: readonly Passage[]): readonly SourceEvent[] {
  const sources = new Map<string, SourceEvent>();
  for (const passage of passages) {
    const {id, title, url} = passage.document;
    const quote = firstSentence(passage);
    if (sources.has(id)) continue;
    sources.set(id, {type: 'source', id, title, ...(url !== undefined && {url}), ...(quote !== '' && {quote})});
  }
  return [...sources.values()];
}

/** A passage's own heading, or else its document's title. */
export function passageName({headings, document}: Passage): string {
  return headings.at(-1) ?? document.title;
}

/** Topics to ask about: the headings of the first documents, which are about the whole. */
export function topicsOf(index: PassageIndex, count: number): readonly string[] {
  const names = index.passages.filter(({headings}) => headings.length === 1).map(passageName);
  return [...new Set(names)].slice(0, count);
}

/** A, B and C. */
export function joinList(words: readonly string[], and = 'or'): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} ${and} ${words.at(-1)}`;
}

function introduce({headings, document}: Passage): string {
  const heading = headings.at(-1);
  if (heading === undefined) return `This is how _${document.title}_ begins:`;
  const under = headings.length > 1 ? `, under ${headings[0]}` : '';
  return `_${document.title}_ has this under **${heading}**${under}:`.replace(/ under (.*), under /, ' in $1, ');
}

interface Block {
  readonly text: string;
  readonly kind: 'code' | 'table' | 'list' | 'prose';
}

interface ExcerptOptions {
  /** The question's words and their synonyms. */
  readonly words: AskedWords;
  readonly length: number;
  /** Whether the beginning is shown even if it does not speak of the question. */
  readonly begins: boolean;
}

/** The blocks that speak of the question, as many as fit, in their order. With `begins` others fill the rest. */
function excerptOf(markdown: string, {words, length, begins}: ExcerptOptions): string {
  const blocks = blocksOf(markdown);
  const shown = blocks.map((block) => unwrapBlock(block, words));
  if (begins && shown.join('\n\n').length <= length) return shown.join('\n\n');
  const order = blocks
    .map(({text}, i) => ({i, use: begins && i === 0 ? Number.POSITIVE_INFINITY : countWords(text, words)}))
    .filter(({use}) => begins || use > 0)
    .toSorted((a, b) => b.use - a.use || a.i - b.i)
    .map(({i}) => i);
  const kept = pickFitting(shown, {order, length});
  if (begins && !kept.has(0)) return truncateBlock(blocks[0], length);
  return shown.filter((_, i) => kept.has(i)).join('\n\n');
}

interface Picking {
  /** The blocks' indexes, the most useful first. */
  readonly order: readonly number[];
  /** Characters in all. */
  readonly length: number;
}

/** The indexes of the blocks that fit, taken in this order. */
function pickFitting(blocks: readonly string[], {order, length}: Picking): ReadonlySet<number> {
  const kept = new Set<number>();
  let left = length;
  const keep = (i: number): boolean => {
    const size = blocks[i]?.length ?? left + 1;
    if (kept.has(i) || size > left) return kept.has(i);
    kept.add(i);
    left -= size;
    return true;
  };
  for (const i of order) {
    // Text that ends in a colon means nothing without the block that it announces.
    if (keep(i) && blocks[i]?.endsWith(':') && !keep(i + 1)) kept.delete(i);
  }
  return kept;
}

/** Blank lines separate blocks, except in code. */
function blocksOf(markdown: string): readonly Block[] {
  const blocks: string[][] = [[]];
  let fence: string | undefined;
  for (const line of markdown.split('\n')) {
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence === undefined && line.trim() === '') blocks.push([]);
    else blocks.at(-1)?.push(line);
    if (fence === undefined) fence = mark;
    else if (mark?.startsWith(fence)) fence = undefined;
  }
  return blocks
    .map((lines) => lines.join('\n'))
    .filter((block) => block.trim() !== '')
    .map((block) => ({text: block, kind: blockKind(block)}));
}

function blockKind(block: string): Block['kind'] {
  if (/^ {0,3}(`{3}|~{3})/.test(block)) return 'code';
  if (/^\s*\|.*\n\s*\|?\s*:?-/.test(block)) return 'table';
  return /^\s*(?:[-*+]|\d+[.)])\s/.test(block) ? 'list' : 'prose';
}

/** A block without the line breaks and the padding that only make its source readable. */
function unwrapBlock({text, kind}: Block, words: AskedWords): string {
  if (kind === 'code') return text;
  if (kind === 'table') return pickRows(text.replaceAll(/ {2,}/g, ' ').replaceAll(/-{3,}/g, '---'), words);
  if (kind === 'list') return pickItems(unwrapLines(text), words);
  return unwrapLines(text);
}

/** Joins the lines of each paragraph, item and quotation into one. */
function unwrapLines(text: string): string {
  // A hard line break ends in two spaces or a backslash, and stays.
  return text.replaceAll(/(?<! {2}|\\)\n(?!\s*(?:[-*+>]|\d+[.)])\s)\s*/g, ' ');
}

/** A long table's head and the rows that speak of the question, or the first few rows if none does. */
function pickRows(table: string, words: AskedWords): string {
  const [head = '', line = '', ...rows] = table.split('\n');
  if (rows.length <= fewRows) return table;
  const fitting = rows.filter((row) => countWords(row, words) > 0);
  const shown = fitting.length > 0 ? fitting : rows;
  const note = fitting.length > 0 ? 'These rows of the table fit your question.' : 'The table goes on.';
  return [head, line, ...shown.slice(0, fewRows), '', `_${note}_`].join('\n');
}

/** The items of a long list that speak of the question, or all if none does. */
function pickItems(list: string, words: AskedWords): string {
  if (list.length <= longList) return list;
  const items = list.split(/\n(?=(?:[-*+]|\d+[.)])\s)/);
  const fitting = items.filter((item) => countWords(item, words) > 0);
  return (fitting.length > 0 ? fitting : items).join('\n');
}

/** Truncates a block that is too long by itself, after a line. Texts are shorter: the index splits them. */
function truncateBlock(block: Block | undefined, length: number): string {
  if (!block) return '';
  const lines = block.text.split('\n');
  const fence = block.kind === 'code' ? (/^\s*(`{3,}|~{3,})/.exec(block.text)?.[1] ?? '') : '';
  const kept: string[] = [];
  let left = length;
  for (const line of lines) {
    if (line.length > left && kept.length > 0) break;
    kept.push(line);
    left -= line.length;
  }
  if (kept.length < lines.length && fence !== '') kept.push(fence);
  return kept.join('\n');
}

/** A passage's first sentence without markup, to be shown in a list. */
export function firstSentence({text}: Passage): string {
  const words = blocksOf(text).find(({kind}) => kind === 'prose')?.text ?? '';
  const line = plainText(words.replaceAll(/\s+/g, ' '));
  return /^.{10,}?[.!?](?=\s|$)/u.exec(line)?.[0] ?? line;
}
