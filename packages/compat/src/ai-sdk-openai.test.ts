/** `@ai-sdk/openai` with `ai` 7, unmodified: its default asks `/v1/responses`, `.chat` asks chat completions. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {type OpenAIProvider, createOpenAI} from '@ai-sdk/openai';
import {type LanguageModel, Output, generateText, isStepCount, jsonSchema, streamText} from 'ai7';
import {delta} from '../../server/src/testing/upstream.ts';
import {actingTools} from './testing/acting-tools.ts';
import {assertRefusals, weather} from './testing/ai-sdk.ts';
import {type CompatServer, collect, startServer} from './testing/harness.ts';
import {callsTool, structuredAnswer, thought, toolInput} from './testing/model.ts';

const key = 'key-of-alice';
const keyed = {apiKeys: [{key, plan: 'default'}]};

const providerOf = ({url}: Pick<CompatServer, 'url'>): OpenAIProvider =>
  createOpenAI({baseURL: `${url}/v1`, apiKey: key});

interface Way {
  readonly name: string;
  readonly path: string;
  readonly model: (provider: OpenAIProvider, id?: string) => LanguageModel;
}

const ways: readonly Way[] = [
  {name: 'the default', path: '/v1/responses', model: (provider, id = 'm') => provider(id)},
  {name: '.chat', path: '/v1/chat/completions', model: (provider, id = 'm') => provider.chat(id)},
];

for (const {name, model} of ways) {
  suite(`@ai-sdk/openai, ${name}`, () => {
    test('generateText gives the text, the end reason and the usage', async () => {
      await using chat = await startServer(keyed);
      const {text, finishReason, usage} = await generateText({model: model(providerOf(chat)), prompt: 'One two three'});
      assert.equal(text, 'One two three');
      assert.equal(finishReason, 'stop');
      assert.equal(usage.outputTokens, 3);
    });

    test('streamText gives the text piece by piece', async () => {
      await using chat = await startServer(keyed);
      const result = streamText({model: model(providerOf(chat), 'anthropic/model-name'), prompt: 'One two three'});
      assert.equal((await collect(result.textStream)).join(''), 'One two three');
      assert.equal(await result.finishReason, 'stop');
      assert.equal((await result.usage).outputTokens, 3);
      assert.equal(chat.asked['model'], 'anthropic/model-name');
    });

    test('an object is read by its schema', async () => {
      await using chat = await startServer(keyed);
      const schema = jsonSchema<{answer: number}>({
        type: 'object',
        properties: {answer: {type: 'number'}},
        required: ['answer'],
        additionalProperties: false,
      });
      const asked = {model: model(providerOf(chat)), prompt: 'One', output: Output.object({schema})};
      assert.deepEqual((await generateText(asked)).output, JSON.parse(structuredAnswer));
    });

    test('two rounds of tools, whole and streamed', async () => {
      await using chat = await startServer(keyed);
      const asked = {
        model: model(providerOf(chat)),
        prompt: 'What is the weather?',
        tools: {weather},
        stopWhen: isStepCount(4),
      };
      chat.script(callsTool('weather', toolInput, 'call_1'), callsTool('weather', {location: 'Rome'}));
      const whole = await generateText(asked);
      chat.script(callsTool('weather', toolInput, 'call_1'), callsTool('weather', {location: 'Rome'}));
      const streamed = streamText(asked);
      await streamed.consumeStream();
      for (const [text, steps] of [
        [whole.text, whole.steps],
        [await streamed.text, await streamed.steps],
      ] as const) {
        assert.equal(text, 'It says: Fog in Rome');
        assert.deepEqual(
          steps.flatMap(({toolCalls}) => toolCalls.map(({toolName, input}) => [toolName, input])),
          [
            ['weather', toolInput],
            ['weather', {location: 'Rome'}],
          ],
        );
      }
      assert.deepEqual(
        chat.told.map(({role}) => role),
        ['user', 'assistant', 'tool', 'assistant', 'tool'],
      );
    });

    test('a refusal is an APICallError with our message', async () => {
      await using chat = await startServer(keyed);
      await assertRefusals(chat, (id) => model(providerOf(chat), id));
    });

    test('a failure in the middle of a stream is an error part', async () => {
      await using chat = await startServer(keyed);
      chat.script(async (exchange) => {
        await exchange.write(delta('One '));
        exchange.end(`data: ${JSON.stringify({error: {message: 'canary', type: 'server_error'}})}\n\n`);
      });
      const result = streamText({model: model(providerOf(chat)), prompt: 'Hi', maxRetries: 0, onError() {}});
      const parts = await collect(result.fullStream);
      assert.ok(parts.some(({type}) => type === 'error'));
      assert.equal(parts.flatMap((part) => (part.type === 'text-delta' ? [part.text] : [])).join(''), 'One ');
    });
  });
}

test('a tool of the server waits for an approval as a part of @ai-sdk/openai, and runs once it has come, or not', async () => {
  const ran: unknown[] = [];
  await using chat = await startServer({...keyed, tools: actingTools(ran)});
  const provider = providerOf(chat);
  const site = provider.tools.mcp({serverLabel: 'site', serverUrl: 'chatlet:tools', requireApproval: 'always'});
  const asked = {model: provider('m'), tools: {site}};
  const question = {role: 'user' as const, content: 'Tell Ada'};
  for (const [approved, text] of [
    [true, 'It says: Sent to Ada.'],
    [false, 'It says: The person refused.'],
  ] as const) {
    ran.length = 0;
    chat.script(callsTool('send', {to: 'Ada'}, 'call_1'));
    const waiting = await generateText({...asked, messages: [question]});
    const request = waiting.content.find((part) => part.type === 'tool-approval-request');
    assert.ok(request);
    assert.deepEqual([request.toolCall.toolName, request.toolCall.input, ran], ['mcp.send', {to: 'Ada'}, []]);
    const {approvalId} = request;
    const answer = {
      role: 'tool' as const,
      content: [{type: 'tool-approval-response' as const, approvalId, approved, providerExecuted: true}],
    };
    const done = await generateText({...asked, messages: [question, ...waiting.response.messages, answer]});
    assert.equal(done.text, text);
    assert.deepEqual(ran, approved ? [{to: 'Ada'}] : []);
  }
});

test('reasoning is given by the default of @ai-sdk/openai, and goes back in the next turn, stored or sealed', async () => {
  await using chat = await startServer(keyed);
  const provider = providerOf(chat);
  for (const store of [true, false]) {
    const providerOptions = {openai: {store, include: ['reasoning.encrypted_content' as const], forceReasoning: true}};
    const question = {role: 'user' as const, content: 'Think of one two'};
    const first = await generateText({model: provider('m'), messages: [question], providerOptions});
    assert.equal(first.reasoningText, thought);
    const messages = [question, ...first.response.messages, {role: 'user' as const, content: 'And three'}];
    assert.equal((await generateText({model: provider('m'), messages, providerOptions})).text, 'And three');
    assert.deepEqual(
      chat.told.map(({role, content}) => [role, content]),
      [
        ['user', 'Think of one two'],
        ['assistant', 'Think of one two'],
        ['user', 'And three'],
      ],
    );
  }
});
