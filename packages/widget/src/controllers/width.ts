/** Knows whether its host is at least so many pixels wide, and renders it again when that changes. */
import type {ReactiveController, ReactiveControllerHost} from 'lit';

export class WidthController implements ReactiveController {
  readonly #host: ReactiveControllerHost & HTMLElement;
  readonly #pixels: number;
  #observer: ResizeObserver | undefined;
  #wide = false;

  constructor(host: ReactiveControllerHost & HTMLElement, pixels: number) {
    this.#host = host;
    this.#pixels = pixels;
    host.addController(this);
  }

  get wide(): boolean {
    return this.#wide;
  }

  hostConnected(): void {
    this.#observer = new ResizeObserver(([entry]) => {
      const wide = (entry?.contentRect.width ?? 0) >= this.#pixels;
      if (wide === this.#wide) return;
      this.#wide = wide;
      this.#host.requestUpdate();
    });
    this.#observer.observe(this.#host);
  }

  hostDisconnected(): void {
    this.#observer?.disconnect();
    this.#observer = undefined;
  }
}
