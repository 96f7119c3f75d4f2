/** The properties of the chat that a launcher takes and hands on to its chat. */

/** Each is also an attribute, which has the same name in kebab-case, but for the last five. */
export const properties = [
  'endpoint',
  'api',
  'historyLimit',
  'answerCache',
  'model',
  'heading',
  'subheading',
  'greeting',
  'introduction',
  'placeholder',
  'disclaimer',
  'theme',
  'history',
  'math',
  'starters',
  'credentials',
  'storage',
  'consent',
  'temporary',
  'token',
  'headers',
  'strings',
  'renderers',
  'transport',
] as const;
