/** Guesses the language of a text by its letters, for the voice of a screen reader and the fonts. Pure. */

interface Script {
  readonly letters: RegExp;
  /** The language that most texts with these letters are in. */
  readonly language: string;
  /** The other languages that are written with them. */
  readonly others: string;
  /** The share of them among all letters from which they tell. */
  readonly share?: number;
}

/** Some texts hold a rare letter of another language, so a language that shares its letters needs more than a few. */
const usualShare = 0.4;
const scripts: readonly Script[] = [
  {letters: /[\u3040-\u30ff]/g, language: 'ja', others: '', share: 0.1},
  {letters: /[\u1100-\u11ff\uac00-\ud7af]/g, language: 'ko', others: ''},
  {letters: /[\u3400-\u9fff]/g, language: 'zh', others: 'ja ko yue'},
  {letters: /[پچژگ]/g, language: 'fa', others: 'ur ps ku ckb sd ug', share: 0.01},
  {letters: /[\u0600-\u06ff\u0750-\u077f]/g, language: 'ar', others: 'fa ur ps ku ckb sd ug'},
  {letters: /[\u0590-\u05ff]/g, language: 'he', others: 'yi'},
  {letters: /[іїєґ]/gi, language: 'uk', others: 'be rue', share: 0.01},
  {letters: /[\u0400-\u04ff]/g, language: 'ru', others: 'uk be bg sr mk kk ky mn tg rue'},
  {letters: /[\u0370-\u03ff]/g, language: 'el', others: ''},
  {letters: /[\u0900-\u097f]/g, language: 'hi', others: 'mr ne sa'},
  {letters: /[\u0e00-\u0e7f]/g, language: 'th', others: ''},
];

const beyondLatin = /[\u0370-\u1fff\u3040-\ud7af]/;
const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;
/** So many characters are enough. */
const sample = 400;

/**
 * The language of a text in letters of its own. Undefined if the text is in Latin letters, which many languages share, or
 * if the language around it, `around`, has the same letters.
 */
export function guessLanguage(text: string, around: string): string | undefined {
  const start = text.slice(0, sample);
  if (!beyondLatin.test(start)) return undefined;
  const all = start.match(/\p{L}/gu)?.length ?? 0;
  const outer = around.toLowerCase().split('-')[0] ?? '';
  for (const {letters, language, others, share = usualShare} of scripts) {
    if ((start.match(letters)?.length ?? 0) / all < share) continue;
    return language === outer || others.split(' ').includes(outer) ? undefined : language;
  }
  return undefined;
}

/** The direction of a text by its first letter, also for the tables and lists in it. */
export function guessDirection(text: string): 'ltr' | 'rtl' {
  const [first = ''] = /\p{L}/u.exec(text.slice(0, sample)) ?? [];
  return rightToLeft.test(first) ? 'rtl' : 'ltr';
}
