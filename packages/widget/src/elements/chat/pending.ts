/**
 * What waits under the conversation: the line of an answer that has stalled, and the questions that are asked next. A chunk
 * that the chat loads when there is one of them; plain DOM, because with Lit in it every page would load more.
 */
import type {LitElement, ReactiveController} from 'lit';
import {heldUntil} from '../../client/chat-state.ts';
import type {QueuedQuestion} from '../../client/question-queue.ts';
import {mostQueued} from '../../client/question-queue.ts';
import type {Stall, StallController} from '../../controllers/stall.ts';
import {ChatActionEvent} from '../../events.ts';
import type {ChatAction} from '../../events.ts';
import {en} from '../../translations/en.ts';
import {completeEnglish} from '../../translations/index.ts';
import type {Words} from '../../translations/words.ts';
import {editPath, iconPaths} from '../../styles/icon-paths.ts';
import {plainIcon} from '../../styles/plain-icon.ts';
import {makeElement, makeStyles} from '../make-element.ts';
import {pendingStyles} from './pending.styles.ts';

completeEnglish(en);

interface Pending {
  readonly stall: Stall;
  readonly queue: readonly QueuedQuestion[];
  /** Nothing is being answered: the questions wait for the visitor, and not for the end of an answer. */
  readonly isKept: boolean;
  /** After too many questions, nothing can be sent yet. */
  readonly isHeld: boolean;
  readonly words: Words;
}

interface PendingView {
  /** Shows this. Costs nothing if it is the same as before. */
  show(pending: Pending): void;
}

interface PendingTargets {
  perform(action: ChatAction): void;
  /** Puts the focus in the composer. */
  leave(): void;
}

const putStyles = makeStyles(pendingStyles);

/** The fields that the queue is drawn from. */
const keys = ['queue', 'isKept', 'isHeld', 'words'] as const;

/** Fills `box`, which stands in `root`. */
function createPending(box: HTMLElement, root: ShadowRoot, {perform, leave}: PendingTargets): PendingView {
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

  function showQueue({queue, isKept, isHeld, words}: Pending): void {
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
    showNote({queue, isKept, isHeld, words});
  }

  function showNote({queue, isKept, isHeld, words}: Omit<Pending, 'stall'>): void {
    const send = makeElement('button', {type: 'button', class: 'button send-now'}, words.sendNow);
    send.onclick = () => perform({type: 'send-queued'});
    send.disabled = isHeld;
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
      const isSame = before && keys.every((key) => before[key] === pending[key]);
      if (!isSame) showQueue(pending);
    },
  };
}

function iconButton(path: string, title: string): HTMLButtonElement {
  const button = makeElement('button', {type: 'button', class: 'icon-button', title});
  button.append(plainIcon(path));
  return button;
}

/** A chat, as what waits in it sees it. */
export interface PendingHost extends LitElement {
  focusComposer(): void;
}

/** Shows what waits in a chat. */
export class PendingController implements ReactiveController {
  readonly #chat: PendingHost;
  readonly #stall: StallController;
  #view: PendingView | undefined;

  constructor(chat: PendingHost, stall: StallController) {
    this.#chat = chat;
    this.#stall = stall;
    chat.addController(this);
    this.hostUpdated();
  }

  hostUpdated(): void {
    const {renderRoot: root} = this.#chat;
    const box = root.querySelector<HTMLElement>('.pending');
    const words = root.querySelector('chatlet-thread')?.words;
    if (!box || !words || !(root instanceof ShadowRoot)) return;
    const perform = (action: ChatAction) => void box.dispatchEvent(new ChatActionEvent(action));
    this.#view ??= createPending(box, root, {perform, leave: () => this.#chat.focusComposer()});
    perform({
      type: 'run',
      run: ({store}) => {
        const state = store.getState();
        const {queue, status} = state;
        const isHeld = heldUntil(state) > Date.now();
        this.#view?.show({stall: this.#stall.stall, queue, isKept: status === 'idle', isHeld, words});
      },
    });
  }
}
