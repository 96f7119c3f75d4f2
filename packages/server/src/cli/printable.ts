/** Words of strangers on one line of a terminal, without the control characters that could change what it shows. */
export function toPrintable(text: string): string {
  return text.replaceAll(/[\s\p{C}]+/gu, ' ').trim();
}
