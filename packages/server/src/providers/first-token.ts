/** Reads an answer up to its first words. Until then another request can replace it without anybody noticing. */
import {ChatError, type ChatEvent, isEnd} from '@chatlet/protocol';

/** An answer that has begun. */
export interface BegunAnswer {
  /** The events so far, as one batch. */
  readonly first: readonly ChatEvent[];
  /** Reads the rest. */
  readonly rest: AsyncIterator<readonly ChatEvent[]>;
}

/**
 * Waits for the first words, the first tool call, the first source or a complete empty answer.
 * @throws ChatError if the answer fails before that, or ends without a reason
 */
export async function readFirstToken(answer: AsyncIterable<readonly ChatEvent[]>): Promise<BegunAnswer> {
  const rest = answer[Symbol.asyncIterator]();
  const first: ChatEvent[] = [];
  for (;;) {
    const step = await rest.next();
    if (step.done) throw new ChatError('interrupted');
    for (const event of step.value) {
      if (event.type === 'error' && !first.some(isWord)) {
        await rest.return?.();
        throw ChatError.fromEvent(event);
      }
      first.push(event);
    }
    if (first.some(isWord)) return {first, rest};
  }
}

function isWord(event: ChatEvent): boolean {
  return event.type !== 'message-start' && event.type !== 'usage' && (event.type === 'message-end' || !isEnd(event));
}
