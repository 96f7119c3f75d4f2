/**
 * The line of a chat that waits for a person of the site, or has the reply of one; the card on which a visitor hands
 * the chat over; and the way to a person in the header. A chunk of plain DOM. Knows no server.
 */
import type {LitElement, ReactiveController} from 'lit';
import {asksPerson} from '../../client/validate.ts';
import {type ChatAction, ChatActionEvent} from '../../events.ts';
import {plainIcon} from '../../styles/plain-icon.ts';
import {isIncomplete, loadEnglish} from '../../translations/index.ts';
import type {Words} from '../../translations/words.ts';
import {makeElement, makeStyles} from '../make-element.ts';
import {contactUrl} from '../sources/web-url.ts';
import {type WaitingCard, makeButton, onEnter, putCardStyles, sendFromCard} from './card-parts.ts';

const putPersonStyles = makeStyles(`
  .person {
    margin: 0 0 6px;
    font-weight: 600;
  }

  .person-pending {
    padding: 8px 12px;
    border: 1px dashed var(--_control-line);
    border-radius: 12px;
    color: var(--_muted);
    font-weight: inherit;
  }
`);

/** Milliseconds between two looks for the reply, while the page is seen. */
const lookTime = 5_000;
/** Messages that have waited in this page: their replies are announced. */
const waited = new Set<string>();

/** Says that a person was asked, answers, or has not answered. While the chat waits, it looks for the reply. */
export function createPersonLine(
  root: ShadowRoot,
  {part, messageId, words, perform, said = ''}: WaitingCard & {readonly said?: string},
): HTMLElement {
  putPersonStyles(root);
  const line = makeElement('p', {class: 'person', part: 'person'});
  const end = Date.parse(part.wait?.expiresAt ?? '');
  const tell = () => {
    line.classList.toggle('person-pending', part.state !== 'done');
    line.textContent =
      part.state === 'done' ? words.personAnswers : isWaiting() ? words.personAsked : words.personSilent;
  };
  const isWaiting = () => part.state === 'waiting' && Date.now() < end;
  tell();
  if (isWaiting()) {
    waited.add(messageId);
    const timer = setInterval(() => {
      tell();
      if (!line.isConnected || !isWaiting()) clearInterval(timer);
      else if (document.visibilityState === 'visible') void perform({type: 'look-again'});
    }, lookTime);
  } else if (waited.delete(messageId)) void perform({type: 'say', text: `${line.textContent} ${said}`.trim()});
  return line;
}

interface AskCard {
  readonly words: Words;
  /** Rejects if the server has not taken the chat. */
  perform(action: ChatAction): unknown;
}

/** Says what is sent, takes the visitor's words, and sends them with the chat. */
export function createAskCard(root: ShadowRoot, {words, perform}: AskCard): HTMLElement {
  putCardStyles(root);
  const status = makeElement('p', {role: 'status'});
  const text = makeElement('input', {type: 'text', maxlength: '4000', dir: 'auto', 'aria-label': words.contact});
  const handOver = async () => {
    await perform({type: 'ask-person', text: text.value.trim()});
    card.remove();
  };
  const send = () => void sendFromCard({card, status, words, send: handOver});
  onEnter(text, send);
  const card = makeElement(
    'div',
    {class: 'approval', part: 'ask-person', role: 'group', 'aria-label': words.contact},
    makeElement('p', {class: 'ask'}, words.contact),
    makeElement('p', {}, words.handOver),
    makeElement('p', {}, text),
    makeElement(
      'div',
      {class: 'answers'},
      makeButton(words.send, send, 'button primary'),
      makeButton(words.cancel, () => card.remove()),
    ),
    status,
  );
  setTimeout(() => text.focus());
  return card;
}

const person = 'M12 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4 21a8 8 0 0 1 16 0';

/**
 * The way to a person in the header of a chat: a link to the site's contact, or a button for the card, as soon as there is a
 * chat that can be handed over.
 */
export class ContactButton implements ReactiveController {
  readonly #chat: LitElement;
  #shown: HTMLElement | undefined;
  #shownFor = '';
  #card: HTMLElement | undefined;

  constructor(chat: LitElement) {
    this.#chat = chat;
    chat.addController(this);
    this.hostUpdated();
    // Its words come with those of other parts. If they cannot be fetched, another part that needs them tries again.
    loadEnglish().catch(() => {});
  }

  hostUpdated(): void {
    const root = this.#chat.renderRoot;
    const thread = root.querySelector('chatlet-thread');
    const names = root.querySelector('.names');
    if (!thread || !names || !(root instanceof ShadowRoot)) return;
    const {contact, words, messages} = thread;
    if (isIncomplete(words)) return;
    const isAsking = contact === asksPerson;
    // Nothing can be handed over before the server has a question.
    const isPossible = isAsking
      ? messages.some(({role, unsent}) => role === 'assistant' && !unsent)
      : contactUrl(contact) !== undefined;
    const key = isPossible ? `${contact} ${words.contact}` : '';
    if (!isPossible) this.#card?.remove();
    if (key === this.#shownFor && (this.#shown?.isConnected ?? true)) return;
    this.#shownFor = key;
    this.#shown?.remove();
    this.#shown = isPossible ? (isAsking ? this.#makeButton(root, words) : makeLink(contact, words)) : undefined;
    if (this.#shown) names.after(this.#shown);
  }

  #makeButton(root: ShadowRoot, words: Words): HTMLElement {
    const button = makeElement(
      'button',
      {class: 'icon-button contact', type: 'button', title: words.contact},
      plainIcon(person),
    );
    button.addEventListener('click', () => this.#openCard(root, words));
    return button;
  }

  #openCard(root: ShadowRoot, words: Words): void {
    const footer = root.querySelector('.footer');
    if (this.#card?.isConnected) this.#card.querySelector('input')?.focus();
    else if (footer) {
      const perform = async (action: ChatAction) => {
        const event = new ChatActionEvent(action);
        footer.dispatchEvent(event);
        return event.result;
      };
      this.#card = createAskCard(root, {words, perform});
      footer.prepend(this.#card);
    }
  }
}

function makeLink(contact: string | undefined, words: Words): HTMLElement {
  const href = contactUrl(contact) ?? '';
  const link = {class: 'icon-button contact', href, target: '_blank', rel: 'noopener noreferrer'};
  return makeElement('a', {...link, title: words.contact}, plainIcon(person));
}
