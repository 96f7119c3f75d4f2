/** Text without case, accents and the differences between ways to write one letter: what searches compare. */

/** Combining accents, and NUL, which not every database can keep. */
const ignored = /[\u0300-\u036f\0]/gu;

/** What has nothing to fold but its case, as most of what is written in English and in code. */
const plain = /^[\t\n\r -~]*$/;

/**
 * A long text is folded in pieces: every step makes another copy of what it is given. So short that the copies are no
 * large objects to Node, which would stay in memory longer.
 */
const pieceLength = 16 * 1024;

export function normalizeForSearch(text: string): string {
  if (plain.test(text)) return text.toLowerCase();
  if (text.length <= pieceLength) return normalizePiece(text);
  const pieces: string[] = [];
  for (let from = 0; from < text.length;) {
    // Cut before a space where there is one: what stands on both sides of it folds for itself.
    const space = text.lastIndexOf(' ', from + pieceLength);
    const end = space > from ? space : wholeCharacters(text, from + pieceLength);
    pieces.push(normalizePiece(text.slice(from, end)));
    from = end;
  }
  return pieces.join('');
}

/** This place, or the one before where it is in the middle of a character. */
function wholeCharacters(text: string, place: number): number {
  return /[\uD800-\uDBFF]/.test(text.charAt(place - 1)) ? place - 1 : place;
}

function normalizePiece(text: string): string {
  return text
    .toWellFormed()
    .normalize('NFKD')
    .toLowerCase()
    .replace(ignored, '')
    .replaceAll('ß', 'ss')
    .normalize('NFC');
}
