/**
 * What a visitor can do with all chats at once: download them, or delete them after a second question. A chunk that the
 * list of chats loads when its button is pressed; plain DOM, because with Lit in it every page would load more. Knows no
 * server: it waits for the results of its actions.
 */
import type {ExportFormat} from '../../client/transport.ts';
import type {ChatAction} from '../../events.ts';
import type {Words} from '../../translations/words.ts';
import {makeElement, makeStyles} from '../make-element.ts';
import {allChatsStyles} from './all-chats.styles.ts';

export interface AllChatsMenu {
  readonly words: Words;
  /** Resolves with the result of the action; rejects if it failed. */
  perform(action: ChatAction): Promise<unknown>;
  /** Called when the menu is no longer wanted. With `refocus` the focus was in it, and belongs to its button. */
  close(options: {refocus: boolean}): void;
}

/** Each format that a visitor can choose: its name, and the ending of its files. */
const formats: readonly (readonly [format: ExportFormat, name: string, ending: string])[] = [
  ['markdown', 'Markdown', 'md'],
  ['json', 'JSON', 'json'],
];

/** Milliseconds that a browser may take to begin a download. */
const downloadTime = 60_000;

const putStyles = makeStyles(allChatsStyles);

/** Makes the menu for `root`. It takes the focus when it is put into the page. */
export function createAllChatsMenu(root: ShadowRoot, {words, perform, close}: AllChatsMenu): HTMLElement {
  putStyles(root);
  let isBusy = false;
  const status = makeElement('p', {role: 'status'});
  const content = makeElement('div', {});
  const menu = makeElement('div', {class: 'all-chats-menu', part: 'all-chats'}, content, status);

  /** Says that it is done, and closes; if it fails, the menu says so and stays, so that it can be tried again. */
  const request = async (action: ChatAction, said: {done: string; failed: string}): Promise<unknown> => {
    if (isBusy) return undefined;
    isBusy = true;
    status.textContent = words.loading;
    try {
      const result = await perform(action);
      await perform({type: 'say', text: said.done});
      close({refocus: true});
      return result;
    } catch {
      isBusy = false;
      status.textContent = said.failed;
      return undefined;
    }
  };

  const download = async ([format, , ending]: (typeof formats)[number]): Promise<void> => {
    const said = {done: words.downloaded, failed: words.downloadFailed};
    const file = await request({type: 'export-chats', format}, said);
    if (file instanceof Blob) save(file, `chats.${ending}`);
  };

  const removeAll = () => request({type: 'remove-all-chats'}, {done: words.removedAll, failed: words.removeAllFailed});

  const show = (attributes: Readonly<Record<string, string>>, ...children: readonly Element[]) => {
    const shown = makeElement('div', attributes, ...children);
    const before = content.firstElementChild;
    content.append(shown);
    status.textContent = '';
    // Before the old button goes, and the focus with it.
    shown.querySelector('button')?.focus();
    before?.remove();
  };

  const showMenu = () => {
    const item = (text: string, onClick: () => void, more?: {class: string}) =>
      button(text, onClick, {role: 'menuitem', tabindex: '-1', ...more});
    show(
      {role: 'menu', 'aria-label': words.allChats},
      ...formats.map((each) => item(words.downloadAllAs(each[1]), () => void download(each))),
      item(words.removeAll, showQuestion, {class: 'danger'}),
    );
  };

  const showQuestion = () => {
    const question = makeElement('p', {id: 'question'}, words.removeAllQuestion);
    const answers = makeElement(
      'div',
      {class: 'answers'},
      button(words.cancel, showMenu, {class: 'button'}),
      button(words.removeAll, () => void removeAll(), {class: 'button danger'}),
    );
    const attributes = {role: 'alertdialog', 'aria-label': words.removeAll, 'aria-describedby': 'question'};
    show(attributes, question, answers);
  };

  menu.addEventListener('keydown', (event) => {
    const {key, shiftKey} = event;
    const buttons = [...menu.querySelectorAll('button')];
    const place = buttons.findIndex((each) => each.matches(':focus'));
    const inQuestion = content.firstElementChild?.role === 'alertdialog';
    const places: Readonly<Record<string, number>> = {
      ArrowDown: place + 1,
      ArrowUp: place - 1,
      Home: 0,
      End: -1,
      // A question is answered before the focus leaves it.
      ...(inQuestion && {Tab: shiftKey ? place - 1 : place + 1}),
    };
    const next = places[key];
    if (next !== undefined) buttons.at(next % buttons.length)?.focus();
    else if (key === 'Escape' || key === 'Tab') {
      if (!isBusy) close({refocus: true});
      // Tab goes on from the button of the menu, as if there were no menu.
      if (key === 'Tab') return;
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });

  // The visitor goes elsewhere, and the focus with them. A request that is under way is waited for. In another window they
  // take no focus along.
  menu.addEventListener('focusout', ({relatedTarget}) => {
    const next = relatedTarget ?? root.activeElement;
    const isInside = next instanceof Node && menu.contains(next);
    if (!isInside && !isBusy) close({refocus: false});
  });

  showMenu();
  return menu;
}

function button(text: string, onClick: () => void, attributes: Readonly<Record<string, string>>): HTMLButtonElement {
  const made = makeElement('button', {type: 'button', ...attributes}, text);
  made.addEventListener('click', onClick);
  return made;
}

/** Saves a file as a download of the browser. */
function save(file: Blob, name: string): void {
  const href = URL.createObjectURL(file);
  makeElement('a', {href, download: name}).click();
  setTimeout(() => URL.revokeObjectURL(href), downloadTime);
}
