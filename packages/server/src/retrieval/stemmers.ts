/**
 * Takes the endings off words, by language, so that a singular finds its plural. Each stemmer is loaded when a document or a
 * question needs it. English has none here: the index stems all words by Porter's rules, also those that come from here.
 */
import {existsSync} from 'node:fs';
import {spaceWords} from './words.ts';

/** Modules of `@orama/stemmers`, by primary language subtag. */
export const stemmerModules: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ar: 'arabic',
    da: 'danish',
    de: 'german',
    es: 'spanish',
    fi: 'finnish',
    fr: 'french',
    hu: 'hungarian',
    it: 'italian',
    nb: 'norwegian',
    nl: 'dutch',
    no: 'norwegian',
    pt: 'portuguese',
    ro: 'romanian',
    ru: 'russian',
    sv: 'swedish',
    tr: 'turkish',
  }),
);

/** An installed package has the stemmers in files of their own; in the repository they are a dependency of development. */
const packed = new URL('../../stemmers/', import.meta.url);

/** A word without accents and case, as its stem. Two, if its stem with accents is another one than without. */
export type Stem = (word: string) => string;

/** A word of letters. Those with digits are names, and have no endings. */
const letters = /(?<!\p{N})[\p{L}\p{M}]+(?!\p{N})/gu;
/** Words whose stems are remembered. A book has half as many. */
const mostRemembered = 50_000;

const loading = new Map<string, Promise<Stem>>();

/** The stemmers of these languages, as far as there are any. */
export async function loadStemmers(languages: readonly string[]): Promise<ReadonlyMap<string, Stem>> {
  const loaded = languages.map(async (language) => {
    const name = stemmerModules.get(language);
    if (name === undefined) return [];
    const stem = loading.get(name) ?? load(name);
    loading.set(name, stem);
    return [[language, await stem] as const];
  });
  return new Map((await Promise.all(loaded)).flat());
}

/** The text with stems in place of its words, for `spaceWords`. */
export function stemText(text: string, stem: Stem): string {
  return text.normalize('NFC').replaceAll(letters, stem);
}

/** The words of a question, as `queryWords` gives them, with their stems in each of the languages. */
export function stemQuestion(question: string, stems: Iterable<Stem>): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, Set<string>>();
  const each = [...stems];
  for (const [word] of question.normalize('NFC').matchAll(letters)) {
    const plain = spaceWords(word);
    const known = found.get(plain) ?? new Set();
    found.set(plain, known);
    for (const stem of each) for (const one of stem(word).split(' ')) known.add(one);
  }
  return new Map(Array.from(found, ([word, own]) => [word, [...own]]));
}

async function load(name: string): Promise<Stem> {
  const file = new URL(`${name}.js`, packed);
  const module: unknown = await import(existsSync(file) ? file.href : `@orama/stemmers/${name}`);
  return remembering(readStemmer(module, name));
}

function readStemmer(module: unknown, name: string): (word: string) => unknown {
  if (typeof module === 'object' && module && 'stemmer' in module && typeof module.stemmer === 'function') {
    const {stemmer} = module;
    return (word) => stemmer(word);
  }
  throw new Error(`There is no stemmer in the module “${name}”.`);
}

function remembering(stem: (word: string) => unknown): Stem {
  const known = new Map<string, string>();
  return (word) => {
    let stems = known.get(word);
    if (stems === undefined) {
      if (known.size >= mostRemembered) known.clear();
      const plain = spaceWords(word);
      // People leave accents out of their questions, and the endings that a stemmer knows have accents.
      const both = [word.toLowerCase(), plain].map((form) => spaceWords(String(stem(form))) || plain);
      stems = [...new Set(both)].join(' ');
      known.set(word, stems);
    }
    return stems;
  };
}
