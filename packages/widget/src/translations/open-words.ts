/**
 * The name of a launcher whose chat has not been loaded, in every language at once: a closed launcher fetches nothing.
 * Each translation takes its own.
 */
export const openWords = {
  en: 'Open chat',
  de: 'Chat öffnen',
} as const;

/** The name for the locale `de-CH` or else for `de`, or else in English. */
export function openWordFor(locale: string): string {
  const words: Readonly<Record<string, string>> = openWords;
  return words[locale.toLowerCase()] ?? words[locale.slice(0, 2)] ?? openWords.en;
}
