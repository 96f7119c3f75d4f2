/**
 * Keeps what is read in its place while something is put in before it and grows as it is rendered. Until the reader
 * moves: from there the browser does it, where it can; at the very top none does.
 */
import type {ReactiveController, ReactiveControllerHost} from 'lit';

const moves = ['wheel', 'touchstart', 'pointerdown', 'keydown'];

export interface AnchoredParts {
  readonly scroller: HTMLElement;
  readonly content: HTMLElement;
  /** Names the boxes in a box among which to look for the anchor. */
  readonly find: (box: Element) => Iterable<Element>;
}

export class ScrollAnchorController implements ReactiveController {
  #held: Element | undefined;
  #gone: AbortController | undefined;

  constructor(host: ReactiveControllerHost) {
    host.addController(this);
  }

  hostDisconnected(): void {
    this.release();
  }

  /** Holds what is seen first of `content`; `find` names the boxes in a box among which to look. */
  hold({scroller, content, find}: AnchoredParts): void {
    if (this.#held?.isConnected) return;
    this.release();
    const {top} = scroller.getBoundingClientRect();
    const held = findFirstBelow(top, content, find);
    if (!held) return;
    const before = held.getBoundingClientRect().top;
    const gone = new AbortController();
    const {signal} = gone;
    const growth = new ResizeObserver(() => {
      const moved = held.isConnected ? held.getBoundingClientRect().top - before : 0;
      if (moved !== 0) scroller.scrollTop += moved;
    });
    growth.observe(content);
    signal.addEventListener('abort', () => growth.disconnect());
    for (const move of moves) scroller.addEventListener(move, () => this.release(), {signal, passive: true});
    this.#held = held;
    this.#gone = gone;
  }

  release(): void {
    this.#gone?.abort();
    this.#held = undefined;
  }
}

/** Box by box and not all at once: asking where something is would have the browser lay out what it leaves out. */
function findFirstBelow(top: number, box: Element, find: AnchoredParts['find']): Element | undefined {
  for (const inner of find(box)) {
    if (inner.getBoundingClientRect().bottom > top) return findFirstBelow(top, inner, find) ?? inner;
  }
  return undefined;
}
