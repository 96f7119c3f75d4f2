/**
 * The registry of languages (i18n): which translation a locale gets. The English words of an open chat are there from the
 * start, those of usual answers come with the code for answers, and the others with the code that shows them; each other language is
 * a chunk that is loaded when an element first wants it. Knows no element.
 *
 * To add a language, write a file like de.ts and add a row to `loaders`.
 */
import {openEnglish} from './open-english.ts';
import type {Words} from './words.ts';

const loaders: ReadonlyMap<string, () => Promise<Words>> = new Map([
  ['ar', async () => (await import('./ar.ts')).ar],
  ['de', async () => (await import('./de.ts')).de],
  ['es', async () => (await import('./es.ts')).es],
  ['fr', async () => (await import('./fr.ts')).fr],
  ['it', async () => (await import('./it.ts')).it],
  ['ja', async () => (await import('./ja.ts')).ja],
  ['nl', async () => (await import('./nl.ts')).nl],
  ['pl', async () => (await import('./pl.ts')).pl],
  ['pt', async () => (await import('./pt.ts')).pt],
  ['tr', async () => (await import('./tr.ts')).tr],
  ['zh', async () => (await import('./zh.ts')).zh],
]);

/** Code that shows a word completes English before, so nobody sees that one is missing. */
let english = openEnglish as unknown as Words;
const translations = new Map([['en', english]]);
const listeners = new Set<() => void>();

/** The languages that come with the chat. */
export const languages: readonly string[] = ['en', ...loaders.keys()];

/** Adds a language, or replaces one. Elements that are already on the page show it too. */
export function addTranslation(words: Words): void {
  translations.set(words.language.toLowerCase(), words);
  for (const listener of listeners) listener();
}

/** Adds words that English lacks until they are needed: the new English has those before, too. */
export function completeEnglish(more: Partial<Words>): void {
  if (Object.keys(more).length <= Object.keys(english).length) return;
  // A page may have added an English of its own.
  const isOurs = translations.get('en') === english;
  english = more as Words;
  if (isOurs) addTranslation(english);
}

/** Fetches the English words that usual answers do without. Rejects if they cannot be fetched. */
export async function loadEnglish(): Promise<void> {
  completeEnglish((await import('./en.ts')).en);
}

/** Whether these are the English words of an open chat alone. */
export function isOpenEnglish(words: Words): boolean {
  return Object.is(words, openEnglish);
}

/** Whether English words are missing here that the page has not fetched yet. The page's own may replace some of the others. */
export function isIncomplete(words: Words): boolean {
  return !('announceText' in words);
}

/** Calls `listener` whenever a translation was added or loaded. Returns a function that unsubscribes. */
export function subscribeToTranslations(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The words for the locale `de-CH` or else for `de`, as far as they are loaded, or else in English. */
export function wordsFor(locale: string): Words {
  return (
    candidates(locale)
      .map((tag) => translations.get(tag))
      .find(Boolean) ?? english
  );
}

const rightToLeft = /^(?:ar|ckb|dv|fa|he|ks|ps|sd|ug|ur|yi)\b/i;

/** The direction of text in a language. */
export function directionOf(language: string): 'ltr' | 'rtl' {
  return rightToLeft.test(language) ? 'rtl' : 'ltr';
}

/** Loads the translation for a locale if the chat has one that is not loaded yet. */
export async function loadTranslation(locale: string): Promise<void> {
  const language = candidates(locale).find((tag) => translations.has(tag) || loaders.has(tag)) ?? 'en';
  if (translations.has(language)) return;
  try {
    const words = await loaders.get(language)?.();
    // A page may have added a translation of its own in the meantime.
    if (words && !translations.has(language)) addTranslation(words);
  } catch {
    // The chunk could not be fetched: the chat stays in English.
  }
}

/** `de-CH` → `de-ch`, `de`. */
function candidates(locale: string): readonly string[] {
  const tag = locale.toLowerCase().replaceAll('_', '-');
  return [tag, tag.split('-')[0] ?? ''];
}
