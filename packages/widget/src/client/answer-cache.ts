/**
 * An answer cache: a question that was asked before, after the same conversation, gets the same answer without a
 * request. In memory only, so it ends with the page, and with the visitor. Knows no HTTP.
 */
import {joinDeltas, textOf} from '@chatlet/protocol';
import type {ChatEvent} from '@chatlet/protocol';
import type {Arrival, ChatRequest, ChatTransport} from './transport.ts';

/** Beyond this many, the oldest answer is dropped. */
const maxAnswers = 50;

/**
 * The transport with a cache in front of it. If the backend keeps chats, the transport is returned unchanged: a cached
 * answer would be missing in the chat that the server saves. Only complete answers are kept. `regenerate` always asks.
 */
export function withAnswerCache(transport: ChatTransport): ChatTransport {
  if (transport.history) return transport;
  const answers = new Map<string, readonly ChatEvent[]>();
  const clear = () => answers.clear();

  async function* send(request: ChatRequest, options: {signal: AbortSignal}): AsyncGenerator<ChatEvent | Arrival> {
    const key = cacheKeyOf(request);
    const known = request.trigger === 'regenerate' ? undefined : answers.get(key);
    if (known) {
      yield {events: known};
      return;
    }
    const events: ChatEvent[] = [];
    for await (const item of transport.send(request, options)) {
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

  return {
    ...transport,
    send,
    renewToken() {
      clear();
      transport.renewToken?.();
    },
    forget(leaving) {
      clear();
      transport.forget?.(leaving);
    },
  };
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
