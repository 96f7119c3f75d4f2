/** The storage in which a tab remembers the state of a launcher over the pages of a site. */

/** Launchers of which nothing is kept on the device or in the tab. */
export const doesNotKeep = '[storage=none],[temporary],[consent=required]';

/**
 * What is remembered, as words: whether the panel is open, an answer is being written, one is unread. With `words` that is
 * replaced. Empty if the page allows no storage, or the browser denies it: that throws.
 */
export function recall(launcher: HTMLElement, words?: string): string {
  const key = `chatlet:launcher:${launcher.id}`;
  try {
    if (launcher.matches(doesNotKeep)) return '';
    if (words !== undefined) sessionStorage.setItem(key, words);
    return sessionStorage.getItem(key) ?? '';
  } catch {
    return '';
  }
}
