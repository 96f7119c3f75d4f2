/** Reads the marks of thoughts in text, such as `<think>…</think>`. Fetched with the first text that may have one. */
import {applyEvent, emptyAnswer, thinkTags} from '@chatlet/protocol';
import type {ChatEvent, Part} from '@chatlet/protocol';

export interface ThoughtReader {
  /** The events in place of this one. */
  read(event: ChatEvent): readonly ChatEvent[];
  /** The text that was held back because it could become a mark. */
  end(): readonly ChatEvent[];
}

/** Reads an answer behind the text `before`, which is shown already. `endsText`: whether no text of the beginning follows. */
export function createThoughtReader(before: string, endsText: (event: ChatEvent) => boolean): ThoughtReader {
  const tags = thinkTags();
  tags.push(before, []);
  const collect = (write: (out: ChatEvent[]) => void): readonly ChatEvent[] => {
    const events: ChatEvent[] = [];
    write(events);
    return events;
  };
  return {
    read: (event) =>
      collect((out) => {
        if (event.type === 'text-delta') {
          tags.push(event.delta, out);
          return;
        }
        if (event.type === 'reasoning-delta') tags.interrupt(out);
        else if (endsText(event)) tags.flush(out);
        out.push(event);
      }),
    end: () => collect((out) => tags.flush(out)),
  };
}

/** The parts of a whole answer, with the thoughts at the beginning of its text apart. */
export function separateParts(parts: readonly Part[]): readonly Part[] {
  const [first, ...rest] = parts;
  if (first?.type !== 'text') return parts;
  const reader = createThoughtReader('', () => false);
  const events = [...reader.read({type: 'text-delta', delta: first.text}), ...reader.end()];
  if (!events.some(({type}) => type === 'reasoning-delta')) return parts;
  let answer = emptyAnswer({id: '', createdAt: ''});
  for (const event of events) answer = applyEvent(answer, event);
  return [...answer.parts, ...rest];
}
