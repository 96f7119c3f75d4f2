/**
 * Sends errors as HTTP answers: always JSON, never HTML, never a stack. Each API has a printer for the body; status,
 * headers and reports are the same for all.
 */
import {ChatError, isObject} from '@chatlet/protocol';
import type {ErrorRequestHandler, Request, Response} from 'express';
import {z} from 'zod';
import type {Report} from '../../engine/report.ts';
import {discardBody} from '../request/body.ts';
import {headingOf} from '../request/heading.ts';
import {requestIdOf} from '../request/request-id.ts';
import {requestSlot} from '../request/request-slot.ts';
import {countField, textField} from './answer-schemas.ts';

export interface PrintedError {
  readonly status: number;
  readonly body: object;
  /** Headers of the API's own, besides those of all errors. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Prints an error in an API's form. */
export type ErrorPrinter = (error: ChatError, about: {readonly requestId: string}) => PrintedError;

/** Our own body: `{error, code, details?, retryAfter?}` with the codes of the protocol. */
export const printError = (error: ChatError): PrintedError => ({
  status: error.status,
  body: {
    error: error.message,
    code: error.code,
    ...(error.details && {details: error.details}),
    ...(error.retryAfter !== undefined && {retryAfter: error.retryAfter}),
  },
});

/** Describes our own body for `/openapi.json`. `code` is optional, because `/chat/stream` has none. */
export const ownErrorBody = z.looseObject({
  error: textField,
  code: textField.optional(),
  details: z.looseObject({}).optional(),
  retryAfter: countField.optional(),
});

/** Seconds that OpenAI's clients wait at most before they retry by themselves. */
const longestWait = 60;

/**
 * Sends an error, or breaks the connection if a status is sent already: that at least does not look like a complete answer.
 * Frameworks around Express redefine `res.headersSent`, so Node's own refusal to send headers twice counts as well.
 */
export function sendError(res: Response, error: ChatError, print: ErrorPrinter = printError): void {
  if (res.headersSent) {
    res.destroy();
    return;
  }
  failures.set(res.req, error);
  try {
    printAndSend(res, error, print);
    discardBody(res.req);
  } catch {
    // Nothing else can be said to this caller; the error itself is reported by the caller of this function.
    res.destroy();
  }
}

function printAndSend(res: Response, error: ChatError, print: ErrorPrinter): void {
  const {status, body, headers = {}} = print(error, {requestId: requestIdOf(res)});
  const {retryAfter = 0} = error;
  const heading = headingOf(res);
  if (error.retryAfter !== undefined) heading['Retry-After'] = String(retryAfter);
  if (status === 401) heading['WWW-Authenticate'] = 'Bearer';
  const {allow} = error.details ?? {};
  if (error.code === 'method-not-allowed' && Array.isArray(allow)) heading['Allow'] = allow.join(', ');
  // OpenAI's clients retry by status alone, unless this header tells them not to. If `Retry-After` is longer than they
  // would wait, they retry at once.
  if (!error.retryable || retryAfter > longestWait) heading['x-should-retry'] = 'false';
  // Without Express, which would hash the body for an ETag, and as one string, which Node sends together with the headers:
  // a refusal must be cheap.
  const text = JSON.stringify(body);
  Object.assign(heading, headers);
  heading['Cache-Control'] = 'no-store';
  heading['Content-Type'] = 'application/json; charset=utf-8';
  heading['Content-Length'] = Buffer.byteLength(text);
  res.writeHead(status, heading);
  res.end(text);
}

/** Turns any thrown value into an answer, and reports it if it is the server's fault. */
export function answerError(thrown: unknown, {req, res, report}: {req: Request; res: Response; report: Report}): void {
  const error = toChatError(thrown);
  if (error.status >= 500 && !reported.has(error)) report(error, {method: req.method, path: req.path});
  sendError(res, error, printerOf(res));
}

/** The last handler: answers all errors. */
export function errorHandler(report: Report): ErrorRequestHandler {
  // Express recognises error handlers by their four parameters.
  return (thrown: unknown, req, res, _next) => answerError(thrown, {req, res, report});
}

/** Sets the printer for errors of this response, before anything can fail. */
export function printErrorsWith(res: Response, print: ErrorPrinter): void {
  printers.set(res.req, print);
}

/** Marks an error that the operator has been told of with its cause, so that it is not reported again. */
export function markReported(error: ChatError): ChatError {
  reported.add(error);
  return error;
}

/** The error that was sent as the answer, if any. */
export function errorOf(res: Response): ChatError | undefined {
  return failures.get(res.req);
}

const printers = requestSlot<ErrorPrinter>('printer');
const reported = new WeakSet<ChatError>();
const failures = requestSlot<ChatError>('failure');

function printerOf(res: Response): ErrorPrinter {
  return printers.get(res.req) ?? printError;
}

/** Translates errors of Express. */
function toChatError(thrown: unknown): ChatError {
  if (thrown instanceof ChatError) return thrown;
  const {status} = isObject(thrown) || thrown instanceof Error ? (thrown as {status?: unknown}) : {};
  // The caller's fault: a malformed path, for example.
  if (typeof status === 'number' && status >= 400 && status < 500) return new ChatError('invalid-request');
  return ChatError.from(thrown);
}
