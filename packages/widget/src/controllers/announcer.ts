/**
 * Says to a screen reader what a sighted visitor sees happen: that an answer has started, then whole sentences at most once
 * a second, then how it has ended. While the visitor types it holds everything back, and says it afterwards. An answer that
 * comes faster than a voice can follow is said until it ends; the rest is counted. Knows no DOM: the host renders `spoken`
 * into a polite live region. Knows no Markdown: `answer-speech.ts` makes sentences of it.
 */
import type {ReactiveController, ReactiveControllerHost} from 'lit';
import {browserEnvironment} from '../client/environment.ts';
import type {Environment} from '../client/environment.ts';

/** Milliseconds between two announcements. */
const timeBetween = 1000;
/** Milliseconds after a key press in which the visitor counts as typing. */
const typingTime = 1200;
/** Milliseconds after which a text leaves the live region, because a visitor who browses would meet it there again. */
const stayTime = 5000;
/** Milliseconds of speech that may lie ahead of the voice, and what a usual voice needs for a character. */
const mostAhead = 5000;
const timePerCharacter = 55;
/** A rest of so many characters is said when an answer has ended; of a longer one, only what the voice can begin soon. */
const shortRest = 300;
/** Milliseconds without any news after which it is said that the answer is waited for. */
const silentTime = 1000;

/** A stretch of speech, with its language if that is not the chat's. */
export interface Spoken {
  readonly text: string;
  readonly language?: string | undefined;
}

/** `paced`: a sentence of an answer, which waits until the voice can follow. */
interface Waiting extends Spoken {
  readonly paced: boolean;
}

export class AnnouncerController implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #environment: Environment;
  #queue: Waiting[] = [];
  #spoken: readonly Spoken[] = [];
  #lastSaid = -Infinity;
  #lastTyped = -Infinity;
  /** When the voice will have said everything so far. */
  #voiceFreeAt = -Infinity;
  #timer: {due: number; cancel: () => void} | undefined;
  #cancelClearing: (() => void) | undefined;
  #cancelSilence: (() => void) | undefined;
  /** The answer that is being said, and how many of its characters have been queued. */
  answer: {readonly key: string; readonly taken: number} | undefined;
  /** The key of the answer whose end was said last. */
  ended: string | undefined;
  /** Whether the text of answers is said, and not only that they start and end. */
  saysText = true;

  constructor(host: ReactiveControllerHost, environment: Environment = browserEnvironment()) {
    this.#host = host;
    this.#environment = environment;
    host.addController(this);
  }

  hostDisconnected(): void {
    this.reset();
  }

  /** The text for the live region. */
  get spoken(): readonly Spoken[] {
    return this.#spoken;
  }

  /** Something short, such as "Copied". It does not wait for the sentences of an answer. */
  say(text: string): void {
    this.#cancelSilence?.();
    const firstSentence = this.#queue.findIndex(({paced}) => paced);
    this.#queue.splice(firstSentence === -1 ? this.#queue.length : firstSentence, 0, {text, paced: false});
    this.#plan();
  }

  /** Says this if there is nothing else to say for a second. */
  sayIfSilent(text: string): void {
    this.#cancelSilence?.();
    this.#cancelSilence = this.#environment.after(silentTime, () => this.say(text));
  }

  /** Says this in place of all that is still to be said, because an answer has started. */
  sayStart(text: string): void {
    this.#cancelSilence?.();
    this.#queue = [{text, paced: false}];
    this.#plan();
  }

  /** Sentences of the answer, which wait until the voice can follow. */
  saySentences(sentences: readonly Spoken[]): void {
    if (this.saysText) for (const sentence of sentences) this.#queue.push({...sentence, paced: true});
    this.#plan();
  }

  /** Says what is left of an answer, or with `saysMore` how much of it is left, and then how it ended. */
  sayEnd(ending: string, saysMore: (sentences: number) => string): void {
    this.#cancelSilence?.();
    const all = this.#queue;
    this.#queue = lengthOf(all) <= shortRest ? all : all.slice(0, this.#countFitting());
    const left = all.length - this.#queue.length;
    if (left > 0) this.#queue.push({text: saysMore(left), paced: false});
    this.#queue.push({text: ending, paced: false});
    this.#queue = this.#queue.map((waiting) => ({...waiting, paced: false}));
    this.#plan();
  }

  /** Holds everything back for a moment, because the visitor presses keys. */
  holdForTyping(): void {
    this.#lastTyped = this.#environment.now();
    this.#plan();
  }

  /** Drops everything that is still to be said. */
  reset(): void {
    this.#timer?.cancel();
    this.#cancelClearing?.();
    this.#cancelSilence?.();
    this.#timer = undefined;
    this.#queue = [];
    this.answer = undefined;
    this.#spoken = [];
  }

  #plan(): void {
    const [first] = this.#queue;
    if (!first) return;
    const now = this.#environment.now();
    const voice = first.paced ? this.#voiceFreeAt - mostAhead + 1 : now;
    const due = Math.max(this.#lastSaid + timeBetween, this.#lastTyped + typingTime, voice, now);
    if (this.#timer && this.#timer.due <= due) return;
    this.#timer?.cancel();
    const cancel = this.#environment.after(due - now, () => {
      this.#timer = undefined;
      if (this.#environment.now() < this.#lastTyped + typingTime) this.#plan();
      else this.#speak();
    });
    this.#timer = {due, cancel};
  }

  /** How many of the waiting texts may be said now. */
  #countFitting(): number {
    const latest = this.#environment.now() + mostAhead;
    let end = Math.max(this.#environment.now(), this.#voiceFreeAt);
    let count = 0;
    for (const {text, paced} of this.#queue) {
      if (paced && end >= latest) break;
      end += text.length * timePerCharacter;
      count++;
    }
    return count;
  }

  #speak(): void {
    const now = this.#environment.now();
    const said = this.#queue.splice(0, this.#countFitting());
    const [first, ...rest] = joinByLanguage(said);
    // A live region whose text stays the same is silent: a space that is not shown makes it another one.
    const isSame = first?.text === this.#spoken[0]?.text;
    this.#spoken = first ? [isSame ? {...first, text: `${first.text}\u00A0`} : first, ...rest] : [];
    this.#lastSaid = now;
    this.#voiceFreeAt = Math.max(now, this.#voiceFreeAt) + lengthOf(said) * timePerCharacter;
    this.#cancelClearing?.();
    this.#cancelClearing = this.#environment.after(stayTime, () => {
      this.#spoken = [];
      this.#host.requestUpdate();
    });
    this.#host.requestUpdate();
    this.#plan();
  }
}

function lengthOf(texts: readonly Spoken[]): number {
  let length = 0;
  for (const {text} of texts) length += text.length;
  return length;
}

function joinByLanguage(texts: readonly Spoken[]): readonly Spoken[] {
  const joined: Spoken[] = [];
  for (const {text, language} of texts) {
    const last = joined.at(-1);
    if (last && last.language === language) joined[joined.length - 1] = {text: `${last.text} ${text}`, language};
    else joined.push({text, language});
  }
  return joined;
}
