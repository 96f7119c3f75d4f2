/**
 * Says an answer to a screen reader as it grows: that it has started, then whole sentences at most once a second, then
 * that it is finished. Nothing while the visitor types; what was held back is said afterwards. Knows no DOM: the host
 * renders `text` into a polite live region.
 */
import type {ReactiveController, ReactiveControllerHost} from 'lit';
import {browserEnvironment} from '../client/environment.ts';
import type {Environment} from '../client/environment.ts';
import type {Words} from '../translations/words.ts';
import {toSpeech} from './speech.ts';

const timeBetween = 1000;
/** How long after a key press the visitor counts as typing. */
const typingTime = 1200;

export interface SpokenAnswer {
  readonly key: string;
  /** The text as far as it has come. */
  readonly markdown: string;
  readonly words: Words;
}

export class AnnouncerController implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #environment: Environment;
  #queue: string[] = [];
  #text = '';
  #lastSaid = -Infinity;
  #lastTyped = -Infinity;
  #cancel: (() => void) | undefined;
  /** The answer that is being said, and how much of it has been taken from. */
  #answer: {key: string; taken: number} | undefined;

  constructor(host: ReactiveControllerHost, environment: Environment = browserEnvironment()) {
    this.#host = host;
    this.#environment = environment;
    host.addController(this);
  }

  hostDisconnected(): void {
    this.reset();
  }

  /** What the live region holds. */
  get text(): string {
    return this.#text;
  }

  /** Something short, such as "Copied". */
  say(text: string): void {
    this.#queue.push(text);
    this.#plan();
  }

  /** The answer as far as it has come. The first call for a key says that an answer has started. */
  sayAnswer({key, markdown, words}: SpokenAnswer): void {
    if (this.#answer?.key !== key) {
      this.#answer = {key, taken: 0};
      this.#queue = [words.saysStarted];
    }
    const {speech, end} = toSpeech(markdown, {from: this.#answer.taken, complete: false, code: words.saysCode});
    this.#answer.taken = end;
    if (speech !== '') this.#queue.push(speech);
    this.#plan();
  }

  /** The answer is over: what is left of it, and how it ended. */
  sayEnd({key, markdown, words}: SpokenAnswer, ending: string): void {
    if (this.#answer?.key !== key) return;
    const {speech} = toSpeech(markdown, {from: this.#answer.taken, complete: true, code: words.saysCode});
    this.#answer = undefined;
    if (speech !== '') this.#queue.push(speech);
    this.#queue.push(ending);
    this.#plan();
  }

  /** The visitor presses keys: hold back. */
  holdForTyping(): void {
    this.#lastTyped = this.#environment.now();
    if (this.#queue.length > 0) this.#plan();
  }

  /** Says no more of what was to be said. */
  reset(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#queue = [];
    this.#answer = undefined;
    this.#text = '';
  }

  #plan(): void {
    if (this.#queue.length === 0 || this.#cancel) return;
    const now = this.#environment.now();
    const due = Math.max(this.#lastSaid + timeBetween, this.#lastTyped + typingTime, now);
    this.#cancel = this.#environment.after(due - now, () => {
      this.#cancel = undefined;
      if (this.#environment.now() < this.#lastTyped + typingTime) this.#plan();
      else this.#speak();
    });
  }

  #speak(): void {
    this.#text = this.#queue.join(' ');
    this.#queue = [];
    this.#lastSaid = this.#environment.now();
    this.#host.requestUpdate();
  }
}
