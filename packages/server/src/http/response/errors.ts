/**
 * Errors as HTTP answers: always JSON, never HTML, never a stack. Which words a body uses depends on the API that
 * was asked, so each API brings its printer; what went wrong and how bad it is does not.
 */
import {ChatError, type ErrorCode, isObject} from '@chatlet/protocol';
import type {ErrorRequestHandler, Response} from 'express';
import {z} from 'zod';
import type {Report} from '../../engine/report.ts';
import {countField, textField} from './answer-schemas.ts';

export interface PrintedError {
  readonly status: number;
  readonly body: object;
}

/** Puts an error into an API's words. */
export type ErrorPrinter = (error: ChatError) => PrintedError;

/** Our own body: `{error, code, details?, retryAfter?}` with the codes of the protocol. */
export const printError: ErrorPrinter = (error) => ({
  status: error.status,
  body: {
    error: error.message,
    code: error.code,
    ...(error.details && {details: error.details}),
    ...(error.retryAfter !== undefined && {retryAfter: error.retryAfter}),
  },
});

/** That body as `/openapi.json` describes it. The clients of `/chat/stream` know no codes. */
export const ownErrorBody = z.looseObject({
  error: textField,
  code: textField.optional(),
  details: z.looseObject({}).optional(),
  retryAfter: countField.optional(),
});

/** Seconds that clients of OpenAI's kind wait at most before they ask again by themselves. */
const longestWait = 60;

export function sendError(res: Response, error: ChatError, print: ErrorPrinter = printError): void {
  if (res.headersSent) {
    // Too late for words: a broken connection at least does not look like an answer.
    res.destroy();
    return;
  }
  failures.set(res, error);
  const {status, body} = print(error);
  const {retryAfter = 0} = error;
  if (error.retryAfter !== undefined) res.set('Retry-After', String(retryAfter));
  if (status === 401) res.set('WWW-Authenticate', 'Bearer');
  // Clients of OpenAI's kind ask again by status alone unless they are told that it is of no use, and at once where they are
  // told to wait for longer than they would.
  if (!error.retryable || retryAfter > longestWait) res.set('x-should-retry', 'false');
  res.status(status).set('Cache-Control', 'no-store').json(body);
}

/** The last handler: whatever was thrown becomes an answer, and what is our fault becomes a report. */
export function errorHandler(report: Report): ErrorRequestHandler {
  // Express knows an error handler by its four parameters.
  return (thrown: unknown, req, res, _next) => {
    const error = toChatError(thrown);
    if (error.status >= 500 && !reported.has(error)) report(error, {method: req.method, path: req.path});
    sendError(res, error, printerOf(res));
  };
}

/** Says in which words the errors of this response are printed; for routes that know it before they can fail. */
export function printErrorsWith(res: Response, print: ErrorPrinter): void {
  printers.set(res, print);
}

/** The same error; the operator has heard of it where it happened, with its cause. */
export function markReported(error: ChatError): ChatError {
  reported.add(error);
  return error;
}

/** The error that was the answer. */
export function errorOf(res: Response): ChatError | undefined {
  return failures.get(res);
}

const printers = new WeakMap<Response, ErrorPrinter>();
const reported = new WeakSet<ChatError>();
const failures = new WeakMap<Response, ChatError>();

function printerOf(res: Response): ErrorPrinter {
  return printers.get(res) ?? printError;
}

const sayings: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  'entity.parse.failed': ['invalid-request', 'The body is not valid JSON.'],
  'entity.too.large': ['too-large', 'The body is larger than 10 MB.'],
  'encoding.unsupported': ['unsupported-media-type', 'The body has an encoding that is not supported.'],
  'charset.unsupported': ['unsupported-media-type', 'Send the body as UTF-8.'],
  'request.size.invalid': ['invalid-request', 'The body is not as long as its Content-Length says.'],
  'request.aborted': ['invalid-request', 'The request was not sent to its end.'],
};

/** What Express and its body parser throw, in our words. */
function toChatError(thrown: unknown): ChatError {
  if (thrown instanceof ChatError) return thrown;
  const {type, status} =
    isObject(thrown) || thrown instanceof Error ? (thrown as {type?: unknown; status?: unknown}) : {};
  const saying = typeof type === 'string' ? sayings[type] : undefined;
  if (saying) return new ChatError(...saying);
  // A path that cannot be decoded, a compressed body that is none: the caller's doing, in nobody's words.
  if (typeof status === 'number' && status >= 400 && status < 500) return new ChatError('invalid-request');
  return ChatError.from(thrown);
}
