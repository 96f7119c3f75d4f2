/**
 * An answer cache: a question that was asked before, after the same conversation, gets the same answer without a
 * request. In memory only, so it ends with the page, and with the visitor. Knows no HTTP.
 */
import {joinDeltas, textOf} from '@chatlet/protocol';
import type {ChatEvent} from '@chatlet/protocol';
import type {Arrival, ChatRequest, ChatTransport} from './transport.ts';

/** Beyond this many, the oldest answer is dropped. */
const maxAnswers = 50;

export class AnswerCache {
  readonly #answers = new Map<string, readonly ChatEvent[]>();

  clear(): void {
    this.#answers.clear();
  }

  /** The kept answer, or else that of the transport. Only complete answers are kept. `regenerate` and `continue` always ask. */
  async *send(
    transport: ChatTransport,
    {request, signal}: {request: ChatRequest; signal: AbortSignal},
  ): AsyncGenerator<ChatEvent | Arrival> {
    // A reply to a call that waits lets the agent act, and never stands for another one.
    if (request.trigger === 'continue') {
      yield* transport.send(request, {signal});
      return;
    }
    const answers = this.#answers;
    const key = cacheKeyOf(request);
    const known = request.trigger === 'regenerate' ? undefined : answers.get(key);
    if (known) {
      yield {events: known};
      return;
    }
    const events: ChatEvent[] = [];
    for await (const item of transport.send(request, {signal})) {
      events.push(...('type' in item ? [item] : item.events));
      const last = events.at(-1);
      if (last?.type === 'message-end' && last.reason === 'stop') {
        answers.delete(key);
        answers.set(key, joinDeltas(events).flatMap(withoutContext));
        const [oldest] = answers.keys();
        if (answers.size > maxAnswers && oldest !== undefined) answers.delete(oldest);
      }
      yield item;
    }
  }
}

function cacheKeyOf({model, messages}: ChatRequest): string {
  return JSON.stringify([model, messages.map((message) => [message.role, textOf(message)])]);
}

/** The event without its chat and its cost, which are not true of a cached answer. */
function withoutContext(event: ChatEvent): ChatEvent[] {
  if (event.type === 'usage') return [];
  if (event.type !== 'message-start') return [event];
  const {chatId: _, questionId: __, ...rest} = event;
  return [rest];
}
