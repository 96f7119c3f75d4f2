/**
 * Estimates the tokens of a text while it grows, up to a limit. A model's own limit counts thoughts too, so visible text
 * is measured here. Cheap enough for every piece: it looks at each character once, and loads no tokenizer.
 */

export interface TokenMeter {
  /** Counts the next piece of the text, and returns how many of its UTF-16 units are within the limit. */
  fit(piece: string): number;
}

/** Letters of a word that are one token; common words are one token of any length. */
const lettersOfToken = 6;

/** An estimate within some percent for prose: a word is one token, a long word some, other scripts more. */
export function createTokenMeter(limit: number): TokenMeter {
  let tokens = 0;
  let letters = 0;
  return {
    fit(piece) {
      for (let index = 0; index < piece.length; index++) {
        tokens += weightOf(piece.charCodeAt(index));
        if (tokens > limit + roundingError) return index;
      }
      return piece.length;
    },
  };

  function weightOf(code: number): number {
    const isWord = isLetter(code) || (code > 0x7f && code < ideographs);
    letters = isWord ? letters + 1 : 0;
    if (letters === 1 || code >= ideographs) return 1;
    if (isWord) return code >= otherAlphabets ? 1 / 3 : letters > lettersOfToken ? 1 / lettersOfToken : 0;
    return code === space ? 0 : isDigit(code) ? 1 / 3 : 1 / 2;
  }
}

const roundingError = 1e-6;
const space = 32;
/** Greek, Cyrillic, Arabic and others: their words have more tokens. */
const otherAlphabets = 0x370;
/** Chinese, Japanese, Korean, emoji: about a token each. */
const ideographs = 0x2e80;

function isLetter(code: number): boolean {
  return (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}
