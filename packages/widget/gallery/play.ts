/** What a visitor does to bring the chat into a state: clicks, keys, words. */
import type {ChatletChat} from '../src/elements/chat/chat.ts';
import type {LauncherButton} from '../src/elements/launcher/launcher-button.ts';

export type Played = ChatletChat | LauncherButton;

/** The chat itself, also if it is in a launcher's panel. */
export function chatOf(element: Played): ChatletChat {
  if ('send' in element) return element;
  if (element.chat) return element.chat;
  throw new Error('The launcher has not been opened.');
}

/** The first element that matches, through all shadow roots. */
function find(root: ParentNode, selector: string): HTMLElement | null {
  const here = root.querySelector<HTMLElement>(selector);
  if (here) return here;
  for (const element of root.querySelectorAll('*')) {
    const inside = element.shadowRoot && find(element.shadowRoot, selector);
    if (inside) return inside;
  }
  return null;
}

/** Waits a few frames, until every change has been rendered. */
export async function settle(): Promise<void> {
  for (let frame = 0; frame < 6; frame++) await new Promise(requestAnimationFrame);
}

export const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/** Waits for something that may be in a part of the code that is fetched first. */
export async function waitUntil<Thing>(look: () => Thing, name: string): Promise<NonNullable<Thing>> {
  for (let frame = 0; frame < 600; frame++) {
    const found = look();
    if (found) return found;
    await new Promise(requestAnimationFrame);
  }
  throw new Error(`There is no ${name}.`);
}

export const waitFor = (selector: string): Promise<HTMLElement> => waitUntil(() => find(document, selector), selector);

/** Waits until code has its colours, which are fetched. */
export async function coloured(): Promise<void> {
  await waitUntil(() => CSS.highlights.size > 0, 'colours');
  await settle();
}

export async function click(selector: string): Promise<void> {
  await settle();
  (await waitFor(selector)).click();
  await settle();
}

/** Opens the list of chats, unless it stands beside the conversation. */
export async function openHistory(): Promise<void> {
  await settle();
  const shown = await waitUntil(() => find(document, '.history-button') ?? find(document, 'chatlet-history'), 'list');
  if (shown.matches('.history-button')) await click('.history-button');
  await waitFor('input[type=search]');
  await settle();
}

/** Scrolls up as a visitor does, so that the end is no longer followed. */
export async function scrollUp(): Promise<void> {
  await settle();
  const scroller = await waitFor('.scroller');
  scroller.dispatchEvent(new WheelEvent('wheel', {deltaY: -100, bubbles: true}));
  scroller.scrollTop = 0;
  await settle();
}

/** Lets timers of so many milliseconds, or of more, that are set from now on end at once, and the clock jump with each. */
export function hurry(milliseconds: number): void {
  const now = Date.now.bind(Date);
  const later = window.setTimeout.bind(window);
  let ahead = 0;
  Date.now = () => now() + ahead;
  const sooner = (callback: () => void, delay = 0) => {
    if (delay < milliseconds) return later(callback, delay);
    const jump = () => {
      ahead += delay;
      callback();
    };
    return later(jump, 100);
  };
  Object.assign(window, {setTimeout: sooner});
}

export async function press(key: string, selector: string): Promise<void> {
  await settle();
  const target = await waitFor(selector);
  target.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true, composed: true, cancelable: true}));
  await settle();
}

/** Writes into a text field. */
export async function write(text: string, selector = 'textarea'): Promise<void> {
  await settle();
  const field = await waitFor(selector);
  if (!(field instanceof HTMLTextAreaElement) && !(field instanceof HTMLInputElement)) return;
  field.focus();
  field.value = text;
  field.dispatchEvent(new InputEvent('input', {bubbles: true, composed: true}));
  await settle();
}

/** Asks, and does not wait for the answer. */
export function ask(text: string): (element: Played) => Promise<void> {
  return async (element) => {
    await settle();
    void chatOf(element).send(text);
    await settle();
  };
}
