/** The operator's log of a server's work. Never contains messages of people. */
import type {ChatError} from '@chatlet/protocol';
import type {Report} from './report.ts';
import type {TurnFacts} from './run-turn.ts';
import type {ToolFacts} from './tool-loop.ts';

/** Hears of the server's work. Messages of people are never in it. */
export interface Log {
  /** Logs errors that the operator should see. */
  readonly report: Report;
  /** Logs a turn that has ended. */
  turn(facts: TurnFacts): void;
  /**
   * Logs a request that was answered, or that its caller has abandoned. Of those that are refused for one cause at most one
   * a second, with their number.
   */
  request(facts: RequestFacts): void;
  /** Logs a call of a tool that the server has run. */
  tool?(facts: ToolFacts): void;
  /** Logs the failure of an upstream that its caller need not notice, since something else is tried. */
  secondTry?(facts: SecondTry): void;
  /** Logs how a model wants to be asked, when its refusal has taught it. */
  learned?(facts: LearnedFact): void;
}

/** How a model wants to be asked. */
export interface LearnedFact {
  readonly provider: string;
  readonly model: string;
  /** Such as `does not stream`. */
  readonly quirk: string;
}

/** The second try after an upstream has failed before its first word: the same upstream again, or another one. */
export type SecondTry = SameAgain | Instead;

interface SameAgain {
  readonly how: 'retry';
  readonly provider: string;
  /** Absent if the upstream was asked for its list of models. */
  readonly model?: string;
  /** 1 for the first retry. */
  readonly attempt: number;
  /** Milliseconds until the retry. */
  readonly wait: number;
  readonly error: ChatError;
}

interface Instead {
  readonly how: 'fallback';
  readonly provider: string;
  readonly model: string;
  /** The provider and model that are asked instead. */
  readonly to: {readonly provider: string; readonly model: string};
  readonly error: ChatError;
}

/** An ended request. */
export interface RequestFacts {
  /** The `X-Request-Id` of the answer. */
  readonly requestId?: string;
  readonly method: string;
  /** Without its query, which may hold a person's search words. */
  readonly path: string;
  /** The HTTP status of the response. */
  readonly status: number;
  /** Whether the answer was complete when the connection ended. */
  readonly end: 'complete' | 'left';
  /** Milliseconds from the request's arrival to the end of its answer. */
  readonly duration: number;
  /** The error's code if the answer was an error. */
  readonly error?: string;
  /** Why the request was refused, if the code does not say it. */
  readonly cause?: string;
  /** Requests that were refused for this cause since its last line, if there were several. */
  readonly count?: number;
}
