/** A provider that answers each request by a script, for tests of the code around providers. */
import type {ChatEvent} from '@chatlet/protocol';
import type {Provider, ProviderRequest} from '../../engine/provider.ts';

export interface ScriptedRequest {
  readonly request: ProviderRequest;
  readonly signal: AbortSignal;
}

type Script = (asked: ScriptedRequest) => AsyncIterable<readonly ChatEvent[]>;

export interface ScriptedProvider extends Provider {
  /** The requests so far, in order. */
  readonly asked: readonly ScriptedRequest[];
}

/** The first request goes by the first script, and so on; the last script is for all that follow. */
export function scripted(...scripts: readonly [Script, ...Script[]]): ScriptedProvider {
  const asked: ScriptedRequest[] = [];
  return {
    id: 'scripted',
    asked,
    models: async () => [{id: 'm', name: 'M'}],
    answer(request, {signal}) {
      const script = scripts[Math.min(asked.length, scripts.length - 1)] ?? scripts[0];
      asked.push({request, signal});
      return script({request, signal});
    },
  };
}

export const says = (delta: string): ChatEvent => ({type: 'text-delta', delta});
export const ends: ChatEvent = {type: 'message-end', reason: 'stop'};

/** Gives these batches and ends. */
export const gives = (...batches: readonly (readonly ChatEvent[])[]): Script =>
  async function* () {
    yield* batches;
  };

/** Gives these batches and then throws. */
export const fails = (error: unknown, ...batches: readonly (readonly ChatEvent[])[]): Script =>
  async function* () {
    yield* batches;
    throw error;
  };

/** Gives these batches and then nothing more, and ignores every signal. */
export const hangs = (...batches: readonly (readonly ChatEvent[])[]): Script =>
  async function* () {
    yield* batches;
    await new Promise(() => {});
  };

/** All events of an answer in one list, and the error that it throws at its end. */
export async function collect(
  answer: AsyncIterable<readonly ChatEvent[]>,
): Promise<{readonly events: readonly ChatEvent[]; readonly error?: unknown}> {
  const events: ChatEvent[] = [];
  try {
    for await (const batch of answer) events.push(...batch);
    return {events};
  } catch (error) {
    return {events, error};
  }
}
