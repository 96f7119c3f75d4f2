/** Says an answer through the announcer as it grows, sentence by sentence, each in its language. */
import {guessLanguage} from '../translations/guess-language.ts';
import type {Words} from '../translations/words.ts';
import type {AnnouncerController} from './announcer.ts';
import {toSpeech} from './speech.ts';

export interface SpokenAnswer {
  readonly key: string;
  /** The text as far as it has come. */
  readonly markdown: string;
  readonly words: Words;
}

/** Says the sentences that are new. The first call for a key says that an answer has started. */
export function sayAnswer(answer: SpokenAnswer, announcer: AnnouncerController): void {
  const {key, words} = answer;
  if (announcer.answer?.key !== key) {
    announcer.answer = {key, taken: 0};
    announcer.ended = undefined;
    announcer.sayStart(words.saysStarted);
  }
  saySentences(answer, {announcer, complete: false});
}

/** Says the rest of an answer that has ended, or how much of it is left, and how it ended. Does so once. */
export function sayAnswerEnd(
  answer: SpokenAnswer,
  {announcer, ending}: {announcer: AnnouncerController; ending: string},
): void {
  if (announcer.ended === answer.key) return;
  announcer.ended = answer.key;
  saySentences(answer, {announcer, complete: true});
  announcer.answer = undefined;
  announcer.sayEnd(ending, answer.words.saysMore);
}

function saySentences(
  {key, markdown, words}: SpokenAnswer,
  {announcer, complete}: {announcer: AnnouncerController; complete: boolean},
): void {
  // An answer that was saved under another key goes on where the shown one was.
  const {taken: from} = announcer.answer ?? {taken: 0};
  const {sentences, end} = toSpeech(markdown, {from, complete, code: words.saysCode});
  announcer.answer = {key: announcer.answer?.key ?? key, taken: end};
  announcer.saySentences(sentences.map((text) => ({text, language: guessLanguage(text, words.language)})));
}
