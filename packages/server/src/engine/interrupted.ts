/** What an answer is when the process that wrote it is gone. Pure. */
import type {Message} from '@chatlet/protocol';
import {failCalls, isRunning} from './failed-calls.ts';

/** Nobody knows of a call that was running whether it was done, and the model must not take it for one that never ran. */
export function toInterrupted(answer: Message): Message {
  const words = 'The server went away meanwhile. Whether it was done is not known.';
  return {...failCalls(answer, isRunning, words), status: 'interrupted'};
}
