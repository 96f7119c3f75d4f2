/** Puts words of the page and of its server in place of a translation's (i18n). */
import {isObject} from '@chatlet/protocol';
import {isIncomplete, isOpenEnglish, loadEnglish} from './index.ts';
import type {OwnWords, Words} from './words.ts';

/** The words that a server sends, unless the page has its own. */
export interface ServerWords {
  readonly heading?: string;
  readonly greeting?: string;
  readonly introduction?: string;
  readonly placeholder?: string;
  readonly aiNotice?: string;
  readonly strings?: object;
}

const warnings = new Set<string>();

/** The page's words win over the server's, and those over the translation's. */
export function replaceWords(translation: Words, server: ServerWords = {}, page: OwnWords = {}): Words {
  const {strings = {}, heading, greeting, introduction, placeholder, aiNotice} = server;
  const warn = warningFor(translation);
  const ofServer = replaceGroup(translation, strings, warn);
  return replaceGroup(
    replaceGroup(ofServer, {heading, greeting, introduction, placeholder, aiNotice}, warn),
    page,
    warn,
  );
}

/** Words that English still lacks are replaced when they are there. An answer's are on their way; all others are fetched now. */
function warningFor(translation: Words): typeof warnOnce {
  if (isOpenEnglish(translation)) return () => {};
  return isIncomplete(translation) ? () => void loadEnglish().catch(() => {}) : warnOnce;
}

/** Leaves out what is no word of the chat, and says so once: it may come from a newer version, or be a slip of the pen. */
function replaceGroup<Group extends object>(words: Group, own: object, warn: typeof warnOnce): Group {
  const replaced = {...words};
  for (const [name, value] of Object.entries(own)) {
    if (value === undefined || value === null) continue;
    const before: unknown = Object.hasOwn(words, name) ? Reflect.get(words, name) : undefined;
    if (typeof value !== typeof before) warn(`Chatlet: "${name}" is no word of the chat, or of another kind.`);
    else if (name !== 'aiNotice' || saysSomething(value)) {
      Reflect.set(replaced, name, isObject(before) && isObject(value) ? replaceGroup(before, value, warn) : value);
    }
  }
  return replaced;
}

/** Whether an AI notice has words. One that is emptied by accident is not taken, because the law asks for it. */
export function saysSomething(notice: unknown): notice is string {
  if (typeof notice !== 'string') return false;
  if (notice.trim() !== '') return true;
  warnOnce('Chatlet: an empty AI notice is not taken. Write "off" if visitors are told in another way.');
  return false;
}

function warnOnce(message: string): void {
  if (warnings.has(message)) return;
  warnings.add(message);
  console.warn(message);
}
