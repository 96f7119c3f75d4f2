/** What a launcher remembers of its panel. Kept for the tab from the visitor's first question on. */
import {recall} from './recall.ts';

type Fact = 'open' | 'answering' | 'unread' | 'asked';

export class PanelMemory {
  readonly #launcher: HTMLElement;
  readonly #facts: Set<string>;

  constructor(launcher: HTMLElement) {
    this.#launcher = launcher;
    this.#facts = new Set(recall(launcher).split(' ').filter(Boolean));
  }

  is(fact: Fact): boolean {
    return this.#facts.has(fact);
  }

  set(fact: Fact, holds: boolean): void {
    if (holds) this.#facts.add(fact);
    else this.#facts.delete(fact);
    if (this.#facts.has('asked')) recall(this.#launcher, [...this.#facts].join(' '));
  }
}
