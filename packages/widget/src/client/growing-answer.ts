/** An answer as it grows, event by event. Pure: every event gives a new message. */
import {applyEvent} from '@chatlet/protocol';
import type {ChatEvent} from '@chatlet/protocol';
import type {ShownMessage} from './chat-state.ts';
import {omitUndefined} from './omit-undefined.ts';
import {retryTimeOf} from './shown-messages.ts';

/** An answer that is being written, and the time when its model began to think. */
export interface GrowingAnswer {
  readonly message: ShownMessage;
  readonly thinkingSince?: number;
}

/** The answer after one more event. */
export function grow(answer: GrowingAnswer, {event, now}: {event: ChatEvent; now: number}): GrowingAnswer {
  const {unsent: _, ...sent} = answer.message;
  const thinkingSince = answer.thinkingSince ?? (event.type === 'reasoning-delta' ? now : undefined);
  const message: ShownMessage & {thoughtFor?: number} = {...sent, ...applyEvent(sent, event)};
  if (thinkingSince !== undefined && event.type !== 'reasoning-delta' && event.type !== 'usage') {
    message.thoughtFor ??= Math.max(1, Math.round((now - thinkingSince) / 1000));
  }
  const retryAt = event.type === 'error' ? retryTimeOf(event, now) : undefined;
  return {message: {...message, ...omitUndefined({retryAt})}, ...omitUndefined({thinkingSince})};
}
