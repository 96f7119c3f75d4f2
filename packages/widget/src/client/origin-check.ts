/**
 * Finds out whether a server refuses this page's origin. A browser tells a page the same of a refused origin as of a lost
 * connection, so the server is asked for its public settings, without anything that needs a preflight.
 */
import {ChatError, isObject} from '@chatlet/protocol';
import type {Environment} from './environment.ts';

export interface OriginCheckOptions {
  /** The URL of the server's settings. */
  readonly url: string;
  readonly fetch: typeof globalThis.fetch;
  readonly environment: Environment;
}

/** Milliseconds that the server has to answer. */
const timeout = 1_500;

/** The error to tell, if the origin is refused; undefined if it is not, or nobody answers. */
export async function findRefusal({url, fetch, environment}: OriginCheckOptions): Promise<ChatError | undefined> {
  const asking = new AbortController();
  const cancel = environment.after(timeout, () => asking.abort());
  try {
    const response = await fetch(url, {credentials: 'omit', cache: 'no-store', signal: asking.signal});
    const answer: unknown = await response.json();
    if (!isObject(answer) || answer['allowed'] !== false) return undefined;
    const origin = String(answer['origin']);
    // For the page's author, who reads the console; the visitor is told in words of the chat.
    console.error(adviceFor(origin));
    return new ChatError('forbidden', `Pages of ${origin} may not use this server.`);
  } catch {
    // Nobody answers, so the connection really is lost.
    return undefined;
  } finally {
    cancel();
  }
}

function adviceFor(origin: string): string {
  if (origin === 'null') return 'Chatlet: a page in a file or a sandboxed frame has no origin. Serve it over HTTP.';
  return `Chatlet: the server does not allow pages of ${origin}. Start it with CHATLET_ORIGINS=${origin}`;
}
