/** Writes how long something takes, in the unit symbols that all our languages share. */

/** `8 s`, `12 min`, `5 h`: rounded up, so that nobody comes back too early. */
export function duration(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.ceil(minutes / 60)} h`;
}
