/**
 * Tokenizer and stemmer of the search: splits a text into words, normalizes them, drops stop words, and truncates the
 * rest to stems, so that "using" finds "use". English, with the commonest German words. Scripts without spaces are
 * split into bigrams. A wrong stem does no harm as long as question and document get the same one.
 */
import {normalizeForSearch} from '../engine/normalize-for-search.ts';
import {pairs} from './words.ts';

const spaceless = String.raw`[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]`;
/** A run of a script without spaces (the group), or a word. */
const runs = new RegExp(String.raw`(${spaceless}+)|(?:(?!${spaceless})[\p{L}\p{N}])+`, 'gu');

const stopWords = new Set(
  `a about an and any are as at be been but by can could did do does for from get had has have he her here hers him his
  how i if in into is it its just know let like make may me might mine my need no not of on or our out please shall
  she should so some tell than that the their them then there these they this those to too up us want was we were
  what when where which who whom whose why will with would yes you your yours explain describe possible work works working s t re ve ll
  aber als am auch auf aus bei bin bist da das dass dem den der des die dies doch du durch ein eine einem einen einer
  er es für fur geht gibt habe haben hat ich ihr im ist ja kann kannst konnte man mein meine meinem meinen meiner mich
  mir mit muss nach nicht noch nur oder sein sich sie sind so soll über uber um und uns unser vom von vor war warum was
  wenn wer wie wieder wird wo wurde zu zum zur`.split(/\s+/),
);

/** Short forms that people type, and other words for one thing. */
const aliases: Readonly<Record<string, string>> = {
  website: 'site',
  webseite: 'site',
  homepage: 'site',
  webpage: 'page',
  seite: 'page',
  config: 'configuration',
  docs: 'document',
  doc: 'document',
  repo: 'repository',
  auth: 'authentication',
  db: 'database',
  env: 'environment',
  eigenes: 'own',
  eigene: 'own',
  modell: 'model',
  benutze: 'use',
  benutzen: 'use',
  verwende: 'use',
  verwenden: 'use',
  nutzen: 'use',
  einbetten: 'embed',
  installieren: 'install',
  colour: 'color',
  colours: 'color',
  farbe: 'color',
  farben: 'color',
};

/** Words for nearly the same thing; one of them in a question may find another in a document. */
const synonyms: readonly (readonly string[])[] = [
  ['put', 'add', 'embed', 'install', 'integrate', 'insert', 'setup', 'einbauen'],
  ['change', 'customize', 'customise', 'adjust', 'modify', 'configure', 'configuration', 'setting', 'set', 'option'],
  ['color', 'theme', 'look', 'style', 'appearance', 'design', 'css'],
  ['widget', 'element', 'component', 'tag'],
  ['price', 'cost', 'pricing', 'billing'],
  ['delete', 'remove', 'erase'],
  ['start', 'begin', 'launch', 'run'],
  ['error', 'problem', 'failure', 'bug'],
  ['save', 'saved', 'store', 'stored', 'keep', 'kept', 'database', 'persist'],
  ['deploy', 'host', 'production'],
  ['accessible', 'accessibility', 'a11y', 'keyboard', 'blind'],
  ['safe', 'security', 'secure', 'harm'],
  ['fast', 'quick', 'speed', 'performance'],
  ['license', 'licence'],
];

/** Suffixes to remove, longest first, and how many letters must be left. */
const suffixes: readonly (readonly [suffix: string, left: number])[] = [
  ['ations', 4],
  ['ation', 4],
  ['ments', 4],
  ['ment', 4],
  ['ings', 2],
  ['ing', 2],
  ['ies', 2],
  ['ers', 4],
  ['er', 4],
  ['ed', 2],
  ['es', 2],
  ['ly', 4],
  ['en', 4],
  ['s', 3],
  ['e', 2],
  ['y', 3],
];

/** The stems of all words except stop words, in order. */
export function stemsIn(text: string): readonly string[] {
  const stems: string[] = [];
  for (const [run, withoutSpaces] of normalizeForSearch(text).matchAll(runs)) {
    if (withoutSpaces !== undefined) stems.push(...pairs(run));
    else if (!stopWords.has(run)) stems.push(stemOf(run));
  }
  return stems;
}

const synonymsByStem = new Map<string, readonly string[]>();
for (const group of synonyms) {
  const stems = [...new Set(group.map(stemOf))];
  for (const stem of stems) synonymsByStem.set(stem, stems);
}

/** Stems that may mean nearly the same, without the stem itself. */
export function synonymsOf(stem: string): readonly string[] {
  return (synonymsByStem.get(stem) ?? []).filter((synonym) => synonym !== stem);
}

function stemOf(folded: string): string {
  let stem = Object.hasOwn(aliases, folded) ? (aliases[folded] ?? folded) : folded;
  // A suffix can hide another: "settings", "used".
  for (let round = 0; round < 3; round++) {
    const found = suffixes.find(([suffix, left]) => stem.endsWith(suffix) && stem.length - suffix.length >= left);
    if (!found || stem.endsWith('ss')) break;
    stem = stem.slice(0, -found[0].length);
  }
  // "running" and "run", "stopped" and "stop".
  return /([bdfgmnprt])\1$/.test(stem) && stem.length > 3 ? stem.slice(0, -1) : stem;
}
