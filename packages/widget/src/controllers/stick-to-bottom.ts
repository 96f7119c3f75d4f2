/**
 * Keeps the end of a growing list in view for as long as its reader is there. Any move upwards lets go at once; coming
 * back to the end, or asking for it, takes hold again. No layout is read while text arrives: the browser's observers say
 * what there is to know.
 */
import type {ReactiveController, ReactiveControllerHost} from 'lit';

/** How near to the end counts as being there. */
const margin = 32;
const upwardKeys = new Set(['ArrowUp', 'PageUp', 'Home']);

export interface StickyParts {
  /** What scrolls. */
  readonly scroller: HTMLElement;
  /** What grows in it. */
  readonly content: HTMLElement;
  /** An empty element at its very end. */
  readonly end: HTMLElement;
}

export class StickToBottomController implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  #scroller: HTMLElement | undefined;
  #release: (() => void) | undefined;
  #following = true;
  #endInView = true;
  #lastTop = 0;
  #touchY = 0;

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    host.addController(this);
  }

  hostDisconnected(): void {
    this.detach();
  }

  /** Whether new text keeps the end in view. */
  get following(): boolean {
    return this.#following;
  }

  /** Whether there is a way back to offer: the reader has left the end and it is out of view. */
  get away(): boolean {
    return !this.#following && !this.#endInView;
  }

  attach({scroller, content, end}: StickyParts): void {
    if (this.#scroller === scroller) return;
    this.detach();
    this.#scroller = scroller;
    const gone = new AbortController();
    const {signal} = gone;
    const passive = {signal, passive: true} as const;
    scroller.addEventListener('wheel', (event) => event.deltaY < 0 && this.#stopFollowing(), passive);
    scroller.addEventListener('keydown', (event) => upwardKeys.has(event.key) && this.#stopFollowing(), passive);
    scroller.addEventListener('touchstart', (event) => (this.#touchY = event.touches[0]?.clientY ?? 0), passive);
    scroller.addEventListener('touchmove', this.#handleTouchMove, passive);
    scroller.addEventListener('scroll', this.#handleScroll, passive);
    const sizes = new ResizeObserver(() => {
      // In the frame that shows the end of a jump upwards, its event is still to come.
      this.#checkPosition();
      this.#scrollToEnd();
    });
    sizes.observe(content);
    sizes.observe(scroller);
    const views = new IntersectionObserver(
      (entries) => this.#handleEndInView(entries.at(-1)?.isIntersecting ?? false),
      {
        root: scroller,
        rootMargin: `0px 0px ${margin}px 0px`,
      },
    );
    views.observe(end);
    this.#release = () => {
      gone.abort();
      sizes.disconnect();
      views.disconnect();
    };
    this.#scrollToEnd();
  }

  detach(): void {
    this.#release?.();
    this.#release = undefined;
    this.#scroller = undefined;
  }

  /** Goes to the end and stays there. */
  follow(): void {
    this.#set(true, this.#endInView);
    this.#scrollToEnd();
  }

  #scrollToEnd(): void {
    const scroller = this.#scroller;
    if (!scroller || !this.#following) return;
    // Further than there is: the browser stops at the end, and nobody has to measure where that is.
    scroller.scrollTop = 1e9;
    this.#lastTop = scroller.scrollTop;
  }

  #stopFollowing(): void {
    this.#set(false, this.#endInView);
  }

  #handleTouchMove = (event: TouchEvent): void => {
    const y = event.touches[0]?.clientY ?? 0;
    if (y > this.#touchY + 2) this.#stopFollowing();
    this.#touchY = y;
  };

  /** The ways that are neither wheel, finger nor key: the scrollbar, find in page, a screen reader. */
  #handleScroll = (): void => this.#checkPosition();

  #checkPosition(): void {
    const scroller = this.#scroller;
    if (!scroller) return;
    const top = scroller.scrollTop;
    const up = top < this.#lastTop - 1;
    const down = top > this.#lastTop;
    this.#lastTop = top;
    if (down && this.#endInView) this.#set(true, true);
    // Content that shrinks moves the view up too, and then it still stands at the end. Measured only in this rare case.
    if (up && this.#following && scroller.scrollHeight - scroller.clientHeight - top > margin) this.#stopFollowing();
  }

  #handleEndInView(inView: boolean): void {
    this.#set(inView || this.#following, inView);
  }

  #set(following: boolean, endInView: boolean): void {
    if (following === this.#following && endInView === this.#endInView) return;
    // With the end in view it is this that scrolls; anywhere else the browser keeps what is read in its place.
    if (this.#scroller) this.#scroller.style.overflowAnchor = following ? 'none' : 'auto';
    const awayBefore = this.away;
    this.#following = following;
    this.#endInView = endInView;
    if (this.away !== awayBefore) this.#host.requestUpdate();
  }
}
