/** LlamaIndex's embeddings, unmodified, pointed at `/v1`. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {OpenAIEmbedding} from '@llamaindex/openai';
import {startServer} from './testing/harness.ts';

const key = 'key-of-alice';
const keyed = {apiKeys: [{key, plan: 'default'}]};

test('LlamaIndex gets embeddings, one by one and many at once', async () => {
  await using chat = await startServer(keyed);
  const embeddings = new OpenAIEmbedding({model: 'embed-1', apiKey: key, baseURL: `${chat.url}/v1`, maxRetries: 0});
  assert.deepEqual(await embeddings.getTextEmbedding('Three'), [5, 0.5, -1]);
  assert.deepEqual(await embeddings.getTextEmbeddings(['One', 'Three']), [
    [3, 0.5, -1],
    [5, 0.5, -1],
  ]);
});
