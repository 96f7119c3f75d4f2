/**
 * What waits under the conversation: the line of an answer that has stalled, and the questions that are asked next. A chunk
 * that the chat loads when there is one of them; plain DOM, because with Lit in it every page would load more.
 */
import type {QueuedQuestion} from '../../client/question-queue.ts';
import {mostQueued} from '../../client/question-queue.ts';
import type {Stall} from '../../controllers/stall.ts';
import type {PerformedAction} from './actions.ts';
import {en} from '../../translations/en.ts';
import {completeEnglish} from '../../translations/index.ts';
import type {Words} from '../../translations/words.ts';
import {editPath, iconPaths} from '../../styles/icon-paths.ts';
import {plainIcon} from '../../styles/plain-icon.ts';
import {makeElement, makeStyles} from '../make-element.ts';
import {pendingStyles} from './pending.styles.ts';

completeEnglish(en);

export interface Pending {
  readonly stall: Stall;
  readonly queue: readonly QueuedQuestion[];
  /** Nothing is being answered: the questions wait for the visitor, and not for the end of an answer. */
  readonly isKept: boolean;
  readonly words: Words;
}

export interface PendingView {
  /** Shows this. Costs nothing if it is the same as before. */
  show(pending: Pending): void;
}

interface PendingTargets {
  perform(action: PerformedAction): void;
  /** Puts the focus in the composer. */
  leave(): void;
}

const putStyles = makeStyles(pendingStyles);

/** Fills `box`, which stands in `root`. */
export function createPending(box: HTMLElement, root: ShadowRoot, {perform, leave}: PendingTargets): PendingView {
  putStyles(root);
  const line = makeElement('div', {class: 'stall'});
  const list = makeElement('ol', {class: 'queue', part: 'queue'});
  const note = makeElement('p', {class: 'queue-note'});
  const items = new Map<string, HTMLElement>();
  let shown: Pending | undefined;

  function showStall({stall, words}: Pending): void {
    if (stall === 'none') {
      line.remove();
      return;
    }
    line.classList.toggle('over', stall === 'over');
    if (line.isConnected) return;
    const stop = makeElement('button', {type: 'button', class: 'stop-word'}, words.stop);
    stop.onclick = () => perform({type: 'stop'});
    line.replaceChildren(makeElement('span', {}, words.stillWorking), stop);
    box.prepend(line);
  }

  function showQueue({queue, isKept, words}: Pending): void {
    for (const [id, item] of items) {
      if (queue.some((question) => question.id === id)) continue;
      item.remove();
      items.delete(id);
    }
    for (const question of queue) {
      const item = items.get(question.id) ?? createItem(question, words);
      items.set(question.id, item);
      if (!item.isConnected) list.append(item);
    }
    list.ariaLabel = words.nextQuestions;
    if (queue.length === 0) list.remove();
    else if (!list.isConnected) box.append(list);
    showNote({queue, isKept, words});
  }

  function showNote({queue, isKept, words}: Omit<Pending, 'stall'>): void {
    const send = makeElement('button', {type: 'button', class: 'button send-now'}, words.sendNow);
    send.onclick = () => perform({type: 'send-queued'});
    if (isKept) note.replaceChildren(makeElement('span', {}, words.queueKept), send);
    else note.replaceChildren(words.queueFull);
    if (queue.length > 0 && (isKept || queue.length >= mostQueued)) box.append(note);
    else note.remove();
  }

  function createItem({id, text}: QueuedQuestion, words: Words): HTMLElement {
    const edit = iconButton(editPath, words.editNext);
    const remove = iconButton(iconPaths.close, words.removeNext);
    edit.onclick = () => perform({type: 'edit-queued', id});
    remove.onclick = () => perform({type: 'remove-queued', id});
    const bubble = makeElement(
      'div',
      {class: 'queued', part: 'queued'},
      makeElement('span', {dir: 'auto'}, text),
      makeElement('b', {}, words.next),
    );
    const item = makeElement('li', {}, edit, remove, bubble);
    item.onkeydown = (event) => {
      if (event.key === 'Delete' || event.key === 'Backspace') remove.click();
      else if (event.key === 'Escape') leave();
      else return;
      event.preventDefault();
      event.stopPropagation();
    };
    return item;
  }

  return {
    show(pending) {
      const before = shown;
      shown = pending;
      if (before?.words !== pending.words) {
        line.remove();
        list.replaceChildren();
        items.clear();
      }
      if (before?.stall !== pending.stall || before.words !== pending.words) showStall(pending);
      if (before?.queue !== pending.queue || before.isKept !== pending.isKept || before.words !== pending.words) {
        showQueue(pending);
      }
    },
  };
}

function iconButton(path: string, title: string): HTMLButtonElement {
  const button = makeElement('button', {type: 'button', class: 'icon-button', title, 'aria-label': title});
  button.append(plainIcon(path));
  return button;
}
