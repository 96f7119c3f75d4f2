/**
 * The line of a chat that waits for a person of the site, or has the reply of one; and the card on which a visitor hands
 * the chat over. A chunk of plain DOM. Knows no server.
 */
import type {ChatAction} from '../../events.ts';
import type {Words} from '../../translations/words.ts';
import {makeElement, makeStyles} from '../make-element.ts';
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
