/** Makes and changes messages as a page shows them. Pure: every change gives a new message. */
import {applyEvent, ChatError, emptyAnswer, textOf} from '@chatlet/protocol';
import type {ChatEvent, Message} from '@chatlet/protocol';
import type {ShownMessage} from './chat-state.ts';
import {newId} from './ids.ts';
import {omitUndefined} from './omit-undefined.ts';
import {separateThoughts} from './thoughts.ts';

/** Messages from outside of the page as it shows them, without system messages. */
export function asShown(messages: readonly Message[]): readonly ShownMessage[] {
  return messages
    .filter((message) => message.role !== 'system')
    .map((message) =>
      message.role === 'assistant'
        ? {...message, parts: separateThoughts(message.parts), key: message.id}
        : {...message, key: message.id},
    );
}

export function newQuestion(text: string, {id, now}: {id: string; now: number}): ShownMessage {
  const createdAt = new Date(now).toISOString();
  return {id, key: id, role: 'user', parts: [{type: 'text', text}], status: 'done', createdAt, unsent: true};
}

/** An empty answer, of the chosen model if there is one. */
export function newAnswer(model: string | undefined, now: number): ShownMessage {
  const id = newId('local');
  const createdAt = new Date(now).toISOString();
  return {...emptyAnswer({id, createdAt, ...omitUndefined({model})}), key: id, unsent: true};
}

/** An answer that is being written, and the time when its model began to think. */
export interface GrowingAnswer {
  readonly message: ShownMessage;
  readonly thinkingSince?: number;
}

/** The answer after one more event. */
export function grow(answer: GrowingAnswer, {event, now}: {event: ChatEvent; now: number}): GrowingAnswer {
  const {unsent: _, ...sent} = answer.message;
  const thinkingSince = answer.thinkingSince ?? (event.type === 'reasoning-delta' ? now : undefined);
  const message: ShownMessage & {thoughtFor?: number; retryAt?: number} = {...sent, ...applyEvent(sent, event)};
  if (thinkingSince !== undefined && event.type !== 'reasoning-delta' && event.type !== 'usage') {
    message.thoughtFor ??= Math.max(1, Math.round((now - thinkingSince) / 1000));
  }
  if (event.type === 'error' && event.retryAfter !== undefined) message.retryAt = now + event.retryAfter * 1000;
  return {message, ...omitUndefined({thinkingSince})};
}

export function stopped(answer: ShownMessage): ShownMessage {
  return {...answer, status: 'stopped', endReason: 'stopped'};
}

/** The answer of a turn that threw. It stays unsent if the request never reached the server. */
export function failed(answer: ShownMessage, {thrown, now}: {thrown: unknown; now: number}): ShownMessage {
  const {message} = grow({message: answer}, {event: ChatError.from(thrown).toEvent(), now});
  return answer.unsent ? {...message, unsent: true} : message;
}

/**
 * The saved messages in place of those shown, from the first saved one on. A message that is shown already keeps its key,
 * and older messages stay.
 */
export function mergeSaved(shown: readonly ShownMessage[], saved: readonly Message[]): readonly ShownMessage[] {
  const fresh = asShown(saved);
  const first = shown.findIndex(({id}) => id === fresh[0]?.id);
  const known = new Map(shown.map((message) => [message.id, message]));
  const merged = fresh.map((message) => {
    const before = known.get(message.id);
    return before ? (isEqual(before, message) ? before : {...message, key: before.key}) : message;
  });
  return first < 0 ? merged : [...shown.slice(0, first), ...merged];
}

export function isSame(some: readonly ShownMessage[], others: readonly ShownMessage[]): boolean {
  return some.length === others.length && some.every((message, index) => message === others[index]);
}

function isEqual(one: ShownMessage, other: ShownMessage): boolean {
  return one.status === other.status && textOf(one) === textOf(other);
}
