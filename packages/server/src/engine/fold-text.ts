/** Text without case, accents and the differences between ways to write one letter: what searches compare. */

/** Combining accents, and NUL, which not every database can keep. */
const ignored = /[\u0300-\u036f\0]/gu;

export function foldText(text: string): string {
  return text
    .toWellFormed()
    .normalize('NFKD')
    .toLowerCase()
    .replace(ignored, '')
    .replaceAll('ß', 'ss')
    .normalize('NFC');
}
