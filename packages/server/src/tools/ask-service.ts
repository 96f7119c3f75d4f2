/** Asks a service of the operator's choice for JSON, through the guard. */
import {ChatError, type Json, parseJson} from '@chatlet/protocol';
import {createGuardedFetch} from './guard.ts';

export interface Service {
  /** @throws ChatError `provider-unavailable`, `provider-timeout`, `provider-error`, `too-large` */
  askForJson(path: string, query: Readonly<Record<string, string>>, options: {signal: AbortSignal}): Promise<unknown>;
  /** Posts to the base URL itself. Throws as `askForJson` does. */
  postJson(body: Json, options: {signal: AbortSignal}): Promise<unknown>;
}

export interface ServiceOptions {
  /** The name in errors. */
  readonly name: string;
  readonly baseUrl: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export function openService({name, baseUrl, headers = {}}: ServiceOptions): Service {
  const guarded = createGuardedFetch({allow: [baseUrl], maxBytes: 1_000_000, timeout: 15_000});
  /** An answer with an error status is read too if it is JSON: GraphQL puts its errors there. */
  const read = async (response: Response, {readsErrors}: {readsErrors: boolean}): Promise<unknown> => {
    const text = await response.text();
    const value = parseJson(text);
    if (value !== undefined && (response.ok || readsErrors)) return value;
    const cause = new Error(`${response.status} ${text.slice(0, 500)}`);
    if (response.ok) throw new ChatError('provider-error', `${name} did not answer with JSON.`, {cause});
    throw new ChatError('provider-unavailable', `${name} answered with an error (${response.status}).`, {cause});
  };
  return {
    async askForJson(path, query, {signal}) {
      const url = new URL(baseUrl.replace(/\/$/, '') + path);
      for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
      const response = await guarded.fetch(url, {headers: {accept: 'application/json', ...headers}, signal});
      return read(response, {readsErrors: false});
    },
    async postJson(body, {signal}) {
      const sent = {accept: 'application/json', 'content-type': 'application/json', ...headers};
      const response = await guarded.fetch(baseUrl, {
        method: 'POST',
        headers: sent,
        body: JSON.stringify(body),
        signal,
      });
      return read(response, {readsErrors: true});
    },
  };
}
