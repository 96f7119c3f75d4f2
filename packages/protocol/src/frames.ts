/** What all ways of cutting text into frames have in common. */
import {ChatError} from './error.ts';
import type {ChatEvent} from './event.ts';

/** The most characters of one frame. A sender of more is broken or malicious. */
export const longestFrame = 16 * 1024 * 1024;

/** The one empty batch, shared so that a piece without events allocates nothing. */
export const noEvents: readonly ChatEvent[] = [];

/** Turns a dialect's frames into events. */
export interface FrameReader<Frame> {
  /** Appends the events of one frame. Not called again after an event that ends the answer. */
  read(frame: Frame, out: ChatEvent[]): void;
  /** Ends the input. Appends the events that were held back; an end only if the dialect needs no end mark. */
  end?(out: ChatEvent[]): void;
}

/** One server-sent event: `data` joined over its lines, `event` and `id` if they were given. */
export interface SseFrame {
  readonly data: string;
  readonly event?: string | undefined;
  readonly id?: string | undefined;
}

export function tooLongError(): ChatEvent {
  return new ChatError('unreadable', 'The server sent more in one piece than this chat can read.').toEvent();
}
