/** What an upstream's refusals mean in our words. Knows no request and no dialect. */
import {ChatError, type ErrorCode, asString, isObject, parseJson} from '@chatlet/protocol';

const aboutLength =
  /context.{0,20}(?:length|window|size)|maximum context|exceeds?.{0,40}context|too many tokens|prompt is too long/i;
const aboutKinds =
  /(?:image|vision|audio|file|multimodal|modalit)[^.]{0,60}not (?:\w+ ){0,2}support|(?:not|n't) (?:\w+ ){0,2}support[^.]{0,60}(?:image|vision|audio|multimodal|modalit)|invalid content type/i;
const aboutKey = /api[ _-]?key|credential/i;
/** What a request may hold, by upstreams' names, under the names that our callers use. */
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
const names = [...fieldNames.keys()].join('|');
/** A name where it is meant as one: in quotes, as a path, before what is wrong with it, or too odd to be a mere word. */
const aboutField = new RegExp(
  `["'\`](${names})[.["'\`]|(?:^|[\\s"])(${names})[.:[]|\\b(\\w+_\\w+|temperature)\\b`,
  'g',
);
const aboutOptions =
  /(?:unsupported|unknown|unrecogni[sz]ed|unexpected|invalid|extra)[^.]{0,40}(?:parameter|argument|field|option|schema|property|inputs?)\b|(?:parameter|argument|field|option|schema|property|inputs?)\b[^.]{0,60}(?:not (?:permitted|allowed|supported|valid)|invalid|unsupported|unknown)/i;
const aboutMoney = /insufficient_quota|billing|credit balance|out of credit/i;

/** An HTTP answer other than 200, as our error. */
export function refusal(
  {statusCode: status, headers}: {readonly statusCode: number; readonly headers: Readonly<Record<string, unknown>>},
  body: string,
): ChatError {
  const cause = new Error(`The upstream answered ${status}: ${body.slice(0, 500)}`);
  const retryAfter = retryAfterOf(headers['retry-after']);
  if (status === 401 || status === 403) return ours('The upstream refused the API key.', cause);
  if (status === 402 || ((status === 400 || status === 429) && aboutMoney.test(body))) {
    return ours('The upstream account is out of credit.', cause);
  }
  if (status === 413 || ((status === 400 || status === 422) && aboutLength.test(body))) {
    return failure('context-too-long', cause);
  }
  if ((status === 400 || status === 415 || status === 422) && aboutKinds.test(body)) {
    return new ChatError('invalid-request', 'This model cannot read all kinds of content in the request.', {cause});
  }
  if ((status === 400 || status === 422) && !aboutKey.test(body)) {
    const option = optionIn(body);
    if (option !== undefined) return new ChatError('invalid-request', `The model refused ${option}.`, {cause});
  }
  if (status === 404) {
    return /model/i.test(body) ? failure('model-not-found', cause) : ours('The base URL leads nowhere.', cause);
  }
  if (status === 429) return failure('rate-limited', cause, {retryAfter});
  if (status === 408 || status === 504 || status === 524) return failure('provider-timeout', cause, {retryAfter});
  if (status === 502 || status === 503 || status === 529) return failure('provider-unavailable', cause, {retryAfter});
  return failure('provider-error', cause, {retryable: status >= 500});
}

/** What of a request a refusal is about, as we would say it; undefined where that is something else. */
function optionIn(body: string): string | undefined {
  const said = parseJson(body);
  const error = isObject(said) ? (said['error'] ?? said) : undefined;
  const param = isObject(error) ? asString(error['param']) : undefined;
  // The envelope has names of its own, such as "type"; of a body without a message all is looked at.
  const words = (isObject(error) ? asString(error['message']) : undefined) ?? body;
  const names = [/^\w+/.exec(param ?? '')?.[0]];
  for (const [, quoted, before, odd] of words.matchAll(aboutField)) names.push(quoted ?? before ?? odd);
  for (const name of names) {
    const field = fieldNames.get(name ?? '');
    if (field !== undefined) return `the request because of its ${field}`;
  }
  return aboutOptions.test(words) ? 'an option of the request' : undefined;
}

/** Trouble that only somebody who runs the server can end. */
function ours(what: string, cause: Error): ChatError {
  return failure('provider-error', new Error(what, {cause}), {retryable: false});
}

/** Codes that say the same of the upstream as of us; any other trouble of the upstream is just that. */
const passedOn = new Set<ErrorCode>([
  'rate-limited',
  'context-too-long',
  'model-not-found',
  'provider-unavailable',
  'provider-timeout',
  'interrupted',
]);

/** An upstream's failure in our words alone. */
export function failure(
  code: ErrorCode,
  cause: unknown,
  {retryAfter, retryable}: {retryAfter?: number | undefined; retryable?: boolean | undefined} = {},
): ChatError {
  return new ChatError(passedOn.has(code) ? code : 'provider-error', undefined, {
    cause,
    ...(retryAfter === undefined ? {} : {retryAfter}),
    ...(retryable === undefined ? {} : {retryable}),
  });
}

/** Seconds, from a number of them or from a date. */
export function retryAfterOf(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined;
  const seconds = /^\d+(?:\.\d+)?$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, Math.ceil(seconds)) : undefined;
}
