/**
 * Loads what a server of the configuration gives, such as its tools. A server that does not answer stops nothing: the
 * operator is told, and it is tried again until it is there. Knows no protocol.
 */
import {ChatError} from '@chatlet/protocol';
import {type Clock, systemClock} from '../engine/clock.ts';

export interface AwaitedServer<Parts> {
  /** Undefined as long as the server has not answered. */
  now(): Parts | undefined;
  /** Tries no more, and closes what was loaded. */
  close(): Promise<void>;
}

export interface AwaitServerOptions {
  /** For sentences, such as `the MCP server "docs"`; the query of an address is left out. */
  readonly name: string;
  /** Takes sentences for the operator. */
  readonly note?: ((sentence: string) => void) | undefined;
  readonly clock?: Clock;
}

/** Milliseconds before the second try, and the longest time between two; they double. */
const [firstDelay, longestDelay] = [15_000, 10 * 60_000];

/**
 * Resolves after the first try.
 * @throws ChatError `invalid-request`, if the operator must change something first
 */
export async function awaitServer<Parts extends {close?(): Promise<void>}>(
  load: () => Promise<Parts>,
  {name, note = () => {}, clock = systemClock}: AwaitServerOptions,
): Promise<AwaitedServer<Parts>> {
  const shown = URL.canParse(name) ? withoutSecrets(new URL(name)) : name;
  let loaded: Parts | undefined;
  let loading: Promise<void> | undefined;
  let hasEnded = false;
  let cancel = () => {};

  async function tryOnce(tries: number): Promise<void> {
    try {
      const parts = await load();
      if (hasEnded) return await parts.close?.();
      loaded = parts;
      if (tries > 0) note(`The tools of ${shown} are there now.`);
    } catch (error) {
      if (tries === 0) {
        if (ChatError.from(error).code === 'invalid-request') throw error;
        const reason = error instanceof Error ? error.message : String(error);
        note(`The tools of ${shown} are left out, and it is asked again later. ${reason}`);
      }
      if (!hasEnded) cancel = clock.after(Math.min(firstDelay * 2 ** tries, longestDelay), () => tryAgain(tries + 1));
    }
  }

  function tryAgain(tries: number): void {
    loading = tryOnce(tries);
  }

  await tryOnce(0);
  return {
    now: () => loaded,
    async close() {
      hasEnded = true;
      cancel();
      await loading;
      await loaded?.close?.();
    },
  };
}

function withoutSecrets({origin, pathname}: URL): string {
  return `${origin}${pathname}`;
}
