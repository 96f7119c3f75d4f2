/**
 * Merges several answers to one request into one stream, in which each piece has the number of its answer. If one
 * answer fails, or the reader leaves, all answers are ended. They are still read to their end, because usage is counted
 * there. Knows no API and no HTTP.
 */
import {ChatError, type EncodeContext, type Message, type Usage, isEnd} from '@chatlet/protocol';
import type {UnsavedTurn} from '../../engine/unsaved-turns.ts';
import {readWholeAnswer} from './answer.ts';
import {sumUsage} from '../../engine/usage-sums.ts';
import {type Batch, type WritableDialect, type Writer, signOfLifeOf} from './writer.ts';

type Readable = Pick<UnsavedTurn, 'read'>;

export interface ChoiceBatch {
  readonly choice: number;
  readonly events: Batch;
}

/**
 * Reads all answers at once, no faster than the pieces are taken. Usage is summed up into one event, before the last
 * answer ends. If an answer fails, its error is the last piece.
 */
export async function* readSideBySide(
  turns: readonly Readable[],
  {signal}: {signal: AbortSignal},
): AsyncGenerator<ChoiceBatch, void, void> {
  const {answers, over} = readTogether(turns, {signal});
  const waiting: {readonly piece: ChoiceBatch; readonly taken: () => void}[] = [];
  const used: (Usage | undefined)[] = answers.map(() => undefined);
  let unended = answers.length;
  let reading = answers.length;
  let broken: {readonly error: unknown} | undefined;
  let wake = () => {};

  const read = async (answer: AsyncIterable<Batch>, choice: number) => {
    try {
      for await (const batch of answer) {
        for (const event of batch) if (event.type === 'usage') used[choice] = event;
        const events = batch.filter(({type}) => type !== 'usage');
        if (events.some(isEnd)) unended--;
        if (events.length === 0 || over.signal.aborted) continue;
        await new Promise<void>((taken) => {
          waiting.push({piece: {choice, events}, taken});
          wake();
        });
      }
    } catch (error) {
      broken ??= {error};
    } finally {
      reading--;
      wake();
    }
  };
  const allRead = Promise.all(answers.map(read));

  try {
    for (;;) {
      const [next] = waiting;
      if (next) {
        const {choice, events} = next.piece;
        const isLast = unended === 0 && waiting.length === 1 && events.some(isEnd);
        yield {choice, events: isLast ? [{type: 'usage', ...sumUsage(used)}, ...events] : events};
        if (events.some(({type}) => type === 'error')) return;
        waiting.shift();
        next.taken();
        continue;
      }
      if (broken) throw broken.error;
      if (reading === 0) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    over.abort();
    for (const {taken} of waiting) taken();
    await allRead;
  }
}

/**
 * Reads all answers to their end.
 * @throws ChatError if one of them failed
 */
export async function readAllWhole(
  turns: readonly Readable[],
  {signal}: {signal: AbortSignal},
): Promise<readonly Message[]> {
  const {answers, over} = readTogether(turns, {signal});
  const whole = answers.map(readWholeAnswer);
  try {
    return await Promise.all(whole);
  } finally {
    over.abort();
    await Promise.allSettled(whole);
  }
}

/** Starts reading all answers. Aborting `over` ends those that still run. */
function readTogether(turns: readonly Readable[], {signal}: {signal: AbortSignal}) {
  const over = new AbortController();
  const either = {signal: AbortSignal.any([signal, over.signal])};
  return {answers: turns.map((turn) => turn.read(either)), over};
}

/** Writes the pieces in a dialect that numbers its answers. */
export function choicesWriter(
  dialect: WritableDialect,
  context: EncodeContext,
  {count}: {count: number},
): Writer<ChoiceBatch> {
  const encoders = Array.from({length: count}, (_, choice) => dialect.encoder?.({...context, choice}));
  const encode = ({choice, events}: ChoiceBatch) => encoders[choice]?.encode(events) ?? '';
  return {
    contentType: dialect.contentType,
    headers: dialect.headers,
    events: ({events}) => events,
    encode,
    cutOff: () => encode({choice: 0, events: [new ChatError('interrupted').toEvent()]}),
    // If one answer failed, the stream has no end mark.
    end: () => (encoders.every((encoder) => encoder?.end() !== '') ? (encoders[0]?.end() ?? '') : ''),
    signOfLife: signOfLifeOf(encoders[0] ?? {}),
  };
}
