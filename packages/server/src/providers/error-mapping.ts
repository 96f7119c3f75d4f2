/**
 * Maps an upstream's errors to ours, and redacts its own words before they are logged. Reads the request's messages for
 * that alone; knows no dialect.
 */
import {ChatError, type ErrorCode, type ErrorEvent, parseJson, retryAfterOf} from '@chatlet/protocol';
import type {ProviderRequest} from '../engine/provider.ts';
import {mayQuotePrompt} from './prompt-redaction.ts';
import {fieldOf} from './reasoning-effort.ts';
import {type Meaning, meaningOf} from './refusal-rules.ts';
import {type UpstreamError, parseUpstreamError} from './upstream-error.ts';

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
  ['reasoning_effort', 'reasoning_effort'],
  ['reasoning', 'reasoning_effort'],
  ['thinking', 'reasoning_effort'],
  ['thinking_config', 'reasoning_effort'],
  ['thinking_budget', 'reasoning_effort'],
  ['output_config.effort', 'reasoning_effort'],
  ['verbosity', 'verbosity'],
  ['frequency_penalty', 'frequency_penalty'],
  ['presence_penalty', 'presence_penalty'],
  ['logit_bias', 'logit_bias'],
  ['service_tier', 'service_tier'],
  ['web_search_options', 'web_search_options'],
]);
const fieldNamePattern = [...fieldNames.keys()].join('|');
/** Finds field names in a sentence: in quotes, as a path, before a colon, or too odd to be an ordinary word. */
const fieldNameIn = new RegExp(
  `["'\`](${fieldNamePattern})[.["'\`]|(?:^|[\\s"])(${fieldNamePattern})[.:[]|\\b(\\w+_\\w+|temperature)\\b`,
  'g',
);
const saysOption =
  /(?:unsupported|unknown|unrecogni[sz]ed|unexpected|invalid|extra)[^.]{0,40}(?:parameter|argument|field|option|schema|property|inputs?)\b|(?:parameter|argument|field|option|schema|property|inputs?)\b[^.]{0,60}(?:not (?:permitted|allowed|supported|valid)|invalid|unsupported|unknown)/i;

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
type Asked = Pick<ProviderRequest, 'messages' | 'reasoning'> | undefined;

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
export function mapErrorEvent(event: ErrorEvent, request: Asked): ChatError {
  const {code, message, retryAfter, retryable} = event;
  const cause = new UpstreamTrouble(redactedReason(message, request), message);
  const {status} = ChatError.fromEvent(event);
  // Our own codes for failures say more than their statuses.
  const known = status < 500 && meaningOf({status, codes: [], message, param: undefined});
  if (known && !('operator' in known))
    return toError(known, {cause, retryAfter: retryAfter ?? retryAfterOf({message})});
  return upstreamFailure(code, cause, {retryAfter, retryable});
}

/** Maps an HTTP response with a status other than 200. */
export function mapErrorResponse(
  {statusCode: status, headers}: {readonly statusCode: number; readonly headers: Readonly<Record<string, unknown>>},
  {body, request}: {readonly body: string; readonly request?: Asked},
): ChatError {
  const error = parseUpstreamError(body);
  const {message, codes, param} = error;
  const facts = [status, ...codes, param, redactedReason(message, request)].filter(
    (fact) => fact !== undefined && fact !== '',
  );
  const cause = new UpstreamTrouble(`The upstream answered ${facts.join(', ')}`, body);
  const seconds = retryAfterOf({headers: textsIn(headers), body: parseJson(body), message});
  const retryAfter = seconds === undefined ? undefined : Math.ceil(seconds);
  const meaning = meaningOf({status, ...error});
  if (meaning) return toError(meaning, {cause, retryAfter});
  if (status === 400 || status === 422) {
    const option = refusedOption(error, request);
    return new ChatError('invalid-request', `The model refused ${option?.what ?? 'the request'}.`, {
      cause,
      ...(option?.param !== undefined && {details: {param: option.param}}),
    });
  }
  return upstreamFailure('provider-error', cause, {retryable: status >= 500});
}

/** Whether an upstream refused what was asked of it. Another model may take it. */
export function isUpstreamRefusal({code, cause}: ChatError): boolean {
  return (code === 'invalid-request' || code === 'content-refused') && cause instanceof UpstreamTrouble;
}

function toError(meaning: Meaning, {cause, retryAfter}: {cause: Error; retryAfter: number | undefined}): ChatError {
  if ('operator' in meaning) return operatorError(meaning.operator, cause);
  const {code, message, param} = meaning;
  if (message === undefined) return upstreamFailure(code, cause, new ChatError(code).retryable ? {retryAfter} : {});
  return new ChatError(code, message, {cause, ...(param !== undefined && {details: {param}})});
}

function textsIn(headers: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) if (typeof value === 'string') texts[name] = value;
  return texts;
}

/** Names the part of the request that an upstream refused, in our words; undefined if it refused something else. */
function refusedOption(
  {message, param = ''}: UpstreamError,
  request: Asked,
): {what: string; param?: string} | undefined {
  const names = [/^\w+/.exec(param)?.[0]];
  for (const [, quoted, before, odd] of message.matchAll(fieldNameIn)) names.push(quoted ?? before ?? odd);
  for (const name of names) {
    const named = fieldNames.get(name ?? '');
    const field = named === 'reasoning_effort' ? fieldOf(request?.reasoning) : named;
    if (field !== undefined) return {what: `the request because of its ${field}`, param: field};
  }
  return saysOption.test(message) ? {what: 'an option of the request'} : undefined;
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
