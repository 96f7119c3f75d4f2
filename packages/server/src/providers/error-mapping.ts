/**
 * Maps an upstream's errors to ours, and redacts its own words before they are logged. Reads the request's messages for
 * that alone; knows no dialect.
 */
import {ChatError, type ErrorCode, type ErrorEvent} from '@chatlet/protocol';
import type {ProviderRequest} from '../engine/provider.ts';
import {mayQuotePrompt} from './prompt-redaction.ts';
import {type UpstreamError, parseUpstreamError} from './upstream-error.ts';

const saysTooLong =
  /context.{0,20}(?:length|window|size)|maximum context|exceeds?.{0,40}context|too many tokens|prompt is too long/i;
const saysUnreadableContent =
  /(?:image|vision|audio|file|multimodal|modalit)[^.]{0,60}not (?:\w+ ){0,2}support|(?:not|n't) (?:\w+ ){0,2}support[^.]{0,60}(?:image|vision|audio|multimodal|modalit)|invalid content type/i;
const saysApiKey = /api[ _-]?key|credential/i;
/** Fields of a request: the upstreams' names, and the names that our callers use. */
const fieldNames: ReadonlyMap<string, string> = new Map([
  ['temperature', 'temperature'],
  ['top_p', 'top_p'],
  ['max_tokens', 'max_tokens'],
  ['max_completion_tokens', 'max_tokens'],
  ['stop', 'stop'],
  ['stop_sequences', 'stop'],
  ['seed', 'seed'],
  ['tools', 'tools'],
  ['input_schema', 'tools'],
  ['tool_choice', 'tool_choice'],
  ['parallel_tool_calls', 'parallel_tool_calls'],
  ['response_format', 'response_format'],
  ['output_config', 'response_format'],
]);
const fieldNamePattern = [...fieldNames.keys()].join('|');
/** Finds field names in a sentence: in quotes, as a path, before a colon, or too odd to be an ordinary word. */
const fieldNameIn = new RegExp(
  `["'\`](${fieldNamePattern})[.["'\`]|(?:^|[\\s"])(${fieldNamePattern})[.:[]|\\b(\\w+_\\w+|temperature)\\b`,
  'g',
);
const saysOption =
  /(?:unsupported|unknown|unrecogni[sz]ed|unexpected|invalid|extra)[^.]{0,40}(?:parameter|argument|field|option|schema|property|inputs?)\b|(?:parameter|argument|field|option|schema|property|inputs?)\b[^.]{0,60}(?:not (?:permitted|allowed|supported|valid)|invalid|unsupported|unknown)/i;
const saysOutOfCredit = /insufficient_quota|billing|credit balance|out of credit/i;

/** An upstream's own words about its trouble, as the cause of our error. */
class UpstreamTrouble extends Error {
  override readonly name = 'UpstreamTrouble';
  /** The whole body. It may quote the prompt, so only the log level `debug` shows it. */
  readonly body: string;

  constructor(message: string, body: string) {
    super(message);
    this.body = body;
  }
}

/** The request that failed; absent if it held no prompt. */
type Asked = Pick<ProviderRequest, 'messages'> | undefined;

/** Characters of an upstream's sentence that are logged. */
const longestReason = 300;

/** An upstream's own sentence, for operators; redacted if it may quote the prompt. */
function redactedReason(message: string, request: Asked): string {
  const reason = message.trim().slice(0, longestReason);
  return request && mayQuotePrompt(reason, request.messages)
    ? '(It may repeat what was asked: see the level debug.)'
    : reason;
}

/** Maps an error event inside an answer. */
export function mapErrorEvent({code, message, retryAfter, retryable}: ErrorEvent, request: Asked): ChatError {
  return upstreamFailure(code, new UpstreamTrouble(redactedReason(message, request), message), {retryAfter, retryable});
}

/** Maps an HTTP response with a status other than 200. */
export function mapErrorResponse(
  {statusCode: status, headers}: {readonly statusCode: number; readonly headers: Readonly<Record<string, unknown>>},
  {body, request}: {readonly body: string; readonly request?: Asked},
): ChatError {
  const error = parseUpstreamError(body);
  const {message, codes, param} = error;
  const said = [...codes, message].join(' ');
  const facts = [status, ...codes, param, redactedReason(message, request)].filter(
    (fact) => fact !== undefined && fact !== '',
  );
  const cause = new UpstreamTrouble(`The upstream answered ${facts.join(', ')}`, body);
  const retryAfter = secondsOfRetryAfter(headers['retry-after']);
  if (status === 401 || status === 403) return operatorError('The upstream refused the API key.', cause);
  if (status === 402 || ((status === 400 || status === 429) && saysOutOfCredit.test(said))) {
    return operatorError('The upstream account is out of credit.', cause);
  }
  if (status === 413 || ((status === 400 || status === 422) && saysTooLong.test(said))) {
    return upstreamFailure('context-too-long', cause);
  }
  if ((status === 400 || status === 415 || status === 422) && saysUnreadableContent.test(said)) {
    return new ChatError('invalid-request', 'This model cannot read all kinds of content in the request.', {cause});
  }
  if ((status === 400 || status === 422) && !saysApiKey.test(said)) {
    const option = refusedOption(error);
    if (option !== undefined) return new ChatError('invalid-request', `The model refused ${option}.`, {cause});
  }
  if (status === 404) {
    return /model/i.test(said)
      ? upstreamFailure('model-not-found', cause)
      : operatorError('The base URL leads nowhere.', cause);
  }
  if (status === 429) return upstreamFailure('rate-limited', cause, {retryAfter});
  if (status === 408 || status === 504 || status === 524)
    return upstreamFailure('provider-timeout', cause, {retryAfter});
  if (status === 502 || status === 503 || status === 529)
    return upstreamFailure('provider-unavailable', cause, {retryAfter});
  return upstreamFailure('provider-error', cause, {retryable: status >= 500});
}

/** Names the part of the request that an upstream refused, in our words; undefined if it refused something else. */
function refusedOption({message, param = ''}: UpstreamError): string | undefined {
  const names = [/^\w+/.exec(param)?.[0]];
  for (const [, quoted, before, odd] of message.matchAll(fieldNameIn)) names.push(quoted ?? before ?? odd);
  for (const name of names) {
    const field = fieldNames.get(name ?? '');
    if (field !== undefined) return `the request because of its ${field}`;
  }
  return saysOption.test(message) ? 'an option of the request' : undefined;
}

/** An error that only the operator of the server can end. */
function operatorError(what: string, cause: Error): ChatError {
  return upstreamFailure('provider-error', new Error(what, {cause}), {retryable: false});
}

/** Codes that callers see as they are. Any other becomes `provider-error`: it would be about our own request. */
const sharedCodes = new Set<ErrorCode>([
  'rate-limited',
  'context-too-long',
  'model-not-found',
  'provider-unavailable',
  'provider-timeout',
  'interrupted',
]);

/** An upstream's failure with our own message for its code. */
export function upstreamFailure(
  code: ErrorCode,
  cause: unknown,
  {retryAfter, retryable}: {retryAfter?: number | undefined; retryable?: boolean | undefined} = {},
): ChatError {
  return new ChatError(sharedCodes.has(code) ? code : 'provider-error', undefined, {
    cause,
    ...(retryAfter === undefined ? {} : {retryAfter}),
    ...(retryable === undefined ? {} : {retryable}),
  });
}

/** Seconds to wait, from the header `Retry-After`: a number of seconds or a date. */
function secondsOfRetryAfter(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined;
  const seconds = /^\d+(?:\.\d+)?$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, Math.ceil(seconds)) : undefined;
}
