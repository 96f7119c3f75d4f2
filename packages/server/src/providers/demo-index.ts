/**
 * The documents of the demo model, a folder of the operator or those of this project, in an index in memory: the index that
 * answers of all models are based on. Of what it finds, the passages are chosen that have enough words of the question.
 */
import type {Passage} from '../engine/retriever.ts';
import {chunkDocument} from '../retrieval/extract/chunked-document.ts';
import {sqliteIndex} from '../retrieval/index/sqlite.ts';
import {type ReadDocument, readOwnDocuments} from '../retrieval/own-documents.ts';
import {readFolder} from '../retrieval/sources/folder.ts';
import {hasSqlite} from '../stores/sqlite/runtime.ts';
import {type AskedWords, askedWords, countWords, hasWords} from './demo-words.ts';

export interface Found {
  readonly passage: Passage;
  /** Comparable only with scores of the same search. */
  readonly score: number;
}

export interface PassageIndex {
  /** All passages, in the order in which they were given. */
  readonly passages: readonly Passage[];
  /** Whether questions are answered from other documents, and these only fill examples. */
  readonly areExamples?: boolean;
  /** The passages that fit, best first; none if they have too few of the question's words. */
  search(question: string, options: {readonly limit: number}): Promise<readonly Found[]>;
}

/** Passages that the index finds, of which those are chosen that fit. */
const mostFound = 400;
/** A passage fits if it has at least this part of the question's words. */
const leastCover = 0.5;
const source = 'demo';

/** A section up to so many characters is one passage with its subsections; else each of those is its own. */
const wholeSection = 1_500;

/** @throws if the folder cannot be read */
export async function indexDocuments(folder: string | undefined): Promise<PassageIndex> {
  const read = folder === undefined ? await readOwnDocuments() : await readDocuments(folder);
  if (!hasSqlite) return indexPassages(read.flatMap(joinChunks).map(({passage}) => passage));
  const index = sqliteIndex({path: ':memory:'});
  await index.setSource({id: source, target: source, readers: 'everybody'});
  await index.put(read.map(({document, chunks}) => ({document: {...document, source}, chunks})));
  const sections = read.flatMap(joinChunks);
  const byChunk = new Map(sections.flatMap(({passage, chunks}) => chunks.map((chunk) => [chunk, passage])));
  return {
    passages: sections.map(({passage}) => passage),
    async search(question, {limit}) {
      const words = askedWords(question);
      const found = await index.search(words.query, {sources: [source], limit: mostFound});
      const passages = new Set(found.flatMap(({id}) => byChunk.get(id) ?? []));
      return choosePassages([...passages], words).slice(0, limit);
    },
  };
}

/** Passages that somebody has found already. */
export function indexPassages(passages: readonly Passage[]): PassageIndex {
  return {
    passages,
    search: async (question, {limit}) => choosePassages(passages, askedWords(question)).slice(0, limit),
  };
}

/** Those at the top of the folder first, a README before its neighbours, then by name. */
async function readDocuments(folder: string): Promise<readonly ReadDocument[]> {
  const {signal} = new AbortController();
  const reading = {source, target: folder, known: new Map(), read: chunkDocument, readers: 1, signal};
  const read: ReadDocument[] = [];
  for await (const finding of readFolder(reading)) {
    if (finding.type !== 'read') continue;
    const id = finding.document.id.slice(source.length + 1);
    read.push({document: {...finding.document, id}, chunks: finding.chunks});
  }
  return read.toSorted((one, other) => (sortKeyOf(one.document.id) < sortKeyOf(other.document.id) ? -1 : 1));
}

function sortKeyOf(path: string): string {
  const depth = path.split('/').length;
  const first = /(^|\/)(readme|index)\.[^/]*$/i.test(path) ? 0 : 1;
  return `${String(depth).padStart(3, '0')} ${path.slice(0, path.lastIndexOf('/') + 1)} ${first} ${path}`;
}

interface Section {
  readonly passage: Passage;
  /** The ids of its chunks. */
  readonly chunks: readonly string[];
}

function joinChunks({document, chunks}: ReadDocument): readonly Section[] {
  const numbered = chunks.map((chunk, n) => ({...chunk, id: `${document.id}#${n}`}));
  return groupBy(numbered, ({headings}) => headings[0] ?? '').flatMap((whole) => {
    const isSmall = whole.reduce((length, {text}) => length + text.length, 0) <= wholeSection;
    const groups = isSmall ? [whole] : groupBy(whole, ({headings}) => headings.join('\n'));
    return groups.map((group): Section => {
      const [first] = group;
      const headings = (isSmall ? first?.headings.slice(0, 1) : first?.headings) ?? [];
      let above = headings;
      const texts = group.map((chunk) => {
        const isNew = chunk.headings.join('\n') !== above.join('\n');
        above = chunk.headings;
        return isNew ? `**${chunk.headings.at(-1)}**\n\n${chunk.text}` : chunk.text;
      });
      const {id, title, url} = document;
      const passage = {
        id: first?.id ?? id,
        document: {id, title, ...(url !== undefined && {url})},
        headings,
        text: texts.join('\n\n'),
        ...(first?.anchor !== undefined && {anchor: first.anchor}),
      };
      return {passage, chunks: group.map((chunk) => chunk.id)};
    });
  });
}

/** Items in a row with the same key. */
function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): readonly (readonly Item[])[] {
  const groups: Item[][] = [];
  let last: string | undefined;
  for (const item of items) {
    const key = keyOf(item);
    if (key === last) groups.at(-1)?.push(item);
    else groups.push([item]);
    last = key;
  }
  return groups;
}

/** How much a word of the question counts that no passage has: it only shows that the question is about more. */
const unknownWord = 0.5;

/** Those with enough words of the question, best first: all of its words and words in a heading count most. */
function choosePassages(passages: readonly Passage[], words: AskedWords): readonly Found[] {
  const asked = words.groups.length;
  if (asked === 0) return [];
  const counted = passages.map((passage, place) => {
    const {document, headings, text} = passage;
    // Text before the first heading is about the title.
    const heading = headings.length === 0 ? document.title : headings.join(' ');
    const has = hasWords([document.title, heading, text].join(' '), words);
    const named = countWords(heading, words);
    const ofHeading = Math.min(1, named / Math.max(1, askedWords(heading).groups.length));
    return {passage, has, emphasis: (1 + named / asked + ofHeading) * (1 - place / (2 * passages.length))};
  });
  const weights = words.groups.map((_, word) => (counted.some(({has}) => has[word]) ? 1 : unknownWord));
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  return counted
    .map(({passage, has, emphasis}) => {
      const cover = weights.reduce((sum, weight, word) => (has[word] ? sum + weight : sum), 0) / all;
      return {passage, cover, score: cover * emphasis};
    })
    .filter(({cover}) => cover >= leastCover)
    .toSorted((one, other) => other.score - one.score);
}
