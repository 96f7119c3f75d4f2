/**
 * Makes the panel around a chat a good full screen on a phone: modal, as high as the keyboard leaves room for, and without
 * scrolling the page below. Does nothing if the chat is in no panel, or while the panel fills only a corner of the window.
 */
import type {ReactiveController, ReactiveControllerHost} from 'lit';
import {smallWindow} from './small-window.ts';
import {keepTabInside} from './tabbable.ts';

export class FullScreenController implements ReactiveController {
  readonly #host: ReactiveControllerHost & HTMLElement;
  #gone: AbortController | undefined;

  constructor(host: ReactiveControllerHost & HTMLElement) {
    this.#host = host;
    host.addController(this);
  }

  hostConnected(): void {
    // A chat that a page puts into a launcher has its slot only after the launcher has rendered.
    this.#gone = new AbortController();
    const {signal} = this.#gone;
    requestAnimationFrame(() => {
      const panel = (this.#host.assignedSlot ?? this.#host).closest<HTMLElement>('[popover]');
      if (panel && !signal.aborted) watch(panel, signal);
    });
  }

  hostDisconnected(): void {
    this.#gone?.abort();
  }
}

function watch(panel: HTMLElement, signal: AbortSignal): void {
  const media = matchMedia(smallWindow);
  const fit = () => {
    const {matches} = media;
    if (matches) panel.setAttribute('aria-modal', 'true');
    else panel.removeAttribute('aria-modal');
    const {visualViewport: seen} = window;
    // A visitor who has zoomed in moves about in the panel.
    const follows = matches && seen && seen.scale === 1;
    panel.style.setProperty('--_seen-height', follows ? `${seen.height}px` : null);
    panel.style.setProperty('--_seen-top', follows ? `${seen.offsetTop}px` : null);
  };
  const hold = (event: Event) => {
    const isZoom =
      event instanceof WheelEvent ? event.ctrlKey : event instanceof TouchEvent && event.touches.length > 1;
    if (media.matches && !isZoom && event.cancelable && !canScroll(event, panel)) event.preventDefault();
  };
  fit();
  media.addEventListener('change', fit, {signal});
  panel.addEventListener('toggle', fit, {signal});
  visualViewport?.addEventListener('resize', fit, {signal});
  visualViewport?.addEventListener('scroll', fit, {signal});
  panel.addEventListener('wheel', hold, {signal, passive: false});
  panel.addEventListener('touchmove', hold, {signal, passive: false});
  panel.addEventListener('keydown', (event) => media.matches && keepTabInside(event, panel), {signal});
}

/** Whether there is something to scroll between the place of the event and the panel. */
function canScroll(event: Event, panel: HTMLElement): boolean {
  const path = event.composedPath();
  return path.slice(0, path.indexOf(panel)).some((place) => {
    if (!(place instanceof Element)) return false;
    const {overflowX, overflowY} = getComputedStyle(place);
    const scrolls = (overflow: string) => overflow === 'auto' || overflow === 'scroll';
    const down = scrolls(overflowY) && place.scrollHeight > place.clientHeight;
    return down || (scrolls(overflowX) && place.scrollWidth > place.clientWidth);
  });
}
