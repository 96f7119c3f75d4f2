/**
 * Gives the focus a home: if the element that has it goes away, and no rule has put the focus elsewhere, `land` puts it back
 * into the host. Without that a browser lets it fall to the body of the page.
 */
import type {ReactiveController, ReactiveControllerHost} from 'lit';
import {findFocused, isVisible} from './tabbable.ts';

export class FocusHomeController implements ReactiveController {
  readonly #host: ReactiveControllerHost & HTMLElement;
  readonly #land: (path: readonly Element[]) => void;
  /** The way from the element inside the host that has the focus, or had it when it went away, up to the page. */
  #held: readonly Element[] | undefined;
  #isChecking = false;

  constructor(host: ReactiveControllerHost & HTMLElement, land: (path: readonly Element[]) => void) {
    this.#host = host;
    this.#land = land;
  }

  hostConnected(): void {
    this.#host.addEventListener('focusout', this.#handleFocusOut);
  }

  hostDisconnected(): void {
    this.#host.removeEventListener('focusout', this.#handleFocusOut);
    this.#held = undefined;
  }

  /** Before the host renders: an element may go away now. */
  hostUpdate(): void {
    if (!this.#host.matches(':focus-within')) return;
    const focused = findFocused();
    // While an answer grows the host renders in every frame, and the focus stays.
    if (focused !== this.#held?.[0]) this.#held = pathOf(focused);
  }

  /** The elements inside the host render after it, so the next frame shows whether the focused one is still there. */
  hostUpdated(): void {
    if (this.#held) this.#checkSoon();
  }

  /** The focus goes elsewhere on the page, or some browsers tell so of an element that they are about to remove. */
  readonly #handleFocusOut = ({relatedTarget}: FocusEvent): void => {
    if (relatedTarget) this.#held = undefined;
    else this.#checkSoon();
  };

  #checkSoon(): void {
    if (this.#isChecking) return;
    this.#isChecking = true;
    requestAnimationFrame(this.#check);
  }

  readonly #check = (): void => {
    this.#isChecking = false;
    const held = this.#held;
    if (!held || !this.#host.isConnected || this.#host.matches(':focus-within')) return;
    this.#held = undefined;
    const {activeElement} = document;
    const isLost = activeElement === null || activeElement === document.body;
    const [element] = held;
    if (isLost && element && !isVisible(element)) this.#land(held);
  };
}

/** An element and everything around it, through all shadow roots. */
function pathOf(element: Element | null): readonly Element[] {
  const path: Element[] = [];
  for (let each = element; each;) {
    path.push(each);
    const root = each.getRootNode();
    each = each.parentElement ?? (root instanceof ShadowRoot ? root.host : null);
  }
  return path;
}
