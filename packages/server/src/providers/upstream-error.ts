/** Parses the body of an error response, in any shape that upstreams use. Knows neither requests nor our codes. */
import {type UncheckedObject, asString, isObject, parseJson} from '@chatlet/protocol';

export interface UpstreamError {
  /** Its sentences; empty if the body has none. Parts of the request that are quoted beside them are left out. */
  readonly message: string;
  /** Its codes, such as `invalid_request_error`. */
  readonly codes: readonly string[];
  /** The field of the request that it names. */
  readonly param: string | undefined;
}

export function parseUpstreamError(body: string): UpstreamError {
  const parsed: unknown = parseJson(body);
  // A body that is no JSON is a sentence.
  if (parsed === undefined) return {message: body, codes: [], param: undefined};
  // Gemini wraps it in a list.
  const outer: unknown = Array.isArray(parsed) ? parsed[0] : parsed;
  const envelopes = isObject(outer) ? [outer['error'], outer].filter(isObject) : [];
  const field = (name: string) => envelopes.flatMap((envelope) => identifiersIn(envelope[name]))[0];
  return {
    message: [messageIn(parsed), ...envelopes.map(wrappedMessage)].filter((text) => text !== '').join('\n'),
    codes: [field('code'), field('type'), field('status')].filter((code) => code !== undefined),
    param: field('param'),
  };
}

/** A value that is an identifier and no sentence, so that it cannot quote a prompt. */
function identifiersIn(value: unknown): readonly string[] {
  return typeof value === 'string' && /^[\w.[\]-]{1,80}$/.test(value) && value !== 'error' ? [value] : [];
}

/** The sentences in a body, without the `input` that schema validators put beside theirs. */
function messageIn(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(messageIn).join('\n');
  if (!isObject(value)) return '';
  const said = asString(value['msg']);
  if (said !== undefined) return `${locationOf(value)}${said}`;
  return messageIn(value['error'] ?? value['message'] ?? value['detail'] ?? value['errors']);
}

/** `tools.0.name: ` of Pydantic's `loc: ['body', 'tools', 0, 'name']`. */
function locationOf({loc}: UncheckedObject): string {
  const place = Array.isArray(loc) ? loc.filter((step) => step !== 'body').join('.') : '';
  return place === '' ? '' : `${place}: `;
}

/** OpenRouter's own sentence is always the same; `metadata.raw` has the error of the upstream behind it. */
function wrappedMessage({metadata}: UncheckedObject): string {
  const raw = isObject(metadata) ? asString(metadata['raw']) : undefined;
  return raw === undefined ? '' : messageIn(parseJson(raw) ?? raw);
}
