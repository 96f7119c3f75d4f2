/** Lets other models answer if the one that was asked for cannot. Knows no upstream, and makes no retries. */
import {ChatError, type ChatEvent, type ErrorCode} from '@chatlet/protocol';
import type {Provider} from '../engine/provider.ts';
import {noMore} from '../engine/step.ts';
import {isUpstreamRefusal} from './error-mapping.ts';
import {type BegunAnswer, readFirstToken} from './first-token.ts';

/** A model that may stand in for another. */
export interface Substitute {
  readonly provider: Provider;
  /** The model's id at that provider. */
  readonly model: string;
}

/** Which models answer in place of others. */
export interface FallbackOptions {
  /** The substitutes for a model, the best first; an empty list if there are none. */
  readonly substitutesFor: (model: string) => readonly Substitute[];
  /** Called for every model that could not answer, for logs and metrics. Must not throw. */
  readonly onFallback?: (fallback: {
    readonly from: Substitute;
    readonly to: Substitute;
    readonly error: ChatError;
  }) => void;
}

/** Errors that another model may not have. A request that we find invalid is invalid everywhere. */
const elsewhereFine = new Set<ErrorCode>([
  'rate-limited',
  'provider-error',
  'provider-unavailable',
  'provider-timeout',
  'interrupted',
  'model-not-found',
  'context-too-long',
]);

/**
 * Wraps a provider: if a model fails before its first word, its substitutes are asked in turn. If all fail, the caller
 * gets the first failure, which is about the model that was asked for.
 */
export function withFallback(provider: Provider, {substitutesFor, onFallback}: FallbackOptions): Provider {
  async function begin(
    request: Parameters<Provider['answer']>[0],
    {signal}: {signal: AbortSignal},
  ): Promise<BegunAnswer | undefined> {
    const candidates: readonly Substitute[] = [{provider, model: request.model}, ...substitutesFor(request.model)];
    let failure: ChatError | undefined;
    for (const [index, candidate] of candidates.entries()) {
      try {
        return await readFirstToken(candidate.provider.answer({...request, model: candidate.model}, {signal}));
      } catch (thrown) {
        if (signal.aborted) return undefined;
        const error = ChatError.from(thrown);
        failure ??= error;
        if (!elsewhereFine.has(error.code) && !isUpstreamRefusal(error)) throw failure;
        const to = candidates[index + 1];
        if (to) onFallback?.({from: candidate, to, error});
      }
    }
    throw failure ?? new ChatError('provider-unavailable');
  }

  return {
    id: provider.id,
    // A substitute may not promise it.
    endsOnAbort: false,
    models: (options) => provider.models(options),
    ...(provider.close && {close: () => provider.close?.() ?? Promise.resolve()}),
    ...(provider.passOn && {passOn: provider.passOn.bind(provider)}),
    answer: (request, {signal}) => ({
      [Symbol.asyncIterator](): AsyncIterator<readonly ChatEvent[], void> {
        let begun: BegunAnswer | undefined;
        let ended = false;
        return {
          async next() {
            if (ended) return noMore;
            // From here on the answer is passed on untouched.
            if (begun) return begun.rest.next();
            begun = await begin(request, {signal});
            if (begun && !ended) return {done: false, value: begun.first};
            ended = true;
            await begun?.rest.return?.();
            return noMore;
          },
          async return() {
            ended = true;
            await begun?.rest.return?.();
            return noMore;
          },
        };
      },
    }),
  };
}
