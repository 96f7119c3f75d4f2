/** The one error class of this project. Users see the message, operators see the cause, the wire carries no secret. */
import {isRetryable, messageOf, statusOf} from './error-codes.ts';
import type {ErrorCode} from './error-codes.ts';
import type {ErrorEvent} from './event.ts';

/** What a ChatError knows besides its code and its message. */
export interface ChatErrorOptions extends ErrorOptions {
  /** Seconds until sending the same again may work. */
  readonly retryAfter?: number;
  /** Facts for the caller, such as lengths or limits. Anybody may see them. */
  readonly details?: Readonly<Record<string, string | number | readonly string[]>>;
  /** Whether sending the same again may work; by default as the code says. */
  readonly retryable?: boolean;
}

/** V8 and JavaScriptCore bound the frames of a stack by this number; other engines ignore it. */
const stacks: typeof Error & {stackTraceLimit?: number} = Error;

/**
 * The one error class of this project. `message` may be shown to anybody; details for operators only go into `cause`.
 *
 * @example throw new ChatError('provider-unavailable', 'The model did not answer.', {cause});
 */
export class ChatError extends Error {
  override readonly name = 'ChatError';
  readonly code: ErrorCode;
  /** The HTTP status of its code, if no stream has begun. */
  readonly status: number;
  readonly retryable: boolean;
  readonly retryAfter: number | undefined;
  readonly details: ChatErrorOptions['details'];

  constructor(code: ErrorCode, message: string = messageOf(code), options: ChatErrorOptions = {}) {
    // A caller's mistake happens often and is known by its code. Collecting the stack would cost more than the refusal.
    const {stackTraceLimit} = stacks;
    if (statusOf(code) < 500) stacks.stackTraceLimit = 0;
    super(message, options);
    if (stackTraceLimit !== undefined) stacks.stackTraceLimit = stackTraceLimit;
    this.code = code;
    this.status = statusOf(code);
    this.retryable = options.retryable ?? isRetryable(code);
    this.retryAfter = options.retryAfter;
    this.details = options.details;
  }

  /** Makes a ChatError of anything thrown: itself if it is one, else `internal` with the thrown value as its cause. */
  static from(thrown: unknown): ChatError {
    return thrown instanceof ChatError ? thrown : new ChatError('internal', undefined, {cause: thrown});
  }

  /** Makes an error, to be thrown, of the event that ended a turn. */
  static fromEvent({code, message, retryable, retryAfter, details}: ErrorEvent): ChatError {
    return new ChatError(code, message, {
      retryable,
      ...(retryAfter !== undefined && {retryAfter}),
      ...(details && {details}),
    });
  }

  /** Makes the event that ends a turn. */
  toEvent(): ErrorEvent {
    const {code, message, retryable, retryAfter, details} = this;
    return {
      type: 'error',
      code,
      message,
      retryable,
      ...(retryAfter === undefined ? {} : {retryAfter}),
      ...(details && {details}),
    };
  }
}
