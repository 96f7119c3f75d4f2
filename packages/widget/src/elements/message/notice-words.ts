/** The words of a notice about an answer that failed, for the eye and for the ear. Pure. */
import type {ErrorCode} from '@chatlet/protocol';
import type {ErrorWords, Words} from '../../translations/words.ts';

/** `wait`: seconds until asking again may work, or 0. */
export function noticeWords(code: ErrorCode, {words, wait}: {words: Words; wait: number}): ErrorWords {
  const {title, text} = words.errors[code];
  return {title, text: wait > 0 ? words.sendAgainIn(wait) : text};
}
