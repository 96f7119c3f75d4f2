/** Which API's words an error is told in: by the path that was asked, before anybody has looked at the body. */
import type {ErrorCode} from '@chatlet/protocol';
import {type ErrorPrinter, printCapitalError, printError} from './response/errors.ts';
import {printOpenaiError} from './apis/openai/response.ts';

/** The few errors that the clients of `/chat/stream` know by their sentence. */
const plainSentences: Partial<Record<ErrorCode, string>> = {
  'rate-limited': 'Rate limit exceeded',
  'model-not-found': 'Model not found',
  'context-too-long': 'Context length exceeded',
};

/** `{error, retryAfter?, availableModels?, maxLength?, requestLength?}`: a sentence, and what there is to know beside it. */
export const printPlainError: ErrorPrinter = ({code, status, message, retryAfter, details}) => {
  // The sentence names the field already.
  const {param: _, ...facts} = details ?? {};
  const error = plainSentences[code] ?? message;
  return {status, body: {error, ...(retryAfter !== undefined && {retryAfter}), ...facts}};
};

const printers: readonly (readonly [path: RegExp, printer: ErrorPrinter])[] = [
  [/^(?:\/api(?:\/bento)?)?\/chat\/(?:stream|models)\/?$/i, printPlainError],
  [/^\/v1\/chat\/?$/i, printError],
  [/^\/v1(?:\/|$)/i, printOpenaiError],
  [/^\/api\/chat(?:\/|$)/i, printCapitalError],
];

export function printerFor(path: string): ErrorPrinter {
  return printers.find(([pattern]) => pattern.test(path))?.[1] ?? printError;
}
