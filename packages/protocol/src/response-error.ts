/** Reads the error of an HTTP response of any API. Does no HTTP itself. */
import type {ChatError} from './error.ts';
import {findError, toChatError} from './foreign-error.ts';
import type {ForeignError} from './foreign-error.ts';
import {headerOf} from './headers.ts';
import type {HeadersLike} from './headers.ts';
import {asNumber, asString, isObject, parseJson} from './json.ts';

/** A response with an error status. */
export interface FailedResponse {
  readonly status: number;
  readonly headers?: HeadersLike | undefined;
  /** As text; its beginning is enough. */
  readonly body?: string | undefined;
}

/**
 * Makes our error of the response. Reads the error bodies of all APIs that we serve and of similar ones. For any other
 * body only the status counts, so that a proxy's page is never shown.
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
  // The AI SDK's readers expect errors as plain text.
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
