/**
 * `reasoning_details`, the list in which OpenRouter hands out the metadata of reasoning that upstreams want back, and
 * takes it back. Metadata of other upstreams are handed to our clients in the same list, under an id that names the kind
 * of upstream.
 */
import type {ProviderMetadata} from '../../event.ts';
import {asJson, asString, isObject} from '../../json.ts';
import type {Json, JsonObject, UncheckedObject} from '../../json.ts';
import type {ReasoningPart} from '../../message.ts';

/** The most characters of one answer's details. A stream with an object for each word has many pieces of them. */
const mostCharacters = 4 * 1024 * 1024;

/** The id of a detail that is Anthropic's own, and not one that OpenRouter made of it. */
const anthropicId = 'anthropic';
/** Begins the id of a detail that is an item of OpenAI's Responses API; the item's own id follows. */
const responsesId = 'openai-responses:';

/** The details of one answer, put together from the pieces of its chunks. */
export interface ReasoningDetails {
  /** Adds the pieces of a chunk: a piece continues the one before it if it has the same type and index. */
  add(pieces: unknown): void;
  readonly list: readonly JsonObject[];
}

export function reasoningDetails(): ReasoningDetails {
  const list: JsonObject[] = [];
  // Counted piece by piece: a count of the whole list for each piece would take quadratic time.
  let characters = 0;
  return {
    list,
    add(pieces) {
      if (!Array.isArray(pieces)) return;
      for (const piece of pieces) {
        if (!isObject(piece)) continue;
        characters += JSON.stringify(piece).length;
        if (characters > mostCharacters) continue;
        const last = list.at(-1);
        const continues = last !== undefined && last['type'] === piece['type'] && last['index'] === piece['index'];
        if (continues && last['type'] !== 'reasoning.encrypted') list[list.length - 1] = joinDetail(last, piece);
        else list.push(toJsonObject(piece));
      }
    },
  };
}

function joinDetail(before: JsonObject, piece: UncheckedObject): JsonObject {
  const joined: Record<string, Json | undefined> = {...before};
  for (const [field, value] of Object.entries(piece)) {
    const old = before[field];
    const grows = (field === 'text' || field === 'summary') && typeof old === 'string' && typeof value === 'string';
    if (grows) joined[field] = old + value;
    else if (value != null) joined[field] = asJson(value);
  }
  return joined;
}

function toJsonObject(value: UncheckedObject): JsonObject {
  return Object.fromEntries(Object.entries(value).map(([field, inner]) => [field, asJson(inner)]));
}

/** The details for a client, with the reasoning that they belong to. */
export function toReasoningDetails(text: string, metadata: ProviderMetadata): readonly Json[] {
  const {'openai-chat': own, 'openai-responses': item, anthropic} = metadata;
  const details = own?.['details'];
  const format = 'anthropic-claude-v1';
  const {signature, data} = anthropic ?? {};
  return [
    ...(Array.isArray(details) ? details : []),
    ...(signature === undefined ? [] : [{type: 'reasoning.text', text, signature, format, id: anthropicId}]),
    ...(data === undefined ? [] : [{type: 'reasoning.encrypted', data, format, id: anthropicId}]),
    ...(item?.['encrypted_content'] === undefined ? [] : [toItemDetail(text, item)]),
  ];
}

function toItemDetail(summary: string, {id, encrypted_content: data}: JsonObject): JsonObject {
  const own = responsesId + (asString(id) ?? '');
  return {type: 'reasoning.encrypted', data, summary, format: 'openai-responses-v1', id: own};
}

/** The reasoning of an item of OpenAI's Responses API; undefined if the detail is another one. */
function fromItemDetail({id, summary, data}: UncheckedObject): ReasoningPart | undefined {
  if (typeof id !== 'string' || !id.startsWith(responsesId) || typeof data !== 'string') return undefined;
  const own = id.slice(responsesId.length);
  const item = {...(own !== '' && {id: own}), encrypted_content: data};
  return {type: 'reasoning', text: asString(summary) ?? '', providerMetadata: {'openai-responses': item}};
}

/** The reasoning of a message that a client gives back, with its provider metadata. */
export function fromReasoningFields(message: {
  readonly reasoning_content?: string | null | undefined;
  readonly reasoning?: unknown;
  readonly reasoning_details?: unknown;
}): readonly ReasoningPart[] {
  const {reasoning_content: content, reasoning} = message;
  const details = Array.isArray(message.reasoning_details) ? message.reasoning_details.filter(isObject) : [];
  const parts: ReasoningPart[] = [];
  const others: Json[] = [];
  for (const detail of details) {
    const {id, text, signature, data} = detail;
    const item = fromItemDetail(detail);
    if (item) parts.push(item);
    else if (id !== anthropicId) others.push(toJsonObject(detail));
    else if (typeof signature === 'string') {
      parts.push({type: 'reasoning', text: asString(text) ?? '', providerMetadata: {anthropic: {signature}}});
    } else if (typeof data === 'string') {
      parts.push({type: 'reasoning', text: '', providerMetadata: {anthropic: {data}}});
    }
  }
  const field = content ? 'reasoning_content' : 'reasoning';
  const text = content || asString(reasoning) || '';
  // Reasoning with metadata of another kind of upstream is the text of its detail.
  if (parts.length > 0 || (text === '' && others.length === 0)) return parts;
  const own = {given: true, field, ...(others.length > 0 && {details: others})};
  return [{type: 'reasoning', text, providerMetadata: {'openai-chat': own}}];
}
