/**
 * The keys of the chat. They work while the focus is in the chat and no text is being written, and each presses the button
 * that a pointer would press. Keys that write a text stay in the chat, where the page's own shortcuts do not see them.
 */
import {isVisible} from '../../controllers/tabbable.ts';

/** The button that each key presses: the last one that matches. `?` shows the list of keys. */
export const keyButtons: Readonly<Record<string, string>> = {
  n: '[part~=new-chat]',
  h: '.history-button',
  m: '.pill',
  c: '.answer .copy',
  r: '.regenerate, .notice .retry',
  e: '.question .change',
  g: '.resume',
  s: '[part~=stop]',
  l: '.jump',
  o: '.older',
};

/** Keys with Ctrl or ⌘ that edit a text. */
const editing = new Set(['a', 'c', 'v', 'x', 'y', 'z', 'Backspace', 'Delete', 'Enter']);
/** Keys that mean something to the page also while a text is being written. */
const leaving = new Set(['Escape', 'Tab', 'Control', 'Meta', 'Alt', 'Shift', 'AltGraph']);

export function isTextField(target: EventTarget | undefined): boolean {
  return target instanceof HTMLTextAreaElement || (target instanceof HTMLInputElement && target.type !== 'checkbox');
}

/** Whether a key that was pressed in a text field belongs to the text. */
export function editsText(event: KeyboardEvent): boolean {
  const {key, ctrlKey, metaKey, altKey} = event;
  if (!isTextField(event.composedPath()[0])) return false;
  if (event.isComposing || event.keyCode === 229) return true;
  if (leaving.has(key) || /^F\d/.test(key)) return false;
  // AltGr, which writes letters on many keyboards, counts as Ctrl and Alt.
  const isCommand = (ctrlKey || metaKey) && !altKey;
  return !isCommand || editing.has(key) || key.startsWith('Arrow');
}

/** The character of a key that may be a shortcut: pressed alone, and not in a text field. */
export function shortcutOf(event: KeyboardEvent): string | undefined {
  const {key, ctrlKey, metaKey, altKey} = event;
  const [target] = event.composedPath();
  const isFree = !event.defaultPrevented && !ctrlKey && !metaKey && !altKey && !event.isComposing;
  const inList = target instanceof Element && target.matches('[role=listbox], [role=menuitem]');
  return isFree && key.length === 1 && !isTextField(target) && !inList ? key.toLowerCase() : undefined;
}

/** The last button that matches and can be seen, through all shadow roots. */
export function findButton(root: ParentNode, selector: string): HTMLElement | undefined {
  const elements = [...root.querySelectorAll<HTMLElement>('*')];
  for (let index = elements.length - 1; index >= 0; index--) {
    const element = elements[index];
    if (element?.matches(selector) && isVisible(element)) return element;
    const inside = element?.shadowRoot && findButton(element.shadowRoot, selector);
    if (inside) return inside;
  }
  return undefined;
}
