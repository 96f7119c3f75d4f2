/**
 * The name of a launcher whose chat has not been loaded, in every language at once: a closed launcher fetches nothing, and
 * its code is small. Each translation takes its own for `open`.
 */
const openWords: Readonly<Record<string, string>> = {
  en: 'Open chat',
  ar: 'محادثة',
  ja: 'チャット',
  pl: 'Czat',
  tr: 'Sohbet',
  zh: '聊天',
};

/** The name in the language of a locale such as `de-CH`; most languages have taken the word “chat”. */
export function openWordFor(locale: string): string {
  return openWords[locale.toLowerCase().split(/[-_]/)[0] ?? ''] ?? 'Chat';
}
