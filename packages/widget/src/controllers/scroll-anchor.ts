/**
 * Scroll anchoring: keeps the text that is being read in its place while messages are put in above it, until the reader
 * scrolls. After that the browser's own scroll anchoring takes over, if it has one; it is not enough before, because no
 * browser anchors at the very top.
 */
import type {ReactiveController, ReactiveControllerHost} from 'lit';

const moves = ['wheel', 'touchstart', 'pointerdown', 'keydown'];

export interface AnchoredParts {
  readonly scroller: HTMLElement;
  readonly content: HTMLElement;
  /** Returns the boxes inside a box in which the anchor may be. */
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

  /** Holds the first visible box of `content` in its place, unless one is held already. */
  hold({scroller, content, find}: AnchoredParts): void {
    if (this.#held?.isConnected) return;
    this.release();
    const {top} = scroller.getBoundingClientRect();
    const held = findFirstBelow(content, {top, find});
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

/** Asks box by box, because asking where an off-screen box is makes the browser lay it out. */
function findFirstBelow(box: Element, options: {top: number; find: AnchoredParts['find']}): Element | undefined {
  for (const inner of options.find(box)) {
    if (inner.getBoundingClientRect().bottom > options.top) return findFirstBelow(inner, options) ?? inner;
  }
  return undefined;
}
