/**
 * Auto-scroll: follows the end of a growing list while its reader is there. Any move upwards stops it at once; coming back
 * to the end, or asking for it, starts it again. Reads no layout while text arrives, because the browser's observers
 * report every change.
 */
import type {ReactiveController, ReactiveControllerHost} from 'lit';

/** Within so many pixels of the end the reader counts as being there. */
const margin = 32;
const upwardKeys = new Set(['ArrowUp', 'PageUp', 'Home']);

export interface StickyParts {
  /** The element that scrolls. */
  readonly scroller: HTMLElement;
  /** The element in it that grows. */
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

  /** Whether the end stays in view when text arrives. */
  get following(): boolean {
    return this.#following;
  }

  /** Whether the reader has left the end and it is out of view, so that a way back is worth a button. */
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
      // The `scroll` event of a jump upwards comes after this, so its position is checked here first.
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
    // A number beyond any height: the browser stops at the end, and nothing has to be measured.
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

  /** Catches all other ways to scroll: the scrollbar, find in page, a screen reader. */
  #handleScroll = (): void => this.#checkPosition();

  #checkPosition(): void {
    const scroller = this.#scroller;
    if (!scroller) return;
    const top = scroller.scrollTop;
    const up = top < this.#lastTop - 1;
    const down = top > this.#lastTop;
    this.#lastTop = top;
    if (down && this.#endInView) this.#set(true, true);
    // Content that shrinks moves the view up too, but leaves it at the end. Only this rare case is measured.
    if (up && this.#following && scroller.scrollHeight - scroller.clientHeight - top > margin) this.#stopFollowing();
  }

  #handleEndInView(inView: boolean): void {
    this.#set(inView || this.#following, inView);
  }

  #set(following: boolean, endInView: boolean): void {
    if (following === this.#following && endInView === this.#endInView) return;
    // At the end this controller scrolls; anywhere else the browser's scroll anchoring keeps the text in its place.
    if (this.#scroller) this.#scroller.style.overflowAnchor = following ? 'none' : 'auto';
    const awayBefore = this.away;
    this.#following = following;
    this.#endInView = endInView;
    if (this.away !== awayBefore) this.#host.requestUpdate();
  }
}
