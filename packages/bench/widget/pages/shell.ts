/**
 * The chat around contestants that are only Markdown engines: messages that scroll and follow the end, and a text box.
 * It is equal for all of them, so that it does not affect the comparison.
 */
import type {Chat} from './contract.ts';
import {readAnswer} from './read-tokens.ts';

/** An answer that grows. */
export interface GrowingAnswer {
  append(token: string): void;
  /** Resolves when all work for the answer is done. */
  end(): Promise<void>;
}

export interface Engine {
  open(box: HTMLElement): GrowingAnswer;
  showHistory(messages: HTMLElement, answers: readonly string[]): Promise<void>;
}

export function startShell(stage: HTMLElement, answerPath: string, engine: Engine): Chat {
  const scroller = element('div', 'scroller');
  const messages = element('div', 'messages');
  const end = element('div', 'end');
  const composer = document.createElement('textarea');
  scroller.append(messages, end);
  stage.append(scroller, composer);
  followEnd(scroller, messages, end);

  return {
    scroller,
    root: document,
    answer: () => messages.querySelector('.answer:last-of-type') ?? undefined,
    focusComposer: () => composer.focus(),
    async ask() {
      const question = element('article', 'question');
      question.textContent = 'A question';
      messages.append(question);
      const answer = engine.open(addAnswerBox(messages));
      await readAnswer(answerPath, (token) => answer.append(token));
      await answer.end();
    },
    async showHistory(answers) {
      await engine.showHistory(messages, answers);
    },
  };
}

/** The box of one more answer. */
export function addAnswerBox(messages: HTMLElement): HTMLElement {
  const box = element('article', 'answer');
  messages.append(box);
  return box;
}

/** Follows the end while the reader is there. Reads no layout, so it forces none. */
function followEnd(scroller: HTMLElement, messages: HTMLElement, end: HTMLElement): void {
  let following = true;
  const letGo = (event: WheelEvent) => {
    if (event.deltaY < 0) following = false;
  };
  scroller.addEventListener('wheel', letGo, {passive: true});
  new IntersectionObserver(
    ([entry]) => {
      if (entry?.isIntersecting) following = true;
    },
    {root: scroller},
  ).observe(end);
  new ResizeObserver(() => {
    if (following) scroller.scrollTop = Number.MAX_SAFE_INTEGER;
  }).observe(messages);
}

function element(tag: string, className: string): HTMLElement {
  const made = document.createElement(tag);
  made.className = className;
  return made;
}
