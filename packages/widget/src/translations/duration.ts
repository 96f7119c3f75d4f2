/** A time to wait or that was taken, in the symbols that all our languages share. */

/** `8 s`, `12 min`, `5 h`: rounded up, so that whoever waits that long has waited enough. */
export function duration(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.ceil(minutes / 60)} h`;
}
