/**
 * Gives the same question in the same conversation the answer that it has had, without asking again. In memory alone:
 * it ends with the page, and with the visitor. Knows no HTTP.
 */
import {joinDeltas, textOf} from '@chatlet/protocol';
import type {ChatEvent} from '@chatlet/protocol';
import type {Arrival, ChatRequest, ChatTransport} from './transport.ts';

/** The answer that was given longest ago makes room. */
const maxAnswers = 50;

/**
 * The same transport with a memory. One whose backend keeps chats stays as it is: an answer that its server has not
 * given would be missing there. Only complete answers are kept, and one that is asked for anew is asked for.
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
    forget() {
      clear();
      transport.forget?.();
    },
  };
}

function cacheKeyOf({model, messages}: ChatRequest): string {
  return JSON.stringify([model, messages.map((message) => [message.role, textOf(message)])]);
}

/** What of an event is true another time: not the chat that it was given in, nor what it has cost. */
function withoutContext(event: ChatEvent): ChatEvent[] {
  if (event.type === 'usage') return [];
  if (event.type !== 'message-start') return [event];
  const {chatId: _, questionId: __, ...rest} = event;
  return [rest];
}
