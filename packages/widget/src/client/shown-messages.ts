/** Makes and changes messages as a page shows them. Pure: every change gives a new message. */
import {ChatError, emptyAnswer, endOfError} from '@chatlet/protocol';
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

/** When asking again after this error may work, in milliseconds since 1970. */
export function retryTimeOf({retryAfter}: {readonly retryAfter?: number | undefined}, now: number): number | undefined {
  return retryAfter === undefined ? undefined : now + retryAfter * 1000;
}
