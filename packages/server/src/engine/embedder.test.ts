import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import type {JsonObject} from '@chatlet/protocol';
import {providerEmbedder} from './embedder.ts';
import type {PassedRequest, Provider} from './provider.ts';

const {signal} = new AbortController();

function providerWith(answer: JsonObject): {readonly provider: Provider; readonly requests: readonly PassedRequest[]} {
  const requests: PassedRequest[] = [];
  const provider: Provider = {
    id: 'openai',
    models: async () => [],
    async *answer() {},
    async passOn(request) {
      requests.push(request);
      return answer;
    },
  };
  return {provider, requests};
}

suite('embeddings of a provider', () => {
  test('are asked for in one request, with texts that the model can read, and come in the order of the texts', async () => {
    const {provider, requests} = providerWith({
      data: [
        {index: 1, embedding: [3, 4.5]},
        {index: 0, embedding: [1, 2]},
      ],
    });
    const vectors = await providerEmbedder(provider, 'small').embed(['a'.repeat(9_000), 'b'], {signal});
    assert.deepEqual(vectors, [Float32Array.of(1, 2), Float32Array.of(3, 4.5)]);
    const input = ['a'.repeat(6_000), 'b'];
    assert.deepEqual(
      requests.map(({api, body}) => ({api, body})),
      [{api: 'embeddings', body: {model: 'small', input, encoding_format: 'float'}}],
    );
  });

  test('that are no vector for each text are an error', async () => {
    const answers: readonly JsonObject[] = [
      {},
      {data: [{embedding: [1]}]},
      {data: [{embedding: [1]}, {embedding: [1, 2]}]},
      {data: [{embedding: []}, {embedding: []}]},
      {data: [{embedding: [1]}, {embedding: ['x']}]},
      {data: [{embedding: [1]}, {embedding: [1]}, {embedding: [1]}]},
      {
        data: [
          {index: 0, embedding: [1]},
          {index: 0, embedding: [1]},
        ],
      },
    ];
    for (const answer of answers) {
      const {provider} = providerWith(answer);
      const embedding = providerEmbedder(provider, 'small').embed(['a', 'b'], {signal});
      await assert.rejects(embedding, {code: 'provider-error'}, JSON.stringify(answer));
    }
  });

  test('of a provider that has none are refused', async () => {
    const {passOn: _, ...provider} = providerWith({}).provider;
    await assert.rejects(providerEmbedder(provider, 'small').embed(['a'], {signal}), {code: 'not-found'});
  });
});
