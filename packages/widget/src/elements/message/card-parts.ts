/** What the cards have in common: their styles, buttons, and an answer that is sent once and whose fate is told. */
import {ChatError, type ToolPart} from '@chatlet/protocol';
import type {ToolReply} from '../../client/transport.ts';
import type {ChatAction} from '../../events.ts';
import type {Words} from '../../translations/words.ts';
import {makeElement, makeStyles} from '../make-element.ts';
import {cardStyles} from './card.styles.ts';

/** Puts the styles of all cards into a root. */
export const putCardStyles = makeStyles(cardStyles);

export interface WaitingCard {
  readonly part: ToolPart;
  /** The id of the answer. */
  readonly messageId: string;
  readonly words: Words;
  /** Resolves when the server has taken the answer; rejects with a ChatError if it has not. */
  perform(action: ChatAction): Promise<unknown>;
}

/** Says how long the call waits for its answer, if it is our server that keeps it: then any device may answer. */
export function makeTerm({part: {wait}, words}: Pick<WaitingCard, 'part' | 'words'>): HTMLElement {
  const end = new Date(wait?.definition ? wait.expiresAt : '');
  if (Number.isNaN(end.getTime())) return makeElement('p', {hidden: ''});
  const format = new Intl.DateTimeFormat(words.language, {weekday: 'long', hour: 'numeric', minute: '2-digit'});
  return makeElement('p', {class: 'term'}, words.waitsUntil(format.format(end)));
}

/** Takes no answer when the time of the call is over: at once, or when that comes. Says so in the status. */
export function endInTime({card, status}: Pick<Sending, 'card' | 'status'>, {part: {wait}, words}: WaitingCard): void {
  const left = Date.parse(wait?.expiresAt ?? '') - Date.now();
  const end = () => {
    endCard(card);
    status.textContent = words.toolTooLate;
  };
  if (left <= 0) end();
  else if (left < longestTimer) setTimeout(end, left);
}

/** Milliseconds; browsers fire at once beyond it. */
const longestTimer = 2 ** 31 - 1;

/** Leaves what was asked, and nothing to answer it with. */
function endCard(card: HTMLElement): void {
  for (const each of card.querySelectorAll('form, label, textarea, button, .answers, .term')) each.remove();
}

/** `look`: the classes of the button. */
export function makeButton(text: string, onClick: () => void, look = 'button'): HTMLButtonElement {
  const made = makeElement('button', {class: look, type: 'button'}, text);
  made.addEventListener('click', onClick);
  return made;
}

/** Runs when the visitor presses Enter, but not if that ends the composition of a character. */
export function onEnter(field: HTMLElement, run: () => void): void {
  field.addEventListener('keydown', (event) => {
    // Safari ends the composition first, and gives the key 229.
    if (event.key === 'Enter' && !event.isComposing && event.keyCode !== 229) run();
  });
}

interface Sending {
  /** It is busy while something is sent. */
  readonly card: HTMLElement;
  /** Tells how it goes. */
  readonly status: HTMLElement;
  readonly words: Words;
  send(): Promise<void>;
  /** The words for a failure, if it has some of its own. */
  explain?(error: unknown): string | undefined;
}

/** Sends what the visitor has entered, unless the card is busy with that. Never rejects. */
export async function sendFromCard({card, status, words, send, explain}: Sending): Promise<void> {
  if (card.ariaBusy) return;
  card.ariaBusy = 'true';
  status.textContent = words.loading;
  try {
    await send();
  } catch (error) {
    status.textContent = explain?.(error) ?? words.notSent;
  }
  card.ariaBusy = null;
}

/** Sends the answer to a waiting call, as `sendFromCard` does. */
export function sendReply(
  {part: {callId, wait}, messageId, words, perform}: WaitingCard,
  reply: ToolReply,
  {card, status}: Pick<Sending, 'card' | 'status'>,
): Promise<void> {
  return sendFromCard({
    card,
    status,
    words,
    async send() {
      await perform({type: 'answer-tool', call: {messageId, callId, expiresAt: wait?.expiresAt}, reply});
    },
    explain(error) {
      const code = error instanceof ChatError ? error.code : undefined;
      if (error instanceof ChatError && error.details?.['reason'] === 'expired') {
        endCard(card);
        return words.toolTooLate;
      }
      if (code === 'conflict') return words.answeredElsewhere;
      return code === 'invalid-request' ? words.fieldWrong : undefined;
    },
  });
}
