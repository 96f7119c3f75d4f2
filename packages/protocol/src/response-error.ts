/** Reads the error of an HTTP response of any API. Does no HTTP itself. */
import type {ChatError} from './error.ts';
import {findError, toChatError} from './foreign-error.ts';
import type {ForeignError} from './foreign-error.ts';
import {headerOf} from './headers.ts';
import type {HeadersLike} from './headers.ts';
import {asString, isObject, parseJson} from './json.ts';
import {retryAfterOf} from './retry-after.ts';

/** A response with an error status. */
export interface FailedResponse {
  /** The HTTP status, 400 or more. */
  readonly status: number;
  /** They may say how long to wait. */
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
  const retryAfter = retryAfterOf({headers}) ?? found.retryAfter;
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
