/**
 * The boxes of something long, oldest first: parts of a message, lines of code, rows. Those that are past are left out by
 * the browser while they are off the screen (`content-visibility`). Knows nothing of what is in them.
 *
 * A box is told so when it is far from the screen already. When one that is nearer than a screen and a half is, the browser
 * finds out while it makes the frame, and lays out the page a second time for it.
 */
import {currentFrame} from './frame-scheduler.ts';

/** Of the boxes that come in one frame, so many may stand where the reader looks before the page scrolls to its end. */
const mostNearPerFrame = 3;

/** Lines of code in one box. The style sheet computes the height of a box that was never seen from such numbers. */
export const linesPerBox = 32;
/** Items in one list, or rows in one body of a table. */
export const itemsPerBox = 64;

interface Box {
  readonly element: Element;
  /** The frame it came in, and which one it was of those that did. */
  readonly frame: number;
  readonly order: number;
  /** The frame in which so many had come after it that it left the screen. */
  left?: number;
}

export class OffscreenBoxes {
  /** How many of the newest may be that near when the reader is at the end. */
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

  /** Takes back the newest. */
  drop(): void {
    this.#near.pop();
  }
}
