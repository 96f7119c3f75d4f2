/** Puts a contestant into its page and measures inside the page. Knows contestants by their contract. */
import type {Bench, Chat, StartChat, Streamed, Turn, WordBox} from './contract.ts';
import {painted, watchFrames} from './frames.ts';

/** The last word of the texts. It is repeated here so that the page need not import the code that makes them. */
const lastWord = 'Finis';

export function compete(start: StartChat): void {
  const stage = document.querySelector<HTMLElement>('#stage');
  if (!stage) throw new Error('The page has no stage.');
  const answerPath = new URLSearchParams(location.search).get('answer') ?? '';
  void start(stage, answerPath).then((chat) => {
    window.bench = benchOf(chat);
  });
}

function benchOf(chat: Chat): Bench {
  const keys: number[] = [];
  let stored: unknown;
  let complete: Promise<number> | undefined;
  return {
    stream: () => stream(chat),
    async fetchHistory(path) {
      stored = await (await fetch(path)).json();
      await painted();
    },
    async history() {
      const start = performance.now();
      const work = showStored(chat, stored);
      complete = work.then(() => performance.now() - start);
      let shownAt = await painted();
      while (!endsWithLastWord(chat.answer())) shownAt = await painted();
      return shownAt - start;
    },
    async historyComplete() {
      const after = await complete;
      await painted();
      return after ?? Number.NaN;
    },
    async ask(times) {
      for (let asked = 0; asked < times; asked++) await chat.ask();
      await painted();
    },
    scrollThrough: (frames) => scrollThrough(chat.scroller, frames),
    watchKeys() {
      window.addEventListener('keydown', (event) => void painted().then((now) => keys.push(now - event.timeStamp)), {
        capture: true,
      });
    },
    keys: () => keys,
    shown: () => charactersIn(chat.answer()),
    visibleText: () => ownText(chat.answer()),
    focusComposer: () => chat.focusComposer(),
    findWord: (where) => findWord(chat, where),
    selection: () => selectionIn(chat.root)?.toString() ?? '',
    scrollTop: () => chat.scroller.scrollTop,
    distanceToEnd: () => chat.scroller.scrollHeight - chat.scroller.clientHeight - chat.scroller.scrollTop,
  };
}

async function stream(chat: Chat): Promise<Streamed> {
  const longTasks: number[] = [];
  const observer = new PerformanceObserver((list) =>
    longTasks.push(...list.getEntries().map((entry) => entry.duration)),
  );
  observer.observe({type: 'longtask'});
  const stopFrames = watchFrames();
  const settled = chat.ask().then(() => performance.now());
  let shownAt = await painted();
  while (!endsWithLastWord(chat.answer())) shownAt = await painted();
  const frameIntervals = stopFrames();
  const settledAt = await settled;
  await painted();
  observer.disconnect();
  return {
    shownAt: performance.timeOrigin + shownAt,
    settledAt: performance.timeOrigin + settledAt,
    frameIntervals,
    longTasks,
    shown: charactersIn(chat.answer()),
  };
}

async function showStored(chat: Chat, stored: unknown): Promise<void> {
  if (!isTurns(stored)) return await chat.showHistory(stringsIn(stored));
  if (!chat.showTurns) throw new Error('This contestant shows no questions.');
  await chat.showTurns(stored);
}

function isTurns(value: unknown): value is readonly Turn[] {
  return Array.isArray(value) && value.every((item: unknown) => typeof item === 'object');
}

function stringsIn(value: unknown): readonly string[] {
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  throw new Error('A history is a list of texts.');
}

function scrollThrough(scroller: HTMLElement, frames: number): Promise<readonly number[]> {
  return new Promise((resolve) => {
    const intervals: number[] = [];
    let last: number | undefined;
    let done = 0;
    const step = (now: number) => {
      if (last !== undefined) intervals.push(now - last);
      last = now;
      if (done > frames) {
        resolve(intervals);
        return;
      }
      // A share of the remaining height, because estimated heights change during scrolling.
      scroller.scrollTop -= scroller.scrollTop / Math.max(1, frames - done);
      done += 1;
      requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  });
}

function charactersIn(box: Element | undefined): number {
  return (box?.textContent ?? '').replaceAll(/\s/g, '').length;
}

/** The text of buttons and labels is not part of the answer. */
function ownText(box: Element | undefined): string {
  const copy = box?.cloneNode(true);
  if (!(copy instanceof Element)) return '';
  for (const extra of copy.querySelectorAll('button, .code-bar, .table-bar')) extra.remove();
  return (copy.textContent ?? '').replaceAll(/\s/g, '');
}

/** Reads from the end, through as few text nodes as can hold the last word, so that it costs next to nothing. */
function endsWithLastWord(box: Element | undefined): boolean {
  if (!box) return false;
  const walker = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
  // With a filter for text alone, the walker's last child is the last text at any depth.
  let node = walker.lastChild();
  let tail = '';
  for (let seen = 0; node && seen < 24 && tail.length < 400; seen++) {
    tail = (node.nodeValue ?? '') + tail;
    if (tail.includes(lastWord)) return true;
    node = walker.previousNode();
  }
  return false;
}

/** Chromium hides a selection inside a shadow root from `document.getSelection()`; the root itself has it. */
function selectionIn(root: Document | ShadowRoot): Selection | null {
  if ('getSelection' in root && typeof root.getSelection === 'function') {
    const selection: unknown = root.getSelection();
    if (selection instanceof Selection) return selection;
  }
  return document.getSelection();
}

/** A word that a mouse can select: in view, on top, and in no link or button, which it would drag or press. */
function findWord(chat: Chat, where: 'answer' | 'fence'): WordBox | undefined {
  const answer = chat.answer();
  const scope = where === 'fence' ? lastOf(answer?.querySelectorAll('pre')) : answer;
  if (!scope) return undefined;
  const view = chat.scroller.getBoundingClientRect();
  const walker = document.createTreeWalker(scope, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node.parentElement?.closest('a, button')) continue;
    for (const word of (node.nodeValue ?? '').matchAll(/[A-Za-z]{4,}/g)) {
      const range = document.createRange();
      range.setStart(node, word.index);
      range.setEnd(node, word.index + word[0].length);
      const box = range.getBoundingClientRect();
      if (box.top > view.bottom) return undefined;
      if (box.top < view.top + 24 || box.right > view.right - 8) continue;
      const top = chat.root.elementFromPoint((box.left + box.right) / 2, (box.top + box.bottom) / 2);
      if (top && (top === node.parentElement || scope.contains(top))) {
        return {left: box.left, top: box.top, right: box.right, bottom: box.bottom};
      }
    }
  }
  return undefined;
}

function lastOf<T>(items: ArrayLike<T> | undefined): T | undefined {
  return items?.[items.length - 1];
}
