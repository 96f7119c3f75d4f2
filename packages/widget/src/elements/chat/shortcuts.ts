/**
 * The keys of the chat. They work while the focus is in the chat and no text is being written, and each presses the button
 * that a pointer would press.
 */
import type {LitElement} from 'lit';
import type {StorageNamespace} from '../../client/storage.ts';
import type {AnnouncerController} from '../../controllers/announcer.ts';
import {isVisible} from '../../controllers/tabbable.ts';
import {isTextField, latinKey} from './keys.ts';

/** The button that each key presses: the last one that matches. `?` shows the list of keys. */
export const keyButtons: Readonly<Record<string, string>> = {
  n: '[part~=new-chat]',
  h: '.history-button',
  m: '.pill',
  c: '.answer .copy',
  r: '.regenerate, .retry',
  e: '.question .change',
  g: '.resume, .send-now',
  i: 'button.sign-in',
  s: '[part~=stop]',
  l: '.jump',
  o: '.older',
  p: '.contact',
  w: '.large',
};

/** The lists of questions to choose from, which the digits press. */
const choices = 'ul:has(.starter), .follow-ups';

interface ShortcutTargets {
  /** The element that the key was pressed on. */
  readonly target: EventTarget | undefined;
  readonly chat: LitElement & {focusComposer(): void};
  readonly announcer: AnnouncerController;
  /** Keeps what the visitor chooses. */
  device(): StorageNamespace | undefined;
}

/** Does what a key is for. Other keys go on to the page. */
export function pressShortcut(event: KeyboardEvent, targets: ShortcutTargets): void {
  const key = shortcutOf(event, targets.target);
  const root = targets.chat.renderRoot;
  if (key === undefined || !(root instanceof ShadowRoot) || !perform(key, root, targets)) return;
  event.preventDefault();
  event.stopPropagation();
}

/** Whether there is something that the key does. */
function perform(key: string, root: ShadowRoot, targets: ShortcutTargets): boolean {
  // The list of chats, if it stands beside the conversation.
  const list = root.querySelector<HTMLElement>('chatlet-history:not(.drawer)');
  if (key === '?') void showHelp(root, targets);
  else if (key === '/') targets.chat.focusComposer();
  else if (key === 'h' && list) list.focus();
  else {
    const button = findKeyButton(root, key);
    button?.click();
    return button !== undefined;
  }
  return true;
}

function findKeyButton(root: ShadowRoot, key: string): HTMLElement | undefined {
  if (/\d/.test(key)) return findButton(root, choices)?.querySelectorAll('button')[Number(key) - 1];
  const selector = keyButtons[key];
  return selector === undefined ? undefined : findButton(root, selector);
}

/** The character of a key that may be a shortcut: pressed alone, and not in a text field. */
function shortcutOf(event: KeyboardEvent, target: EventTarget | undefined): string | undefined {
  const {ctrlKey, metaKey, altKey} = event;
  const key = latinKey(event);
  const isFree = !event.defaultPrevented && !ctrlKey && !metaKey && !altKey && !event.isComposing;
  const inList = target instanceof Element && target.matches('[role=listbox], [role=menuitem]');
  return isFree && key.length === 1 && !isTextField(target) && !inList ? key.toLowerCase() : undefined;
}

async function showHelp(root: ShadowRoot, {chat, announcer, device}: ShortcutTargets): Promise<void> {
  try {
    const help = await import('./help.ts');
    // The list brings words of its own, which the chat hands on when it renders.
    await chat.updateComplete;
    const words = root.querySelector('chatlet-thread')?.words;
    if (!words) return;
    help.showHelp(root, {
      words,
      saysText: announcer.saysText,
      onSaysText(saysText) {
        announcer.saysText = saysText;
        device()?.set('announce', saysText ? undefined : 'ends');
      },
    });
  } catch {
    // The chunk could not be fetched. Pressing the key tries again.
    const words = root.querySelector('chatlet-thread')?.words;
    if (words) announcer.say(words.errors.network.title);
  }
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
