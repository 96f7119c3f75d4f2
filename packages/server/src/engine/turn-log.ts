/**
 * The numbered events of running turns. The engine writes a turn into its log, responses read from it at their own
 * pace; a response that goes away ends its reading, never the turn. Implementations pass
 * `turn-logs/testing/turn-log-contract.ts`.
 */
import type {ChatEvent} from '@chatlet/protocol';
import type {Owner} from './store.ts';

/** Events with the number of the first; the next has `first + 1`, and so on. Numbers of a turn begin at 1. */
export interface NumberedBatch {
  /** The number of the first event, from 1. */
  readonly first: number;
  readonly events: readonly ChatEvent[];
}

/** An answer that is being written. */
export interface RunningTurn {
  /** Id of the answer that is being written. */
  readonly turnId: string;
  readonly owner: Owner;
  readonly chatId: string;
  /** Id of the question that is answered. */
  readonly questionId?: string;
  /** The model's id as it was asked for. */
  readonly model: string;
  /** ISO 8601, UTC, with milliseconds. */
  readonly createdAt: string;
}

/** Keeps the events of running answers, from which each reader reads at its own pace. */
export interface TurnLog {
  /**
   * Begins a turn; one that has ended under the same id is forgotten.
   * @throws ChatError `conflict` when a turn of this chat is running
   */
  open(turn: RunningTurn): Promise<void>;
  /** @throws ChatError `internal` when the turn is not open */
  append(turnId: string, events: readonly ChatEvent[]): void;
  /** Ends the turn: no event follows. Readers come to an end, and the log stays readable for a while. */
  close(turnId: string): void;
  /** The turn that is running in this chat; with `recent` also one that ended a moment ago. */
  find(owner: Owner, chatId: string, options?: {readonly recent?: boolean}): Promise<RunningTurn | undefined>;
  /** The events after the number `after` (0: all), then those to come, until the turn is closed or the signal aborts. */
  read(turnId: string, after: number, options: {signal: AbortSignal}): AsyncIterable<NumberedBatch>;
  /** Forgets the turns of an owner that have ended. Without it they are forgotten when their time is over. */
  forget?(owner: Owner): void;
  /** Asks the node that runs the turn to stop it. False if no such turn is running. */
  requestStop(turnId: string): Promise<boolean>;
  /** Calls back once, on the node that runs the turn, when somebody asks for a stop. */
  onStopRequest(turnId: string, callback: () => void): void;
}
