/** What the cards of waiting calls have in common: buttons, and an answer that is sent once and whose fate is told. */
import {ChatError, type ToolPart} from '@chatlet/protocol';
import type {ToolReply} from '../../client/transport.ts';
import type {ChatAction} from '../../events.ts';
import type {Words} from '../../translations/words.ts';
import {makeElement} from '../make-element.ts';

export interface WaitingCard {
  readonly part: ToolPart;
  /** The id of the answer. */
  readonly messageId: string;
  readonly words: Words;
  /** Resolves when the server has taken the answer; rejects with a ChatError if it has not. */
  perform(action: ChatAction): Promise<unknown>;
}

export function makeButton(text: string, onClick: () => void): HTMLButtonElement {
  const made = makeElement('button', {class: 'button', type: 'button'}, text);
  made.addEventListener('click', onClick);
  return made;
}

/** A function that sends the answer, unless one is under way. `status` tells how it went, `card` is busy meanwhile. */
export function createSender(
  {part: {callId}, messageId, words, perform}: WaitingCard,
  {card, status}: {readonly card: () => HTMLElement; readonly status: HTMLElement},
): (reply: ToolReply) => Promise<void> {
  let isBusy = false;
  return async (reply) => {
    if (isBusy) return;
    isBusy = true;
    card().setAttribute('aria-busy', 'true');
    status.textContent = words.loading;
    try {
      await perform({type: 'answer-tool', messageId, callId, reply});
    } catch (error) {
      const code = error instanceof ChatError ? error.code : undefined;
      status.textContent =
        code === 'conflict' ? words.answeredElsewhere : code === 'invalid-request' ? words.fieldWrong : words.notSent;
    }
    isBusy = false;
    card().removeAttribute('aria-busy');
  };
}
