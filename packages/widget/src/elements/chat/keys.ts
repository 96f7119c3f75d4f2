/** Keys that write a text stay in the chat, where the page's own shortcuts do not see them. `shortcuts.ts` has those of the chat. */

/** Keys with Ctrl or ⌘ that edit a text. */
const editing = new Set(['a', 'c', 'v', 'x', 'y', 'z', 'Backspace', 'Delete', 'Enter']);
/** Keys that mean something to the page also while a text is being written. */
const leaving = new Set(['Escape', 'Tab', 'Control', 'Meta', 'Alt', 'Shift', 'AltGraph']);

/**
 * The character of a key. On a keyboard of another script, such as Arabic or Cyrillic, the one that a Latin keyboard has in
 * that place.
 */
export function latinKey({key, code, shiftKey}: KeyboardEvent): string {
  if (key.length > 1 || key <= '~') return key;
  return code === 'Slash' ? (shiftKey ? '?' : '/') : code.replace(/^Key|^Digit/, '').toLowerCase();
}

/** Also a list of choices, in which letters choose. */
export function isTextField(target: EventTarget | undefined): boolean {
  return target instanceof Element && target.matches('textarea, select, input:not([type=checkbox])');
}

/** Whether a key that was pressed in a text field belongs to the text. */
export function editsText(event: KeyboardEvent): boolean {
  const {ctrlKey, metaKey, altKey} = event;
  const key = latinKey(event);
  if (!isTextField(event.composedPath()[0])) return false;
  if (event.isComposing || event.keyCode === 229) return true;
  if (leaving.has(key) || /^F\d/.test(key)) return false;
  // AltGr, which writes letters on many keyboards, counts as Ctrl and Alt.
  const isCommand = (ctrlKey || metaKey) && !altKey;
  return !isCommand || editing.has(key) || key.startsWith('Arrow');
}
