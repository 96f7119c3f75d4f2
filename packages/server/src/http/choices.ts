/**
 * Several answers to one request, side by side: one stream whose pieces say which answer they belong to. Knows OpenAI's
 * way of numbering them and no HTTP.
 */
import {ChatError, type ChatEvent, type EncodeContext, isEnd, openaiChat} from '@chatlet/protocol';
import type {Writer} from './answer.ts';

type Batch = readonly ChatEvent[];

export interface ChoiceBatch {
  readonly choice: number;
  readonly events: Batch;
}

/**
 * Reads all answers at once, each as fast as the pieces are taken. What they used is told once, in the sum, before
 * the last of them ends; where one fails, the failure is the last piece.
 */
export async function* sideBySide(answers: readonly AsyncIterable<Batch>[]): AsyncGenerator<ChoiceBatch, void, void> {
  const waiting: {readonly piece: ChoiceBatch; readonly taken: () => void}[] = [];
  const used = answers.map(() => ({promptTokens: 0, completionTokens: 0}));
  let unended = answers.length;
  let failed = false;
  let wake = () => {};

  const read = async (choice: number) => {
    for await (const batch of answers[choice] ?? []) {
      for (const event of batch) if (event.type === 'usage') used[choice] = event;
      const events = batch.filter(({type}) => type !== 'usage');
      if (events.some(isEnd)) unended--;
      await new Promise<void>((taken) => {
        waiting.push({piece: {choice, events}, taken});
        wake();
      });
    }
  };
  const reading = new Set(answers.keys());
  for (const choice of answers.keys()) {
    void read(choice).finally(() => {
      reading.delete(choice);
      wake();
    });
  }

  for (;;) {
    const next = waiting.shift();
    if (!next) {
      if (reading.size === 0) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      continue;
    }
    const {choice, events} = next.piece;
    if (!failed && events.length > 0) {
      failed = events.some(({type}) => type === 'error');
      const isLast = unended === 0 && waiting.length === 0 && events.some(isEnd);
      yield {choice, events: isLast ? [{type: 'usage', ...sum(used)}, ...events] : events};
    }
    next.taken();
  }
}

function sum(used: readonly {readonly promptTokens: number; readonly completionTokens: number}[]) {
  let promptTokens = 0;
  let completionTokens = 0;
  for (const usage of used) {
    promptTokens += usage.promptTokens;
    completionTokens += usage.completionTokens;
  }
  return {promptTokens, completionTokens};
}

/** Writes them as OpenAI does: in one stream, each chunk with the number of its answer. */
export function choicesWriter(count: number, context: EncodeContext): Writer<ChoiceBatch> {
  const encoders = Array.from({length: count}, (_, choice) => openaiChat.encoder?.({...context, choice}));
  const encode = ({choice, events}: ChoiceBatch) => encoders[choice]?.encode(events) ?? '';
  return {
    events: ({events}) => events,
    encode,
    cutOff: () => encode({choice: 0, events: [new ChatError('interrupted').toEvent()]}),
    // One that failed leaves all of them without the mark.
    end: () => (encoders.every((encoder) => encoder?.end() !== '') ? (encoders[0]?.end() ?? '') : ''),
  };
}
