/** Makes and changes messages as a page shows them. Pure: every change gives a new message. */
import {ChatError, emptyAnswer, endOfError, textOf} from '@chatlet/protocol';
import type {Message} from '@chatlet/protocol';
import type {ShownMessage} from './chat-state.ts';
import {newId} from './ids.ts';
import {omitUndefined} from './omit-undefined.ts';

/** Messages from outside of the page as it shows them, without system messages. */
export function asShown(messages: readonly Message[]): readonly ShownMessage[] {
  return messages.filter(({role}) => role !== 'system').map((message) => ({...message, key: message.id}));
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

export function stopped(answer: ShownMessage): ShownMessage {
  return {...answer, status: 'stopped', endReason: 'stopped'};
}

/** The answer of a turn that threw. It stays unsent if the request never reached the server. */
export function failed(answer: ShownMessage, {thrown, now}: {thrown: unknown; now: number}): ShownMessage {
  const event = ChatError.from(thrown).toEvent();
  return {...answer, ...endOfError(event), ...omitUndefined({retryAt: retryTimeOf(event, now)})};
}

/**
 * The saved messages in place of those shown, from the first saved one on. A message that is shown already keeps its key,
 * and older messages stay.
 */
export function mergeSaved(shown: readonly ShownMessage[], fresh: readonly ShownMessage[]): readonly ShownMessage[] {
  const first = shown.findIndex(({id}) => id === fresh[0]?.id);
  const known = new Map(shown.map((message) => [message.id, message]));
  const merged = fresh.map((message) => {
    const before = known.get(message.id);
    return before ? (isEqual(before, message) ? before : {...message, key: before.key}) : message;
  });
  return first < 0 ? merged : [...shown.slice(0, first), ...merged];
}

/** When asking again after this error may work, in milliseconds since 1970. */
export function retryTimeOf({retryAfter}: {readonly retryAfter?: number | undefined}, now: number): number | undefined {
  return retryAfter === undefined ? undefined : now + retryAfter * 1000;
}

export function isSame(some: readonly ShownMessage[], others: readonly ShownMessage[]): boolean {
  return some.length === others.length && some.every((message, index) => message === others[index]);
}

function isEqual(one: ShownMessage, other: ShownMessage): boolean {
  return one.status === other.status && textOf(one) === textOf(other) && toolStatesOf(one) === toolStatesOf(other);
}

function toolStatesOf({parts}: ShownMessage): string {
  // A call may wait for one thing after the other.
  return parts.map((part) => (part.type === 'tool' ? `${part.state} ${part.wait?.expiresAt}` : '')).join();
}
