/**
 * Tells a model's thoughts from its words if it wrote both into the text, as `<think>…</think>`. Our server does this for
 * its upstreams; a transport or messages of the page's own may come as the model wrote them. Only finds out where a mark
 * may stand: the code that reads marks is fetched then.
 */
import {joinDeltas} from '@chatlet/protocol';
import type {ChatEvent, Part} from '@chatlet/protocol';
import type {ShownMessage} from './chat-state.ts';
import {loadPart} from './load-part.ts';
import type * as Marks from './thought-marks.ts';

const loadMarks = (): Promise<typeof Marks> => loadPart(() => import('./thought-marks.ts'));

/** The beginning of an answer that may become a mark, or is one. */
const firstMark = /^\s*(?:$|[<◁]|\[(?:T|$))/;
/** A `<think` or `</think`, or a beginning of one at the end. */
const laterMark = /<(?:\/?(?:t|$))/;

const mayBeMark = (delta: string, said: string): boolean =>
  laterMark.test(delta) || (said === '' && delta !== '' && firstMark.test(delta));

/** Text that comes after one of these is not the beginning of an answer. */
const endsText = ({type}: ChatEvent): boolean =>
  type === 'tool-call' || type === 'tool-result' || type === 'message-end' || type === 'error';

/** Whole messages, with the thoughts at the beginning of each answer apart. If the code for that cannot be fetched, as they are. */
export async function separateThoughts(messages: readonly ShownMessage[]): Promise<readonly ShownMessage[]> {
  if (!messages.some(mayHaveThoughts)) return messages;
  try {
    const {separateParts} = await loadMarks();
    return messages.map((message) => {
      const parts = mayHaveThoughts(message) ? separateParts(message.parts) : message.parts;
      return parts === message.parts ? message : {...message, parts};
    });
  } catch {
    return messages;
  }
}

function mayHaveThoughts({role, parts: [first]}: {role: string; parts: readonly Part[]}): boolean {
  return role === 'assistant' && first?.type === 'text' && first.text.trim() !== '' && firstMark.test(first.text);
}

/** The events of an answer from its beginning on, with its thoughts apart and neighbouring deltas joined. */
export async function* readThoughts(
  batches: AsyncIterable<readonly ChatEvent[]>,
): AsyncGenerator<readonly ChatEvent[]> {
  /** The text so far. The code for marks has to know it. */
  let said = '';
  /** Whether a mark may still come: only before or in the first text. */
  let mayCome = true;
  let reader: Marks.ThoughtReader | undefined;
  try {
    for await (const batch of batches) {
      const read: ChatEvent[] = [];
      for (const event of joinDeltas(batch)) {
        if (mayCome && !reader) {
          if (event.type !== 'text-delta') {
            mayCome = !endsText(event) && (said === '' || event.type !== 'reasoning-delta');
          } else if (mayBeMark(event.delta, said)) {
            reader = await createReader(said);
            mayCome = reader !== undefined;
          } else said += event.delta;
        }
        read.push(...(reader?.read(event) ?? [event]));
      }
      yield read;
    }
  } catch (error) {
    // The answer is cut here. The text so far stays.
    const rest = reader?.end() ?? [];
    if (rest.length > 0) yield rest;
    throw error;
  }
}

async function createReader(said: string): Promise<Marks.ThoughtReader | undefined> {
  try {
    return (await loadMarks()).createThoughtReader(said, endsText);
  } catch {
    // The code cannot be fetched: the marks are shown as they were written.
    return undefined;
  }
}
