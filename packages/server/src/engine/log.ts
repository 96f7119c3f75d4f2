/** Where a server says what it does, line by line, for those who run it. Never what people write. */
import type {ChatError} from '@chatlet/protocol';
import type {Report} from './report.ts';
import type {TurnFacts} from './run-turn.ts';

export interface Log {
  /** Errors that somebody should see. */
  readonly report: Report;
  /** A turn has ended. */
  turn(facts: TurnFacts): void;
  /** A request has been answered, or left by the one who asked. */
  request(facts: RequestFacts): void;
  /** An upstream has failed, and whoever asked need not notice. */
  secondTry?(facts: SecondTry): void;
}

/** What is done where an upstream fails before its first word. */
export type SecondTry = SameAgain | Instead;

interface SameAgain {
  readonly how: 'retry';
  readonly provider: string;
  /** Absent where the models were to be listed. */
  readonly model?: string;
  /** 1 for the first repetition. */
  readonly attempt: number;
  /** Milliseconds until it. */
  readonly wait: number;
  readonly error: ChatError;
}

interface Instead {
  readonly how: 'fallback';
  readonly provider: string;
  readonly model: string;
  /** Who is asked instead. */
  readonly to: {readonly provider: string; readonly model: string};
  readonly error: ChatError;
}

export interface RequestFacts {
  /** What the answer's `X-Request-Id` says. */
  readonly requestId?: string;
  readonly method: string;
  /** Without its query, which may hold what somebody searched for. */
  readonly path: string;
  readonly status: number;
  /** Whether the answer was complete when the connection ended. */
  readonly end: 'complete' | 'left';
  /** Milliseconds from the request's arrival to the end of its answer. */
  readonly duration: number;
  /** Code of the error that was the answer. */
  readonly error?: string;
}
