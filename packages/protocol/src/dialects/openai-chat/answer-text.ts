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
  /** Characters of the text so far, without reasoning. */
  readonly length: () => number;
}

export function answerText(): AnswerText {
  const tags = thinkTags();
  let highSurrogate = '';
  let length = 0;

  /** Counts the text in the new events. */
  const count = (out: readonly ChatEvent[], from: number): void => {
    for (let index = from; index < out.length; index += 1) {
      const event = out[index];
      if (event?.type === 'text-delta') length += event.delta.length;
      else if (event?.type === 'text-reset') length = 0;
    }
  };

  const pushHalf = (out: ChatEvent[]): void => {
    const rest = highSurrogate;
    highSurrogate = '';
    if (rest === '') return;
    const from = out.length;
    tags.push(rest, out);
    count(out, from);
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
      const from = out.length;
      tags.push(text, out);
      count(out, from);
    },
    think(delta, out) {
      pushHalf(out);
      const from = out.length;
      tags.interrupt(out);
      count(out, from);
      out.push({type: 'reasoning-delta', delta});
    },
    flush(out) {
      pushHalf(out);
      const from = out.length;
      tags.flush(out);
      count(out, from);
    },
    length: () => length,
  };
}
