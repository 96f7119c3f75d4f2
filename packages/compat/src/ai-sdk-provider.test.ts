/** The AI SDK on another server, with `@ai-sdk/openai-compatible` pointed at `/v1`. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {createOpenAICompatible} from '@ai-sdk/openai-compatible';
import {generateText, isStepCount, streamText} from 'ai7';
import {assertRefusals, weather} from './testing/ai-sdk.ts';
import {type CompatServer, collect, startServer} from './testing/harness.ts';
import {thought, toolInput} from './testing/model.ts';

const key = 'key-of-alice';
const keyed = {apiKeys: [{key, plan: 'default'}]};

const modelOf = ({url}: Pick<CompatServer, 'url'>, id = 'm') =>
  createOpenAICompatible({name: 'chatlet', baseURL: `${url}/v1`, apiKey: key, includeUsage: true}).chatModel(id);

test('generateText of the AI SDK gives the text, the end reason and the usage', async () => {
  await using chat = await startServer(keyed);
  const {text, finishReason, usage} = await generateText({model: modelOf(chat), prompt: 'One two three'});
  assert.equal(text, 'One two three');
  assert.equal(finishReason, 'stop');
  assert.equal(usage.outputTokens, 3);
});

test('streamText of the AI SDK gives text and reasoning piece by piece', async () => {
  await using chat = await startServer(keyed);
  const result = streamText({model: modelOf(chat, 'anthropic/model-name'), prompt: 'Think of one two'});
  assert.equal((await collect(result.textStream)).join(''), 'Think of one two');
  assert.equal(await result.reasoningText, thought);
  assert.equal(await result.finishReason, 'stop');
  assert.equal((await result.usage).outputTokens, 4);
  assert.equal(chat.asked['model'], 'anthropic/model-name');
});

test('tools of the AI SDK make the round trip, whole and streamed', async () => {
  await using chat = await startServer(keyed);
  const asked = {
    model: modelOf(chat),
    prompt: 'What is the weather in San Francisco?',
    tools: {weather},
    stopWhen: isStepCount(3),
  };
  const whole = await generateText(asked);
  assert.equal(whole.text, 'It says: Fog in San Francisco');
  const streamed = streamText(asked);
  await streamed.consumeStream();
  assert.equal(await streamed.text, 'It says: Fog in San Francisco');
  for (const steps of [whole.steps, await streamed.steps]) {
    assert.deepEqual(
      steps[0]?.toolCalls.map(({toolName, input}) => [toolName, input]),
      [['weather', toolInput]],
    );
  }
});

test('a refusal is an APICallError with our message', async () => {
  await using chat = await startServer(keyed);
  await assertRefusals(chat, (id) => modelOf(chat, id));
});
