/**
 * The list of keys, in a dialog. A chunk that the chat loads when `?` is pressed; plain DOM, because with Lit in it every
 * page would load more.
 */
import {findFocused} from '../../controllers/tabbable.ts';
import {en} from '../../translations/en.ts';
import {completeEnglish} from '../../translations/index.ts';
import type {Words} from '../../translations/words.ts';
import {makeElement, makeStyles} from '../make-element.ts';

completeEnglish(en);

export interface Help {
  readonly words: Words;
  /** Whether screen readers are told the text of answers. */
  readonly saysText: boolean;
  onSaysText(saysText: boolean): void;
}

const putStyles = makeStyles(`
  .help {
    inline-size: min(420px, calc(100% - 32px));
    max-block-size: min(560px, calc(100% - 32px));
    margin: auto;
    padding: 18px 20px;
    overflow: auto;
    border: 1px solid var(--_line);
    border-radius: min(var(--_radius), 18px);
    background: var(--_background);
    color: var(--_ink);
    font: inherit;
    box-shadow: var(--_shadow);
  }

  .help::backdrop {
    background: rgb(0 0 0 / 30%);
  }

  .help-top {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: 8px;
    margin-block-end: 8px;
  }

  .help dl {
    display: grid;
    grid-template-columns: 1fr auto;
    margin: 0;
    font-size: calc(14 * var(--_px));
  }

  .help :is(dt, dd) {
    margin: 0;
    padding-block: 5px;
    border-block-end: 1px solid var(--_line);
  }

  .help dd {
    display: flex;
    align-items: start;
    gap: 4px;
    padding-inline-start: 16px;
  }

  .help kbd {
    min-inline-size: 24px;
    padding: 1px 6px;
    border: 1px solid var(--_line);
    border-block-end-width: 2px;
    border-radius: 6px;
    background: var(--_surface);
    font: calc(12.5 * var(--_px)) / 1.45 var(--_font-mono);
    text-align: center;
  }

  .help label {
    display: flex;
    align-items: center;
    gap: 10px;
    margin-block-start: 12px;
    font-size: calc(14 * var(--_px));
  }

  .help input {
    inline-size: 18px;
    block-size: 18px;
    accent-color: var(--_accent);
  }
`);

/** Each action with its keys, in the order of the list. */
function listKeys(words: Words): readonly (readonly [name: string, ...keys: string[]])[] {
  const {keyEscape, keyDelete} = words;
  return [
    [words.keyBetween, 'F6'],
    [words.composerLabel, '/'],
    [`${words.starters} / ${words.followUps}`, '1', '2', '3', '4'],
    [words.send, '↵'],
    [words.stop, keyEscape, 'S'],
    [words.keyMessages, '↑', '↓'],
    [words.jumpToLatest, 'L'],
    [words.copyAnswer, 'C'],
    [`${words.regenerate} / ${words.retry}`, 'R'],
    [`${words.resume} / ${words.sendNow}`, 'G'],
    [words.signIn, 'I'],
    [words.contact, 'P'],
    [words.editQuestion, 'E', '↑'],
    [words.editNext, '⌫', '↑'],
    [words.removeNext, keyDelete],
    [words.model, 'M'],
    [words.newChat, 'N'],
    [words.history, 'H'],
    [words.rename, 'F2'],
    [words.remove, keyDelete],
    [words.olderMessages, 'O'],
    [words.large, 'W'],
    [words.close, keyEscape],
    [words.keys, '?'],
  ];
}

/** Shows the list over the chat. The focus is inside it until it is closed, and then where it was. */
export function showHelp(root: ShadowRoot, {words, saysText, onSaysText}: Help): void {
  putStyles(root);
  const before = findFocused();
  const title = makeElement('h2', {id: 'help-title'}, words.keys);
  const close = makeElement('button', {class: 'button', type: 'button'}, words.dismiss);
  const keys = listKeys(words).flatMap(([name, ...each]) => [
    makeElement('dt', {}, name),
    makeElement('dd', {dir: 'ltr'}, ...each.map((key) => makeElement('kbd', {}, key))),
  ]);
  const box = makeElement('input', {type: 'checkbox'});
  box.checked = saysText;
  box.addEventListener('change', () => onSaysText(box.checked));
  const dialog = makeElement(
    'dialog',
    {class: 'help', part: 'help', 'aria-labelledby': 'help-title'},
    makeElement('div', {class: 'help-top'}, title, close),
    makeElement('dl', {}, ...keys),
    makeElement('label', {}, box, words.announceText),
  );
  close.addEventListener('click', () => dialog.close());
  dialog.addEventListener('click', ({target}) => {
    if (target === dialog) dialog.close();
  });
  // Escape closes the dialog, and neither the drawer nor the panel.
  dialog.addEventListener('keydown', (event) => event.stopPropagation());
  dialog.addEventListener('close', () => {
    dialog.remove();
    if (before instanceof HTMLElement) before.focus();
  });
  root.querySelector('.chat')?.append(dialog);
  dialog.showModal();
}
