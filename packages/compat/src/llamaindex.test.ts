/** LlamaIndex's OpenAI classes, unmodified, pointed at `/v1`: embeddings, and the model that answers from them. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {OpenAI, OpenAIEmbedding} from '@llamaindex/openai';
import {type CompatServer, collect, startServer} from './testing/harness.ts';
import {toolInput} from './testing/model.ts';

const key = 'key-of-alice';
const keyed = {apiKeys: [{key, plan: 'default'}]};

const modelOf = ({url}: Pick<CompatServer, 'url'>, model = 'm') =>
  new OpenAI({model, apiKey: key, baseURL: `${url}/v1`, maxRetries: 0});
const question = [{role: 'user' as const, content: 'One two three'}];

test('LlamaIndex gets embeddings, one by one and many at once', async () => {
  await using chat = await startServer(keyed);
  const embeddings = new OpenAIEmbedding({model: 'embed-1', apiKey: key, baseURL: `${chat.url}/v1`, maxRetries: 0});
  assert.deepEqual(await embeddings.getTextEmbedding('Three'), [5, 0.5, -1]);
  assert.deepEqual(await embeddings.getTextEmbeddings(['One', 'Three']), [
    [3, 0.5, -1],
    [5, 0.5, -1],
  ]);
});

test('LlamaIndex gets a whole answer and a stream', async () => {
  await using chat = await startServer(keyed);
  const {message} = await modelOf(chat).chat({messages: question});
  assert.equal(message.content, 'One two three');
  const chunks = await collect(await modelOf(chat).chat({messages: question, stream: true}));
  assert.equal(chunks.map(({delta}) => delta).join(''), 'One two three');
});

test('a tool loop works with LlamaIndex', async () => {
  await using chat = await startServer(keyed);
  const inputs: unknown[] = [];
  const tool = {
    call: (input: unknown) => {
      inputs.push(input);
      return 'Fog';
    },
    metadata: {
      name: 'get_weather',
      description: 'The weather at a place',
      parameters: {type: 'object' as const, properties: {location: {type: 'string' as const}}, required: ['location']},
    },
  };
  const {newMessages, toolCalls} = await modelOf(chat).exec({
    messages: [{role: 'user', content: 'What is the weather in San Francisco?'}],
    tools: [tool],
  });
  assert.equal(toolCalls.length, 1);
  assert.deepEqual(inputs, [toolInput]);
  const {message} = await modelOf(chat).chat({
    messages: [{role: 'user', content: 'What is the weather in San Francisco?'}, ...newMessages],
    tools: [tool],
  });
  assert.equal(message.content, 'It says: Fog');
});

test('a refusal keeps its status with LlamaIndex', async () => {
  await using chat = await startServer(keyed);
  await assert.rejects(modelOf(chat, 'no-such-model').chat({messages: question}), {status: 404});
});
