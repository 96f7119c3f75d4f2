/** Asks a service of the operator's choice for JSON, through the guard. */
import {ChatError} from '@chatlet/protocol';
import {createGuardedFetch} from './guard.ts';

export interface Service {
  /** @throws ChatError `provider-unavailable`, `provider-timeout`, `too-large` */
  askForJson(path: string, query: Readonly<Record<string, string>>, options: {signal: AbortSignal}): Promise<unknown>;
}

export interface ServiceOptions {
  /** The name in errors. */
  readonly name: string;
  readonly baseUrl: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export function openService({name, baseUrl, headers = {}}: ServiceOptions): Service {
  const guarded = createGuardedFetch({allow: [baseUrl], maxBytes: 1_000_000, timeout: 15_000});
  return {
    async askForJson(path, query, {signal}) {
      const url = new URL(baseUrl.replace(/\/$/, '') + path);
      for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
      const response = await guarded.fetch(url, {headers: {accept: 'application/json', ...headers}, signal});
      const text = await response.text();
      if (response.ok) {
        try {
          return JSON.parse(text);
        } catch (cause) {
          throw new ChatError('provider-error', `${name} did not answer with JSON.`, {cause});
        }
      }
      const cause = new Error(`${response.status} ${text.slice(0, 500)}`);
      throw new ChatError('provider-unavailable', `${name} answered with an error (${response.status}).`, {cause});
    },
  };
}
