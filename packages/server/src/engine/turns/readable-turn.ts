/** A turn that can be read: from the log, or from the saved answer when the turn has left the log. */
import type {ChatEvent} from '@chatlet/protocol';
import type {Owner} from '../store.ts';
import type {NumberedBatch, RunningTurn, TurnLog} from '../turn-log.ts';
import {savedEvents} from './replay.ts';
import type {SavedAnswer} from './target.ts';

export interface ReadableTurn {
  readonly chatId: string;
  readonly answerId: string;
  readonly createdAt: string;
  /** The model's id as it was asked for. */
  readonly model: string;
  /** Whether it had begun before this reader came, so that many events may come at once. */
  readonly hasPast: boolean;
  /** The events after a number, until the turn ends or the signal aborts. */
  read(after: number, options: {signal: AbortSignal}): AsyncIterable<NumberedBatch>;
}

/** The batches of all events, without their numbers. */
export async function* batchesOf(
  turn: Pick<ReadableTurn, 'read'>,
  options: {signal: AbortSignal},
): AsyncGenerator<readonly ChatEvent[], void, void> {
  for await (const {events} of turn.read(0, options)) yield events;
}

export function readFromLog(
  turnLog: TurnLog,
  {turnId, chatId, model, createdAt}: RunningTurn,
  {hasPast = true}: {readonly hasPast?: boolean} = {},
): ReadableTurn {
  const read: ReadableTurn['read'] = (after, options) => turnLog.read(turnId, after, options);
  return {chatId, answerId: turnId, model, createdAt, hasPast, read};
}

/** Gives an earlier answer again: from the log while it is there, else from the saved message. */
export async function replaySaved(
  {chatId, questionId = '', answer}: SavedAnswer,
  {owner, turnLog}: {readonly owner: Owner; readonly turnLog: TurnLog},
): Promise<ReadableTurn> {
  const logged = await turnLog.find(owner, chatId, {recent: true});
  if (logged?.turnId === answer.id) return readFromLog(turnLog, logged);
  const events = savedEvents(answer, {chatId, questionId});
  return {
    chatId,
    answerId: answer.id,
    createdAt: answer.createdAt,
    model: answer.model ?? '',
    hasPast: true,
    async *read(after) {
      const rest = events.slice(after);
      if (rest.length > 0) yield {first: after + 1, events: rest};
    },
  };
}
