/** The words of a notice about an answer that failed, for the eye and for the ear. Pure. */
import type {ErrorCode} from '@chatlet/protocol';
import type {ErrorWords, Words} from '../../translations/words.ts';

/** `wait`: seconds until asking again may work, or 0. */
export function noticeWords(code: ErrorCode, {words, wait}: {words: Words; wait: number}): ErrorWords {
  // If only the words of an open chat are there, the others could not be fetched.
  const {network, [code]: {title, text} = network} = words.errors;
  return {title, text: wait > 0 ? words.sendAgainIn(wait) : text};
}

/** Whose matter the error is: a limit of the visitor's, their sign-in, or a failure of ours. */
export function kindOfNotice(code: ErrorCode): 'limit' | 'sign-in' | 'failure' {
  if (code === 'unauthenticated' || code === 'forbidden') return 'sign-in';
  return failures.has(code) ? 'failure' : 'limit';
}

const failures: ReadonlySet<ErrorCode> = new Set([
  'internal',
  'provider-error',
  'provider-unavailable',
  'provider-timeout',
  'storage-unavailable',
  'unreadable',
]);
