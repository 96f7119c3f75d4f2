/**
 * Tells a model's thoughts from its words if it wrote both into the text, as `<think>…</think>`. Our server does this for
 * its upstreams; a transport or messages of the page's own may come as the model wrote them.
 */
import {applyEvent, emptyAnswer, joinDeltas, thinkTags} from '@chatlet/protocol';
import type {ChatEvent, Part, ThinkTags} from '@chatlet/protocol';
import type {ShownMessage} from './chat-state.ts';

/** Whole messages, with the thoughts at the beginning of each answer apart. */
export function separateThoughts(messages: readonly ShownMessage[]): readonly ShownMessage[] {
  return messages.map((message) => {
    const parts = message.role === 'assistant' ? partsOf(message.parts) : message.parts;
    return parts === message.parts ? message : {...message, parts};
  });
}

function partsOf(parts: readonly Part[]): readonly Part[] {
  const [first, ...rest] = parts;
  if (first?.type !== 'text' || !/^\s*[<[◁]/.test(first.text)) return parts;
  const tags = thinkTags();
  const events: ChatEvent[] = [];
  tags.push(first.text, events);
  tags.flush(events);
  if (!events.some(({type}) => type === 'reasoning-delta')) return parts;
  let answer = emptyAnswer({id: '', createdAt: ''});
  for (const event of events) answer = applyEvent(answer, event);
  return [...answer.parts, ...rest];
}

/** The events of an answer from its beginning on, with its thoughts apart and neighbouring deltas joined. */
export async function* readThoughts(
  batches: AsyncIterable<readonly ChatEvent[]>,
): AsyncGenerator<readonly ChatEvent[]> {
  const tags = thinkTags();
  try {
    for await (const batch of batches) yield joinDeltas(batch).flatMap((event) => readThought(event, tags));
  } catch (error) {
    // The answer is cut here. The text so far stays.
    const rest: ChatEvent[] = [];
    tags.flush(rest);
    if (rest.length > 0) yield rest;
    throw error;
  }
}

function readThought(event: ChatEvent, tags: ThinkTags): readonly ChatEvent[] {
  const events: ChatEvent[] = [];
  if (event.type === 'text-delta') tags.push(event.delta, events);
  else {
    if (event.type === 'reasoning-delta') tags.interrupt(events);
    else if (endsText.has(event.type)) tags.flush(events);
    events.push(event);
  }
  return events;
}

/** Text that comes after one of these is not the beginning of an answer. */
const endsText: ReadonlySet<ChatEvent['type']> = new Set(['tool-call', 'tool-result', 'message-end', 'error']);
