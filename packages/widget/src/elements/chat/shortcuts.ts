/**
 * The keys of the chat. They work while the focus is in the chat and no text is being written, and each presses the button
 * that a pointer would press.
 */
import {isTextField} from './keys.ts';

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

/** The character of a key that may be a shortcut: pressed alone, and not in a text field. */
export function shortcutOf(event: KeyboardEvent): string | undefined {
  const {key, ctrlKey, metaKey, altKey} = event;
  const [target] = event.composedPath();
  const isFree = !event.defaultPrevented && !ctrlKey && !metaKey && !altKey && !event.isComposing;
  const inList = target instanceof Element && target.matches('[role=listbox], [role=menuitem]');
  return isFree && key.length === 1 && !isTextField(target) && !inList ? key.toLowerCase() : undefined;
}
