/**
 * Full-text search: finds the passages that fit a question by BM25 over their words. A word in a heading counts more
 * than in the text, and a passage with all words of the question more than one that repeats one of them. Pure and
 * deterministic; knows no file and no store.
 */
import type {Passage} from '../engine/retriever.ts';
import {stemsIn, synonymsOf} from './stemmer.ts';

export interface Found {
  readonly passage: Passage;
  /** Comparable only with scores of the same search. */
  readonly score: number;
}

export interface PassageIndex {
  /** All passages, in the order in which they were given. */
  readonly passages: readonly Passage[];
  /** The passages that fit, best first; none if they have too few of the question's words. */
  search(question: string, options: {readonly limit: number}): readonly Found[];
}

/** How much a word counts in a heading and in a title; in the text it counts 1. */
const inHeading = 4;
const inTitle = 1;
/** Parameters of BM25 (k1 and b): how soon repeated words stop to count, and how much long passages are penalised. */
const saturation = 1.2;
const lengthPenalty = 0.4;
/** A passage fits if it has at least this part of the question's weight. */
const leastCover = 0.45;
/** How much a word counts with nearly the spelling of the one asked for, if no document has that one. */
const nearlyTheSame = 0.6;
/** How much a synonym counts. */
const related = 0.55;

/** A word of the question: the words to look for, each with its weight. */
interface Term {
  readonly words: readonly (readonly [word: string, weight: number])[];
  readonly rarity: number;
}

interface Entry {
  readonly passage: Passage;
  readonly counts: ReadonlyMap<string, number>;
  readonly headingWords: readonly string[];
  readonly length: number;
  readonly trust: number;
}

export function passageIndex(passages: readonly Passage[]): PassageIndex {
  const entries = passages.map(entryOf);
  const meanLength = entries.reduce((sum, {length}) => sum + length, 0) / (entries.length || 1);
  const unknownRarity = Math.log(1 + entries.length / 2);
  const documentsWith = new Map<string, number>();
  for (const {counts} of entries) {
    for (const word of counts.keys()) documentsWith.set(word, (documentsWith.get(word) ?? 0) + 1);
  }

  function rarity(word: string): number {
    const having = documentsWith.get(word) ?? 0;
    return Math.log(1 + (entries.length - having + 0.5) / (having + 0.5));
  }

  function termOf(word: string): Term {
    const known = documentsWith.has(word);
    const near = known ? [] : [...documentsWith.keys()].filter((other) => isNear(word, other));
    const meant = synonymsOf(word).filter((synonym) => documentsWith.has(synonym));
    const words: [string, number][] = [
      ...(known ? [[word, 1] satisfies [string, number]] : []),
      ...near.map((other): [string, number] => [other, nearlyTheSame]),
      ...meant.map((other): [string, number] => [other, related]),
    ];
    // A word that is in no document must not count as the rarest: it only shows that the question is about more.
    return {words, rarity: words.length > 0 ? Math.max(...words.map(([other]) => rarity(other))) : unknownRarity};
  }

  return {
    passages,
    search(question, {limit}) {
      const asked = [...new Set(stemsIn(question))];
      if (asked.length === 0) return [];
      const terms = asked.map(termOf);
      const all = terms.reduce((sum, term) => sum + term.rarity, 0);
      const found: Found[] = [];
      for (const entry of entries) {
        let score = 0;
        let covered = 0;
        const length = 1 - lengthPenalty + (lengthPenalty * entry.length) / meanLength;
        for (const term of terms) {
          const [gain, weight] = gainOf(term, entry, length);
          score += term.rarity * gain;
          covered += term.rarity * weight;
        }
        const cover = covered / all;
        if (cover < leastCover) continue;
        score *= (0.4 + 0.6 * cover) * entry.trust * (1 + 0.5 * sameAsHeading(asked, entry));
        found.push({passage: entry.passage, score});
      }
      // The sort is stable: equal scores keep the order of the documents.
      return found.sort((a, b) => b.score - a.score).slice(0, limit);
    },
  };
}

function entryOf(passage: Passage): Entry {
  const body = stemsIn(passage.text);
  const titleWords = stemsIn(passage.document.title);
  // Text before the first heading is about the title.
  const headingWords = passage.headings.length === 0 ? titleWords : stemsIn(passage.headings.join(' '));
  const counts = new Map<string, number>();
  const add = (words: readonly string[], weight: number) => {
    for (const word of words) counts.set(word, (counts.get(word) ?? 0) + weight);
  };
  add(body, 1);
  add(headingWords, inHeading);
  add(titleWords, inTitle);
  // Documents at the top of a folder are about the whole, those deep in it about a detail.
  const depth = passage.document.id.split('/').length - 1;
  return {passage, counts, headingWords, length: body.length + headingWords.length, trust: 0.94 ** Math.min(depth, 5)};
}

/** The part of the heading that is in the question: 1 for all of it. */
function sameAsHeading(asked: readonly string[], {headingWords}: Entry): number {
  if (headingWords.length === 0) return 0;
  return headingWords.filter((word) => asked.includes(word)).length / headingWords.length;
}

/** A term's score in this passage, all its words counted together, and the weight of its best word there. */
function gainOf({words}: Term, {counts}: Entry, length: number): readonly [gain: number, weight: number] {
  let count = 0;
  let best = 0;
  for (const [word, weight] of words) {
    const times = counts.get(word) ?? 0;
    count += weight * times;
    if (times > 0) best = Math.max(best, weight);
  }
  return [(count * (saturation + 1)) / (count + saturation * length), best];
}

/** Whether two words share a long beginning or differ by one letter. */
function isNear(one: string, other: string): boolean {
  const [short, long] = one.length <= other.length ? [one, other] : [other, one];
  if (short.length >= 4 && long.startsWith(short) && long.length - short.length <= 5) return true;
  if (short.length < 5 || long.length - short.length > 1) return false;
  let start = 0;
  while (start < short.length && short[start] === long[start]) start++;
  const rest = short.length === long.length ? short.slice(start + 1) : short.slice(start);
  return rest === long.slice(start + 1);
}
