/** Normalizes text for search: without case, accents, and different encodings of the same letter. */

/** Combining accents, and NUL, which not every database can store. */
const ignored = /[\u0300-\u036f\0]/gu;

/** Text that needs only lower case, like most English and most code. */
const plain = /^[\t\n\r -~]*$/;

/**
 * Characters of the pieces of a long text. Each step of the normalization copies its input, and with short pieces no copy
 * is a large object for V8, which would stay in memory longer.
 */
const pieceLength = 16 * 1024;

export function normalizeForSearch(text: string): string {
  if (plain.test(text)) return text.toLowerCase();
  if (text.length <= pieceLength) return normalizePiece(text);
  const pieces: string[] = [];
  for (let from = 0; from < text.length;) {
    // Cut before a space if there is one: the texts before and after it do not change each other.
    const space = text.lastIndexOf(' ', from + pieceLength);
    const end = space > from ? space : alignToCharacter(text, from + pieceLength);
    pieces.push(normalizePiece(text.slice(from, end)));
    from = end;
  }
  return pieces.join('');
}

/** This index, or the index before it if it splits a character. */
function alignToCharacter(text: string, place: number): number {
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
