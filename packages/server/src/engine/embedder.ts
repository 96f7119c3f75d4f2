/** The interface to a model that turns texts into vectors, and one that asks a provider for them. */
import {ChatError, isObject, type JsonObject} from '@chatlet/protocol';
import type {Provider} from './provider.ts';

export interface Embedder {
  /** The name of the model. Vectors of different models cannot be compared. */
  readonly model: string;
  /**
   * A vector for each text, in order.
   * @throws ChatError `provider-error` if the model gives anything else; also the errors of a provider
   */
  embed(texts: readonly string[], options: {readonly signal: AbortSignal}): Promise<readonly Float32Array[]>;
}

/** Characters of a text that are sent: the shortest context of usual models, 2048 tokens, holds so many. */
const longestText = 6_000;

/** @throws ChatError `not-found` if the provider has no embeddings */
export function providerEmbedder(provider: Provider, model: string): Embedder {
  return {
    model,
    async embed(texts, {signal}) {
      if (!provider.passOn) throw new ChatError('not-found', `The upstream “${provider.id}” makes no embeddings.`);
      const input = texts.map((text) => text.slice(0, longestText));
      const body: JsonObject = {model, input, encoding_format: 'float'};
      const answer = await provider.passOn({api: 'embeddings', body, messages: []}, {signal});
      return readVectors(answer, texts.length);
    },
  };
}

function readVectors({data}: JsonObject, count: number): readonly Float32Array[] {
  const vectors: Float32Array[] = [];
  for (const [i, item] of (Array.isArray(data) ? data : []).entries()) {
    const {embedding, index = i} = isObject(item) ? item : {};
    if (Array.isArray(embedding) && typeof index === 'number') vectors[index] = Float32Array.from(embedding, Number);
  }
  const length = vectors[0]?.length ?? 0;
  const isWhole = Array.from({length: count}, (_, i) => vectors[i]).every(
    (vector) => vector !== undefined && length > 0 && vector.length === length && vector.every(Number.isFinite),
  );
  if (isWhole && vectors.length === count) return vectors;
  const cause = new TypeError('The embeddings are not a vector of numbers for each text.');
  throw new ChatError('provider-error', undefined, {cause});
}
