/** How long an API asks its callers to wait: in headers, in fields of its error, or in a sentence. */
import {headerOf} from './headers.ts';
import type {HeadersLike} from './headers.ts';
import {asNumber, isObject} from './json.ts';

/** The parts of a refusal that may say how long to wait. */
export interface RefusalWithTime {
  /** Those of the response: `retry-after`, and the headers of rate limits. */
  readonly headers?: HeadersLike | undefined;
  /** The parsed body of the response, or the parsed error. */
  readonly body?: unknown;
  /** The sentence of the error. */
  readonly message?: string | undefined;
}

/**
 * Seconds to wait; undefined if the API does not say. The most exact of these that is there: `retry-after-ms`,
 * `Retry-After` (seconds or a date), the error's fields, its sentence.
 */
export function retryAfterOf({headers, body, message}: RefusalWithTime): number | undefined {
  return inHeaders(headers) ?? inFields(body) ?? (message === undefined ? undefined : inSentence(message));
}

function inHeaders(headers: HeadersLike | undefined): number | undefined {
  const milliseconds = headerOf(headers, 'retry-after-ms')?.trim();
  if (milliseconds && Number(milliseconds) >= 0) return Number(milliseconds) / 1000;
  const text = headerOf(headers, 'retry-after')?.trim();
  if (text === undefined || text === '') return undefined;
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text);
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : secondsUntil(date);
}

/** `retryAfter` or `retry_after` in seconds, `details.reset` in milliseconds since 1970, Google's RetryInfo. */
function inFields(body: unknown): number | undefined {
  const outer: unknown = Array.isArray(body) ? body[0] : body;
  if (!isObject(outer)) return undefined;
  const {error, details} = outer;
  const seconds = asNumber(outer['retryAfter']) ?? asNumber(outer['retry_after']);
  if (seconds !== undefined && seconds >= 0) return seconds;
  if (isObject(error)) return inFields(error);
  // https://docs.cloud.google.com/apis/design/errors: `{"@type": "…RetryInfo", "retryDelay": "38s"}`.
  for (const detail of Array.isArray(details) ? details : []) {
    const delay = isObject(detail) ? detail['retryDelay'] : undefined;
    if (typeof delay === 'string' && /^\d+(?:\.\d+)?s$/.test(delay)) return Number.parseFloat(delay);
  }
  const reset = isObject(details) ? asNumber(details['reset']) : undefined;
  return reset === undefined ? undefined : secondsUntil(reset);
}

const units: Readonly<Record<string, number>> = {ms: 0.001, s: 1, m: 60, h: 3600};
const waits =
  /\b(?:retry|again|wait)\b[^\d.]{0,30}((?:\d+(?:\.\d+)?\s*(?:milliseconds?|minutes?|mins?|seconds?|secs?|hours?|ms|[hms])\b\s*|\d+[hm](?=\d))+)/i;

/** "Please try again in 1m2.5s", "retry in 38.2s", "wait 20 seconds". */
function inSentence(message: string): number | undefined {
  const [, said] = waits.exec(message.slice(0, 2000)) ?? [];
  if (said === undefined) return undefined;
  let seconds = 0;
  for (const [, amount = '', unit = ''] of said.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]+)/gi)) {
    const name = unit.toLowerCase();
    seconds += Number(amount) * (units[/^(?:ms|milli)/.test(name) ? 'ms' : (name[0] ?? '')] ?? 0);
  }
  return Math.round(seconds * 1000) / 1000;
}

function secondsUntil(time: number): number {
  return Math.max(0, Math.ceil((time - Date.now()) / 1000));
}
