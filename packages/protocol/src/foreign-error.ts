/**
 * Errors of other APIs: of an upstream in the middle of its stream, of a chat server in its response. Finds them in
 * every shape in use, maps them to our codes, and redacts and truncates their messages.
 */
import {isErrorCode} from './error-codes.ts';
import type {ErrorCode} from './error-codes.ts';
import {ChatError} from './error.ts';
import type {ChatErrorOptions} from './error.ts';
import type {ErrorEvent} from './event.ts';
import {asString, isObject, parseJson} from './json.ts';
import type {UncheckedObject} from './json.ts';
import {retryAfterOf} from './retry-after.ts';

/** The fields of an error before they are mapped to a code of ours. */
export interface ForeignError {
  readonly message?: string | undefined;
  /** Its `code`, `type` and `status` as far as they are strings, the most exact first. */
  readonly words: readonly string[];
  /** The HTTP status in its fields. */
  readonly status?: number | undefined;
  /** Seconds. */
  readonly retryAfter?: number | undefined;
  readonly details?: ChatErrorOptions['details'];
}

/** Finds the error in a parsed body or event; undefined if there is none. */
export function findError(value: unknown): ForeignError | undefined {
  if (Array.isArray(value)) return value.length > 0 ? findError(value[0]) : undefined;
  if (!isObject(value)) return undefined;
  const {error} = value;
  if (isObject(error)) return readFields(error, value);
  if (typeof error === 'string' && error !== '') {
    // LangGraph and others name a class in `error`, and have the sentence in `message`.
    const {message = error} = value;
    return readFields({message: /\s/.test(error) ? error : message}, value);
  }
  if (value['type'] === 'error' || value['object'] === 'error' || value['event'] === 'error') {
    return readFields(value, value);
  }
  return undefined;
}

/** Reads an event that its name calls an error: `event: error`, with data of any shape. */
export function errorOfFrame(data: string): ForeignError {
  const value = parseJson(data);
  return findError(value) ?? (isObject(value) ? readFields(value, value) : {message: data, words: []});
}

/** Reads an error's fields. `inner` holds the message; `outer` may hold the code and more details around it. */
function readFields(inner: UncheckedObject, outer: UncheckedObject): ForeignError {
  const words: string[] = [];
  let status: number | undefined;
  for (const field of [inner['code'], outer['code'], inner['type'], inner['status']]) {
    if (typeof field === 'string' && field !== 'error') words.push(field);
    const number = typeof field === 'string' && /^[45]\d\d$/.test(field) ? Number(field) : field;
    if (typeof number === 'number' && number >= 400 && number < 600) status ??= number;
  }
  const message =
    asString(inner['message']) ??
    asString(inner['errorText']) ??
    asString(inner['error']) ??
    asString(inner['detail']) ??
    asString(outer['detail']) ??
    asString(inner['data']) ??
    asString(inner['content']);
  const details = readDetails(outer);
  return {
    message,
    words,
    status,
    retryAfter: retryAfterOf({body: outer, message}),
    ...(details === undefined ? {} : {details}),
  };
}

const factNames = ['availableModels', 'maxLength', 'requestLength', 'limit', 'remaining', 'reset', 'plan'] as const;

/** Picks the details that error bodies of our own server carry, so that a page can show them. Drops all others. */
function readDetails(body: UncheckedObject): ChatErrorOptions['details'] {
  const facts: Record<string, string | number | readonly string[]> = {};
  const {details} = body;
  for (const source of isObject(details) ? [body, details] : [body]) {
    for (const name of factNames) {
      const value = source[name];
      if (typeof value === 'number' || typeof value === 'string') facts[name] = value;
      if (Array.isArray(value)) facts[name] = value.filter((item) => typeof item === 'string').slice(0, 100);
    }
  }
  return Object.keys(facts).length === 0 ? undefined : facts;
}

/** Our codes for the codes and types of other APIs, which are written here in lower case with hyphens. */
export const codeOfWord: Readonly<Record<string, ErrorCode>> = {
  'rate-limit-exceeded': 'rate-limited',
  'rate-limit-error': 'rate-limited',
  'rate-limit': 'rate-limited',
  'too-many-requests': 'rate-limited',
  'resource-exhausted': 'rate-limited',
  'insufficient-quota': 'provider-error',
  'billing-hard-limit-reached': 'provider-error',
  'context-length-exceeded': 'context-too-long',
  'exceed-context-size-error': 'context-too-long',
  'content-policy-violation': 'content-refused',
  'content-filter': 'content-refused',
  'model-not-exist': 'model-not-found',
  'invalid-model': 'model-not-found',
  'invalid-api-key': 'unauthenticated',
  'authentication-error': 'unauthenticated',
  unauthorized: 'unauthenticated',
  'permission-error': 'forbidden',
  'permission-denied': 'forbidden',
  'overloaded-error': 'provider-unavailable',
  overloaded: 'provider-unavailable',
  unavailable: 'provider-unavailable',
  'service-unavailable': 'provider-unavailable',
  timeout: 'provider-timeout',
  'timeout-error': 'provider-timeout',
  'deadline-exceeded': 'provider-timeout',
  'invalid-request-error': 'invalid-request',
  'bad-request-error': 'invalid-request',
  badrequesterror: 'invalid-request',
  'invalid-argument': 'invalid-request',
  'not-found-error': 'not-found',
  'request-too-large': 'too-large',
  'server-error': 'provider-error',
  'api-error': 'provider-error',
};

const codeOfStatus: Readonly<Record<number, ErrorCode>> = {
  400: 'invalid-request',
  401: 'unauthenticated',
  402: 'plan-limit',
  403: 'forbidden',
  404: 'not-found',
  405: 'method-not-allowed',
  408: 'provider-timeout',
  409: 'conflict',
  413: 'too-large',
  415: 'unsupported-media-type',
  422: 'invalid-request',
  429: 'rate-limited',
  500: 'internal',
  502: 'provider-error',
  503: 'provider-unavailable',
  504: 'provider-timeout',
  529: 'provider-unavailable',
};

const missingModel = /\bmodel\b[^.]{0,200}\b(?:not found|does(?: not|n't) exist)|\b(?:no|no such|unknown) model\b/i;

const vagueCodes: ReadonlySet<ErrorCode> = new Set(['invalid-request', 'provider-error']);

/** Codes and types that are permanent, although our code for them is retryable. */
const permanentWords = new Set(['insufficient-quota', 'billing-hard-limit-reached']);

/** Maps the error to ours. `fallback` is the code if neither its words nor its status are known. */
export function toChatError(error: ForeignError, fallback: ErrorCode): ChatError {
  const words = error.words.map((word) => word.toLowerCase().replaceAll(/[_\s]/g, '-'));
  let code: ErrorCode | undefined;
  for (const word of words) code ??= isErrorCode(word) ? word : codeOfWord[word];
  const byStatus =
    error.status === undefined ? undefined : (codeOfStatus[error.status] ?? codeOfStatusClass(error.status));
  // Some words say little more than that something went wrong. The status is more exact then.
  if (code === undefined || vagueCodes.has(code)) code = byStatus ?? code ?? fallback;
  const message = safeMessage(error.message);
  // Ollama and vLLM say it in words alone.
  if ((code === 'not-found' || code === 'invalid-request') && message !== undefined && missingModel.test(message)) {
    code = 'model-not-found';
  }
  if (code === 'invalid-request' && message !== undefined && /context|too long|too many tokens/i.test(message)) {
    code = 'context-too-long';
  }
  return new ChatError(code, message, {
    ...(error.retryAfter === undefined ? {} : {retryAfter: error.retryAfter}),
    ...(error.details === undefined ? {} : {details: error.details}),
    ...(words.some((word) => permanentWords.has(word)) ? {retryable: false} : {}),
  });
}

function codeOfStatusClass(status: number): ErrorCode | undefined {
  if (status >= 500) return 'provider-error';
  return status >= 400 ? 'invalid-request' : undefined;
}

/** Maps the error to the event that ends a turn. */
export function toErrorEvent(error: ForeignError): ErrorEvent {
  return toChatError(error, 'provider-error').toEvent();
}

/** API keys in the forms that providers hand out. */
const keyLike = /\b(?:(?:sk|pk|rk|gsk|xai|hf|pplx)[-_]|AIza|Bearer\s+)[\w*-]{6,}[\w.*-]*/g;

/**
 * Makes a message of another API safe to show: one line, keys redacted, control characters removed, truncated to 300
 * characters. Returns undefined if nothing is left, or if the text is an HTML page.
 */
export function safeMessage(text: string | undefined): string | undefined {
  if (text === undefined || /<(?:!doctype|html|head|body|script)\b/i.test(text.slice(0, 2000))) return undefined;
  const line = text
    .slice(0, 2000)
    .replaceAll(keyLike, '…')
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
  if (line === '') return undefined;
  return line.length <= 300 ? line : `${line.slice(0, 299).trimEnd()}…`;
}
