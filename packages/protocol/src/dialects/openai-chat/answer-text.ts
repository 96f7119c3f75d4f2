/** The text of an answer: keeps characters whole, and separates reasoning in tags from text. */
import type {ChatEvent} from '../../event.ts';
import {thinkTags} from '../think-tags.ts';

export interface AnswerText {
  /** Adds a piece of text, possibly empty. */
  readonly say: (delta: string, out: ChatEvent[]) => void;
  /** Adds a thought that came in a field of its own, so without tags. Not empty. */
  readonly think: (delta: string, out: ChatEvent[]) => void;
  /** Appends the text that was held back: it will not become a tag or a whole character. */
  readonly flush: (out: ChatEvent[]) => void;
}

export function answerText(): AnswerText {
  const tags = thinkTags();
  let highSurrogate = '';

  const pushHalf = (out: ChatEvent[]): void => {
    const rest = highSurrogate;
    highSurrogate = '';
    if (rest !== '') tags.push(rest, out);
  };

  return {
    say(delta, out) {
      if (delta === '') return;
      let text = delta;
      if (highSurrogate !== '') {
        text = highSurrogate + delta;
        highSurrogate = '';
      }
      // The first half of a surrogate pair waits for the other half, so that no reader sees a broken character.
      if ((text.charCodeAt(text.length - 1) & 0xfc00) === 0xd800) {
        highSurrogate = text.slice(-1);
        text = text.slice(0, -1);
      }
      tags.push(text, out);
    },
    think(delta, out) {
      pushHalf(out);
      tags.interrupt(out);
      out.push({type: 'reasoning-delta', delta});
    },
    flush(out) {
      pushHalf(out);
      tags.flush(out);
    },
  };
}
