/** Writes how long something takes. */

type Unit = 's' | 'min' | 'h';

/**
 * `8 s`, `12 min`, `5 h`: rounded up, so that nobody comes back too early. `write` puts in other words than the unit symbols
 * that most languages share.
 */
export function duration(seconds: number, write: (count: number, unit: Unit) => string = writeSymbol): string {
  if (seconds < 120) return write(seconds, 's');
  const minutes = Math.ceil(seconds / 60);
  return minutes < 120 ? write(minutes, 'min') : write(Math.ceil(minutes / 60), 'h');
}

function writeSymbol(count: number, unit: Unit): string {
  return `${count} ${unit}`;
}
