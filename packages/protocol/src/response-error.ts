/** The error that an HTTP answer tells of, whoever wrote it. Does no HTTP itself. */
import type {ChatError} from './error.ts';
import {findError, toChatError} from './foreign-error.ts';
import type {ForeignError} from './foreign-error.ts';
import {headerOf} from './headers.ts';
import type {HeadersLike} from './headers.ts';
import {asNumber, asString, isObject, parseJson} from './json.ts';

/** What came back instead of an answer. */
export interface FailedResponse {
  readonly status: number;
  readonly headers?: HeadersLike | undefined;
  /** As text; a first part of it is enough. */
  readonly body?: string | undefined;
}

/**
 * The response as our error. Understands the error bodies of all the APIs that we serve and of those like them; of
 * anything else only the status counts, so that a proxy's page is never shown.
 *
 * @example if (!response.ok) throw errorFromResponse({status: response.status, headers: response.headers, body: await response.text()});
 */
export function errorFromResponse({status, headers, body = ''}: FailedResponse): ChatError {
  const found = readBody(body, headerOf(headers, 'content-type') ?? '');
  const retryAfter = retryAfterHeader(headers) ?? found.retryAfter;
  return toChatError({...found, status, retryAfter}, status >= 500 ? 'internal' : 'invalid-request');
}

function readBody(body: string, contentType: string): ForeignError {
  const value = parseJson(body);
  const found = findError(value);
  if (found !== undefined) return found;
  if (isObject(value)) {
    const {message, detail, code} = value;
    return {message: asString(message) ?? asString(detail), words: typeof code === 'string' ? [code] : []};
  }
  // Plain text is how the AI SDK's readers expect their errors.
  return {message: contentType.startsWith('text/plain') ? body : undefined, words: []};
}

/** Seconds to wait, from `Retry-After` (seconds or a date) or `retry-after-ms`. */
function retryAfterHeader(headers: HeadersLike | undefined): number | undefined {
  const milliseconds = asNumber(Number(headerOf(headers, 'retry-after-ms') ?? Number.NaN));
  if (milliseconds !== undefined && milliseconds >= 0) return milliseconds / 1000;
  const text = headerOf(headers, 'retry-after')?.trim();
  if (text === undefined || text === '') return undefined;
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text);
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - Date.now()) / 1000));
}
