/** Where a server says what it does, line by line, for those who run it. Never what people write. */
import type {Report} from './report.ts';
import type {TurnFacts} from './run-turn.ts';

export interface Log {
  /** Errors that somebody should see. */
  readonly report: Report;
  /** A turn has ended. */
  turn(facts: TurnFacts): void;
  /** A request has been answered, or left by the one who asked. */
  request(facts: RequestFacts): void;
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
