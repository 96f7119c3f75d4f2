/**
 * Keys of a body that its API does not have: passed on if the operator says so, left out if clients send them out of
 * habit, and refused otherwise, so that no instruction is lost without a word.
 */
import {type Json, asJson, isObject} from '@chatlet/protocol';
import type {Response} from 'express';
import {invalidField} from './body-fields.ts';

/** Keys without which the answer is still the one that was asked for. Clients send them to every server. */
const habitual: ReadonlySet<string> = new Set([
  // Fine tuning of chance for models that run locally; most upstreams refuse them.
  'top_k',
  'min_p',
  'repetition_penalty',
  // How OpenRouter chooses among its hosts. Here the configuration chooses.
  'provider',
  'transforms',
  'models',
  'route',
  'plugins',
  // Asks OpenRouter for what every answer has here.
  'usage',
  'include_reasoning',
  // How Ollama, vLLM and others run the model. The operator runs it here.
  'keep_alive',
  'options',
  'chat_template_kwargs',
  // An argument of OpenAI's Python client, sent as a field by mistake.
  'extra_body',
  // Who asks, the price, the place and the cache of Anthropic's API; its hints for conversations that have become long.
  'metadata',
  'service_tier',
  'inference_geo',
  'cache_control',
  'context_management',
]);

/** The header names at most this many keys, and at most this many characters of each. */
const [mostNamed, longestName] = [20, 60];

/** Names the keys that were left out in a header of the answer. */
export function tellIgnored(res: Response, ignored: readonly string[]): void {
  if (ignored.length === 0) return;
  // A key can be any text, and a header cannot.
  const names = ignored.map((each) => encodeURIComponent(each.slice(0, longestName).toWellFormed()));
  const more = names.length > mostNamed ? [`${names.length - mostNamed} more`] : [];
  res.set('X-Chatlet-Ignored', [...names.slice(0, mostNamed), ...more].join(', '));
}

/**
 * The names of all keys that an API does not have, for APIs that refuse none: pages and Ollama's clients add keys of their
 * own.
 * @param fields the fields of the API
 * @param above the name of the object in the body, as `options`; by default the body itself
 */
export function namesOfUnlisted(body: unknown, fields: object, above?: string): readonly string[] {
  return unlistedIn(body, fields).map(([name]) => (above === undefined ? name : `${above}.${name}`));
}

/** The entries of keys that are not fields. Keys whose value is null ask for nothing. */
function unlistedIn(body: unknown, fields: object): readonly (readonly [string, unknown])[] {
  return Object.entries(isObject(body) ? body : {}).filter(
    ([name, value]) => value != null && !Object.hasOwn(fields, name),
  );
}

export interface UnlistedOptions {
  /** Goes to the upstream as it is. */
  readonly passed: Readonly<Record<string, Json>>;
  /** Names of keys that were left out. */
  readonly ignored: readonly string[];
}

/**
 * @param fields the fields of the API
 * @param passOptions the setting of that name
 * @throws ChatError `invalid-request` that names the key
 */
export function readUnlistedOptions(
  body: unknown,
  {fields, passOptions}: {fields: object; passOptions: readonly string[]},
): UnlistedOptions {
  const passed: Record<string, Json> = {};
  const ignored: string[] = [];
  for (const [name, value] of unlistedIn(body, fields)) {
    if (passOptions.includes(name)) passed[name] = asJson(value);
    else if (habitual.has(name)) ignored.push(name);
    else throw invalidField(`${name} is not passed on, unless the setting passOptions of this server lists it`, name);
  }
  return {passed, ignored};
}
