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
    this.#observer = new ResizeObserver(([entry]) => {
      const {width, height} = entry?.contentRect ?? {width: 0, height: 0};
      const wide = width >= this.#limits.wideFrom;
      // A chat that is not shown has no height.
      const low = height > 0 && height < this.#limits.lowBelow;
      if (wide === this.#wide && low === this.#low) return;
      this.#wide = wide;
      this.#low = low;
      this.#host.requestUpdate();
    });
    this.#observer.observe(this.#host);
  }

  hostDisconnected(): void {
    this.#observer?.disconnect();
    this.#observer = undefined;
  }
}
