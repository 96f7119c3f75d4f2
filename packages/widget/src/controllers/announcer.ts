/**
 * Says an answer to a screen reader as it grows: that it has started, then whole sentences at most once a second, then
 * that it is finished. While the visitor types it holds the sentences back, and says them afterwards. Knows no DOM: the
 * host renders `text` into a polite live region.
 */
import type {ReactiveController, ReactiveControllerHost} from 'lit';
import {browserEnvironment} from '../client/environment.ts';
import type {Environment} from '../client/environment.ts';
import type {Words} from '../translations/words.ts';
import {toSpeech} from './speech.ts';

/** Milliseconds between two announcements. */
const timeBetween = 1000;
/** Milliseconds after a key press in which the visitor counts as typing. */
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
  /** The answer that is being said, and how many of its characters have been queued. */
  #answer: {key: string; taken: number} | undefined;

  constructor(host: ReactiveControllerHost, environment: Environment = browserEnvironment()) {
    this.#host = host;
    this.#environment = environment;
    host.addController(this);
  }

  hostDisconnected(): void {
    this.reset();
  }

  /** The text for the live region. */
  get text(): string {
    return this.#text;
  }

  /** Something short, such as "Copied". */
  say(text: string): void {
    this.#queue.push(text);
    this.#plan();
  }

  /** Says the sentences that are new. The first call for a key says that an answer has started. */
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

  /** Says the rest of an answer that has ended, and how it ended. */
  sayEnd({key, markdown, words}: SpokenAnswer, ending: string): void {
    if (this.#answer?.key !== key) return;
    const {speech} = toSpeech(markdown, {from: this.#answer.taken, complete: true, code: words.saysCode});
    this.#answer = undefined;
    if (speech !== '') this.#queue.push(speech);
    this.#queue.push(ending);
    this.#plan();
  }

  /** Holds everything back for a moment, because the visitor presses keys. */
  holdForTyping(): void {
    this.#lastTyped = this.#environment.now();
    if (this.#queue.length > 0) this.#plan();
  }

  /** Drops everything that is still to be said. */
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
