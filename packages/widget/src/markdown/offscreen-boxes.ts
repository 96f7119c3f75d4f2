/**
 * Lets the browser skip the boxes of long content (parts of a message, lines of code, list items, rows of a table) while
 * they are off the screen, with `content-visibility`. Knows nothing about the content of a box.
 *
 * A box gets the class `offscreen` once it is far from the screen. If it were still within a screen and a half, the
 * browser would notice that in the middle of a frame, and would lay out the page a second time in that frame.
 */
import {currentFrame} from './frame-scheduler.ts';

/** So many of the boxes that are added in one frame can be near the screen before the page scrolls to its end. */
const mostNearPerFrame = 3;

/** Lines of code in one box. The style sheet computes the height of boxes that were never seen from these two numbers. */
export const linesPerBox = 32;
/** Items in one list, or rows in one body of a table. */
export const itemsPerBox = 64;

interface Box {
  readonly element: Element;
  /** The frame that it was added in, and its place among the boxes of that frame. */
  readonly frame: number;
  readonly order: number;
  /** The frame in which so many boxes had been added after it that it left the screen. */
  left?: number;
}

export class OffscreenBoxes {
  /** So many of the newest boxes can be near the screen when the reader is at the end. */
  readonly #newestNear: number;
  #near: Box[] = [];

  constructor(newestNear: number) {
    this.#newestNear = newestNear;
  }

  add(element: Element): void {
    const now = currentFrame();
    const before = this.#near.at(-1);
    this.#near.push({element, frame: now, order: before?.frame === now ? before.order + 1 : 0});
    const newest = this.#near.length - this.#newestNear;
    this.#near = this.#near.filter((box, index) => {
      if (index >= newest) return true;
      box.left ??= now;
      const isOffscreen = box.left < now || (box.frame === now && box.order >= mostNearPerFrame);
      if (isOffscreen) box.element.classList.add('offscreen');
      return !isOffscreen;
    });
  }

  /** Forgets the newest box. */
  drop(): void {
    this.#near.pop();
  }
}
