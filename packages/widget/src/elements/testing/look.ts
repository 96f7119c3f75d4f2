/** Helpers for tests that look at the chat as a visitor does, through its shadow roots. */
import {nextFrame} from '@open-wc/testing';
import {executeServerCommand} from '@web/test-runner-commands';
// A chat fetches them when it shows them; a test would have to wait for that.
import '../chat/lazy-parts.ts';
import '../history/define-history.ts';
import '../message/defined.ts';
import '../model-picker/define-model-picker.ts';
import '../thread/define-thread.ts';

/** All elements that match, through all shadow roots, in the order of the page. */
export function findAll(root: ParentNode, selector: string): HTMLElement[] {
  const found: HTMLElement[] = [];
  for (const element of root.querySelectorAll('*')) {
    if (element.matches(selector) && element instanceof HTMLElement) found.push(element);
    if (element.shadowRoot) found.push(...findAll(element.shadowRoot, selector));
  }
  return found;
}

/** The first element that matches; it must be there. */
export function find(root: ParentNode, selector: string): HTMLElement {
  const [found] = findAll(root, selector);
  if (!found) throw new Error(`There is no ${selector}.`);
  return found;
}

/** Waits until the condition is true, and checks it in each frame. Gives up after 1800 frames, which is half a minute. */
export async function until(what: string, isSo: () => boolean): Promise<void> {
  for (let frame = 0; frame < 1800; frame++) {
    if (isSo()) return;
    await nextFrame();
  }
  throw new Error(`It never came to be: ${what}.`);
}

/** Waits a few frames, until every change has been rendered. */
export async function settled(): Promise<void> {
  for (let frame = 0; frame < 4; frame++) await nextFrame();
}

/** Resolves with the next event of this name. */
export function heard<Name extends keyof HTMLElementEventMap>(
  element: HTMLElement,
  name: Name,
): Promise<HTMLElementEventMap[Name]> {
  return new Promise((resolve) => element.addEventListener(name, resolve, {once: true}));
}

/** Waits until all animations have ended: an element that is fading in is not legible enough yet. */
export async function still(): Promise<void> {
  await settled();
  const moving = findAll(document, '*').flatMap((element) => element.getAnimations());
  const ending = moving.filter((animation) => animation.effect?.getComputedTiming().iterations === 1);
  await Promise.all(ending.map((animation) => animation.finished));
}

/** The text of the first element that matches, with white space as a browser collapses it: no-break spaces stay. */
export function textIn(root: ParentNode, selector: string): string {
  const text = findAll(root, selector)[0]?.textContent ?? '';
  return text.replace(/[ \t\n\r\f]+/g, ' ').replace(/^ | $/g, '');
}

/**
 * Presses keys on the element that has the focus, one after the other; `{type}` writes into a field. Dispatches events
 * instead of pressing real keys, because a browser gives keys only to the tab in front and tests share the browser.
 */
export async function press(...keys: readonly (string | {readonly type: string})[]): Promise<void> {
  for (const key of keys) {
    const target = focused();
    if (typeof key === 'string') {
      const init = {key, bubbles: true, composed: true, cancelable: true};
      const free = target.dispatchEvent(new KeyboardEvent('keydown', init));
      if (free && key === 'Enter' && target instanceof HTMLButtonElement) target.click();
    } else if (target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement) {
      target.value = key.type;
      target.dispatchEvent(new InputEvent('input', {bubbles: true, composed: true}));
    }
    await nextFrame();
  }
}

/** The element that has the focus, through all shadow roots. */
export function focused(): Element {
  let element: Element = document.activeElement ?? document.body;
  while (element.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return element;
}

/** The contrast of two colours of CSS, as WCAG defines it. */
export function contrast(one: string, other: string): number {
  const canvas = new OffscreenCanvas(1, 1).getContext('2d', {willReadFrequently: true});
  const luminance = (colour: string) => {
    if (!canvas) throw new Error('There is no canvas.');
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [red = 0, green = 0, blue = 0] = [...canvas.getImageData(0, 0, 1, 1).data].map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

/** Lets the browser say that the visitor prefers this, such as `{'prefers-contrast': 'more'}`. Nothing else is said then. */
export async function emulateFeatures(features: Readonly<Record<string, string>>): Promise<void> {
  await executeServerCommand('emulate-features', features);
  await settled();
}
