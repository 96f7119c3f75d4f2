/** Knows whether its host is wide, and whether it is low, and renders it again when that changes. */
import type {ReactiveController, ReactiveControllerHost} from 'lit';

/** Pixels from which on a host is wide, and below which it is low. */
export interface SizeLimits {
  readonly wideFrom: number;
  readonly lowBelow: number;
}

export class SizeController implements ReactiveController {
  readonly #host: ReactiveControllerHost & HTMLElement;
  readonly #limits: SizeLimits;
  #observer: ResizeObserver | undefined;
  #wide = false;
  #low = false;

  constructor(host: ReactiveControllerHost & HTMLElement, limits: SizeLimits) {
    this.#host = host;
    this.#limits = limits;
    host.addController(this);
  }

  get wide(): boolean {
    return this.#wide;
  }

  get low(): boolean {
    return this.#low;
  }

  hostConnected(): void {
    // The observer calls back only after the first layout, and what moves then counts as a shift of the page.
    const {clientWidth, clientHeight} = this.#host;
    this.#update({width: clientWidth, height: clientHeight});
    this.#observer = new ResizeObserver(([entry]) => {
      // With the next frame: a host that changes its size in this one is an error of the page (a ResizeObserver loop).
      if (entry && this.#update(entry.contentRect)) requestAnimationFrame(() => this.#host.requestUpdate());
    });
    this.#observer.observe(this.#host);
  }

  hostDisconnected(): void {
    this.#observer?.disconnect();
    this.#observer = undefined;
  }

  /** Returns whether that changes anything. */
  #update({width, height}: {width: number; height: number}): boolean {
    const wide = width >= this.#limits.wideFrom;
    // A chat that is not shown has no height.
    const low = height > 0 && height < this.#limits.lowBelow;
    if (wide === this.#wide && low === this.#low) return false;
    this.#wide = wide;
    this.#low = low;
    return true;
  }
}
