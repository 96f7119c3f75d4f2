/** Clients of Anthropic's messages, unmodified: their own SDK, the AI SDK's provider and LangChain's. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {createAnthropic} from '@ai-sdk/anthropic';
import Anthropic, {APIUserAbortError, AuthenticationError, InternalServerError, NotFoundError} from '@anthropic-ai/sdk';
import {ChatAnthropic} from '@langchain/anthropic';
import {HumanMessage, SystemMessage} from '@langchain/core/messages';
import {APICallError, generateText, isStepCount, streamText} from 'ai7';
import {z} from 'zod';
import {delta, refuses} from '../../server/src/testing/upstream.ts';
import {weather as sdkWeather} from './testing/ai-sdk.ts';
import {type CompatServer, assertSafe, collect, endless, startServer} from './testing/harness.ts';
import {callsTool, structuredAnswer, thought, toolInput} from './testing/model.ts';

const key = 'key-of-alice';
const keyed = {apiKeys: [{key, plan: 'default'}]};

Object.assign(globalThis, {AI_SDK_LOG_WARNINGS: false});
const weatherQuestion = 'What is the weather in San Francisco?';

suite('@anthropic-ai/sdk', () => {
  const clientOf = ({url}: Pick<CompatServer, 'url'>, more: object = {}) =>
    new Anthropic({baseURL: url, apiKey: key, maxRetries: 0, ...more});
  const question = {model: 'm', max_tokens: 2000, messages: [{role: 'user' as const, content: 'One two three'}]};
  const weather: Anthropic.Tool = {
    name: 'get_weather',
    description: 'The weather at a place',
    input_schema: {type: 'object', properties: {location: {type: 'string'}}, required: ['location']},
  };

  test('a whole message has text, stop reason, usage and the id of its request', async () => {
    await using chat = await startServer(keyed);
    const {id, _request_id, ...message} = await clientOf(chat).messages.create({...question, system: 'Be brief.'});
    assert.match(id, /^msg_/);
    assert.match(_request_id ?? '', /^req_/);
    assert.deepEqual(message, {
      type: 'message',
      role: 'assistant',
      model: 'm',
      content: [{type: 'text', text: 'One two three', citations: null}],
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage: {input_tokens: 5, output_tokens: 3},
    });
    assert.deepEqual(chat.told, [
      {role: 'system', content: 'Be brief.'},
      {role: 'user', content: 'One two three'},
    ]);
  });

  test('a stream joins to the same message, with thoughts if they were asked for', async () => {
    await using chat = await startServer(keyed);
    const client = clientOf(chat);
    const asked = {...question, messages: [{role: 'user' as const, content: 'Think of one'}]};
    const plain = await client.messages.stream(asked).finalMessage();
    assert.deepEqual(plain.content, [{type: 'text', text: 'Think of one'}]);
    assert.deepEqual([plain.stop_reason, plain.usage.output_tokens], ['end_turn', 3]);

    const thinking = {...asked, thinking: {type: 'enabled' as const, budget_tokens: 1024}};
    const {content} = await client.messages.stream(thinking).finalMessage();
    assert.deepEqual(content, [
      {type: 'thinking', thinking: thought, signature: ''},
      {type: 'text', text: 'Think of one'},
    ]);
    const whole = await client.messages.create(thinking);
    assert.deepEqual(
      whole.content.map(({type}) => type),
      ['thinking', 'text'],
    );
    await client.messages.create({
      ...question,
      messages: [...asked.messages, {role: 'assistant', content}, ...question.messages],
    });
    assert.equal(chat.told.length, 3);
  });

  test('a tool loop of two rounds ends with the text, whole and streamed', async () => {
    await using chat = await startServer(keyed);
    const client = clientOf(chat);
    for (const stream of [false, true]) {
      chat.script(callsTool('get_weather', toolInput, 'call_1'), callsTool('get_weather', {location: 'Oslo'}));
      const messages: Anthropic.MessageParam[] = [{role: 'user', content: weatherQuestion}];
      const seen: unknown[] = [];
      for (;;) {
        const asked = {...question, messages, tools: [weather], tool_choice: {type: 'auto' as const}};
        const answer = stream
          ? await client.messages.stream(asked).finalMessage()
          : await client.messages.create(asked);
        messages.push({role: 'assistant', content: answer.content});
        const calls = answer.content.filter((block) => block.type === 'tool_use');
        if (calls.length === 0) {
          assert.deepEqual(
            answer.content.map((block) => block.type === 'text' && block.text),
            ['It says: Sunny'],
          );
          break;
        }
        assert.equal(answer.stop_reason, 'tool_use');
        seen.push(...calls.map(({name, input}) => [name, input]));
        messages.push({
          role: 'user',
          content: calls.map(({id}) => ({
            type: 'tool_result',
            tool_use_id: id,
            content: [{type: 'text', text: 'Sunny'}],
          })),
        });
      }
      assert.deepEqual(seen, [
        ['get_weather', toolInput],
        ['get_weather', {location: 'Oslo'}],
      ]);
      assert.deepEqual(
        chat.told.map(({role}) => role),
        ['user', 'assistant', 'tool', 'assistant', 'tool'],
      );
    }
  });

  test('a thought comes back to its upstream with the results of the tools that it called', async () => {
    await using chat = await startServer(keyed);
    const client = clientOf(chat);
    for (const stream of [false, true]) {
      chat.script(callsTool('get_weather', toolInput, 'call_1', {reasoning: thought}));
      const user = {role: 'user' as const, content: weatherQuestion};
      const thinking = {type: 'enabled' as const, budget_tokens: 1024};
      const asked = {...question, messages: [user], tools: [weather], thinking};
      const {content} = stream
        ? await client.messages.stream(asked).finalMessage()
        : await client.messages.create(asked);
      assert.deepEqual(
        content.map(({type}) => type),
        ['thinking', 'tool_use'],
      );
      const result = {type: 'tool_result' as const, tool_use_id: 'call_1', content: 'Fog'};
      const messages = [user, {role: 'assistant' as const, content}, {role: 'user' as const, content: [result]}];
      await client.messages.create({...asked, messages});
      const [, answer] = chat.told as readonly {reasoning_content?: string}[];
      assert.equal(answer?.reasoning_content, thought);
    }
  });

  test('images, documents, failed tools and all options reach the model', async () => {
    await using chat = await startServer(keyed);
    const data = 'iVBORw0KGgo=';
    // The client's types have them no more, but it still sends them.
    const sampling: object = {temperature: 0.5, top_p: 0.9};
    await clientOf(chat).messages.create({
      model: 'm',
      max_tokens: 50,
      ...sampling,
      stop_sequences: ['END', ''],
      tools: [weather],
      tool_choice: {type: 'tool', name: 'get_weather', disable_parallel_tool_use: true},
      output_config: {format: {type: 'json_schema', schema: {type: 'object'}}},
      metadata: {user_id: 'u'},
      messages: [
        {role: 'user', content: 'Weather?'},
        {role: 'assistant', content: [{type: 'tool_use', id: 'a', name: 'get_weather', input: toolInput}]},
        {
          role: 'user',
          content: [
            {
              type: 'tool_result',
              tool_use_id: 'a',
              is_error: true,
              content: [
                {type: 'text', text: 'No signal'},
                {type: 'image', source: {type: 'base64', media_type: 'image/png', data}},
              ],
            },
            {type: 'text', text: 'And this?', cache_control: {type: 'ephemeral'}},
            {type: 'document', source: {type: 'text', media_type: 'text/plain', data: 'Ink'}, title: 'a.txt'},
          ],
        },
      ],
    });
    const {messages: _, stream: __, stream_options: ___, ...asked} = chat.asked;
    assert.deepEqual(asked, {
      model: 'm',
      max_tokens: 50,
      temperature: 0.5,
      top_p: 0.9,
      stop: ['END'],
      parallel_tool_calls: false,
      tool_choice: {type: 'function', function: {name: 'get_weather'}},
      response_format: {
        type: 'json_schema',
        json_schema: {name: 'answer', strict: true, schema: {type: 'object'}},
      },
      tools: [
        {
          type: 'function',
          function: {name: weather.name, description: weather.description, parameters: weather.input_schema},
        },
      ],
    });
    const [, , result, last] = chat.told;
    assert.match(JSON.stringify(result), /No signal/);
    assert.match(JSON.stringify(last), /image\/png;base64,iVBORw0KGgo=.*And this\?.*text\/plain;base64,SW5r/);
  });

  test('leaving a stream frees the upstream', async () => {
    await using chat = await startServer(keyed);
    const {script, begun, freed} = endless();
    chat.script(script);
    const stream = clientOf(chat).messages.stream(question);
    const ended = assert.rejects(stream.finalMessage(), APIUserAbortError);
    await begun;
    stream.abort();
    await freed;
    await ended;
  });

  test('each mistake has its own error class, with a type and the id of the request', async () => {
    await using chat = await startServer(keyed);
    const client = clientOf(chat);
    const tooHot: object = {temperature: 2};
    const cases = [
      [async () => client.messages.create({...question, model: 'no-such-model'}), NotFoundError, 'not_found_error'],
      [
        async () => client.messages.create({...question, ...tooHot}),
        Anthropic.BadRequestError,
        'invalid_request_error',
      ],
      [
        async () => clientOf(chat, {apiKey: 'nobody'}).messages.create(question),
        AuthenticationError,
        'authentication_error',
      ],
      [async () => clientOf(chat, {apiKey: 'nobody'}).models.list(), AuthenticationError, 'authentication_error'],
    ] as const;
    for (const [asking, Class, type] of cases) {
      await assert.rejects(asking, (error) => {
        assert.ok(error instanceof Class, String(error));
        assert.equal(error.type, type);
        assert.match(error.requestID ?? '', /^req_/);
        assertSafe(error.message);
        return true;
      });
    }
    for (const stream of [false, true]) {
      chat.script(...Array.from({length: 3}, () => refuses(500, {error: {message: 'sk-canary'}})));
      await assert.rejects(async () => client.messages.create({...question, stream}), InternalServerError);
    }
    chat.script(async (exchange) => {
      await exchange.write(delta('Half an '));
      exchange.cut();
    });
    await assert.rejects(client.messages.stream(question).finalMessage(), Anthropic.APIError);
  });

  test('what cannot be passed is named', async () => {
    await using chat = await startServer(keyed);
    const client = clientOf(chat);
    const cases: readonly (readonly [more: object, sentence: RegExp])[] = [
      [
        {tools: [{type: 'web_search_20250305', name: 'web_search'}]},
        /tools\[0\]\.type names a tool that only runs at Anthropic/,
      ],
      [{mcp_servers: [{type: 'url', url: 'https://x.example', name: 'x'}]}, /mcp_servers names something/],
      [{messages: [{role: 'user', content: [{type: 'search_result'}]}]}, /content\[0\]\.type names a kind of content/],
      [
        {messages: [{role: 'user', content: [{type: 'image', source: {type: 'file', file_id: 'f'}}]}]},
        /source\.type names a source that is not here/,
      ],
      [
        {messages: [{role: 'user', content: [{type: 'tool_result', tool_use_id: 'x', content: ''}]}]},
        /messages\[0\]\.content\[0\]\.tool_use_id answers the call/,
      ],
      [{tools: [weather], tool_choice: {type: 'tool', name: 'x'}}, /tool_choice names/],
    ];
    for (const [more, sentence] of cases) {
      await assert.rejects(client.messages.create({...question, ...more}), sentence);
    }
    assert.deepEqual(chat.requests, []);
  });

  test('models are listed and tokens counted', async () => {
    await using chat = await startServer(keyed);
    const client = clientOf(chat);
    const listed = await collect(await client.models.list());
    assert.deepEqual(listed.map(({id, display_name}) => [id, display_name])[0], ['m', 'General']);
    assert.equal((await client.models.retrieve('anthropic/model-name')).display_name, 'With a slash');
    const {max_tokens: _, ...asked} = question;
    const {input_tokens} = await client.messages.countTokens(asked);
    assert.ok(input_tokens >= 3 && input_tokens < 20);
    const withTools = await client.messages.countTokens({...asked, tools: [weather]});
    assert.ok(withTools.input_tokens > input_tokens + 10);
    await assert.rejects(client.messages.countTokens({...asked, model: 'no-such-model'}), NotFoundError);
    assert.deepEqual(chat.requests, []);
  });
});

suite('@ai-sdk/anthropic', () => {
  const modelOf = ({url}: Pick<CompatServer, 'url'>, id = 'm') =>
    createAnthropic({baseURL: `${url}/v1`, apiKey: key})(id);
  test('generateText and streamText give text, end reason and usage', async () => {
    await using chat = await startServer(keyed);
    const whole = await generateText({model: modelOf(chat), prompt: 'One two three'});
    const streamed = streamText({model: modelOf(chat), prompt: 'One two three'});
    assert.equal((await collect(streamed.textStream)).join(''), 'One two three');
    for (const {text, finishReason, usage} of [
      whole,
      {text: await streamed.text, finishReason: await streamed.finishReason, usage: await streamed.usage},
    ]) {
      assert.deepEqual([text, finishReason, usage.inputTokens, usage.outputTokens], ['One two three', 'stop', 3, 3]);
    }
  });

  test('a tool loop of two rounds ends with the text, whole and streamed', async () => {
    await using chat = await startServer(keyed);
    const asked = {
      model: modelOf(chat),
      prompt: weatherQuestion,
      tools: {weather: sdkWeather},
      stopWhen: isStepCount(4),
    };
    const script = () =>
      chat.script(callsTool('weather', toolInput, 'call_1'), callsTool('weather', {location: 'Oslo'}));
    script();
    const whole = await generateText(asked);
    script();
    const streamed = streamText(asked);
    await streamed.consumeStream();
    assert.deepEqual([whole.text, await streamed.text], ['It says: Fog in Oslo', 'It says: Fog in Oslo']);
    for (const steps of [whole.steps, await streamed.steps]) {
      assert.deepEqual(
        steps.map(({toolCalls, finishReason}) => [toolCalls.map(({input}) => input), finishReason]),
        [
          [[toolInput], 'tool-calls'],
          [[{location: 'Oslo'}], 'tool-calls'],
          [[], 'stop'],
        ],
      );
    }
  });

  test('a refusal keeps its status and sentence', async () => {
    await using chat = await startServer(keyed);
    await assert.rejects(
      generateText({model: modelOf(chat, 'no-such-model'), prompt: 'Hi', maxRetries: 0}),
      (error) => {
        assert.ok(APICallError.isInstance(error), String(error));
        assert.equal(error.statusCode, 404);
        assert.match(error.message, /no model "no-such-model"/);
        return true;
      },
    );
  });
});

suite('@langchain/anthropic', () => {
  const modelOf = ({url}: Pick<CompatServer, 'url'>, more: object = {}) =>
    new ChatAnthropic({model: 'm', apiKey: key, anthropicApiUrl: url, maxRetries: 0, ...more});

  test('ChatAnthropic gives text and usage, whole and streamed', async () => {
    await using chat = await startServer(keyed);
    const asked = [new SystemMessage('Be brief.'), new HumanMessage('One two three')];
    const whole = await modelOf(chat).invoke(asked);
    const chunks = await collect(await modelOf(chat).stream(asked));
    const streamed = chunks.reduce((joined, chunk) => joined.concat(chunk));
    assert.deepEqual([whole.text, streamed.text], ['One two three', 'One two three']);
    assert.partialDeepStrictEqual(whole.usage_metadata, {input_tokens: 5, output_tokens: 3});
    // Of a stream this client reads the tokens of the question at the beginning, where they are an estimate.
    const counted = z.object({input_tokens: z.number().min(5), output_tokens: z.literal(3)});
    counted.parse(streamed.usage_metadata);
  });

  test('structured output comes by a tool that must be called', async () => {
    await using chat = await startServer(keyed);
    chat.script(callsTool('answer', JSON.parse(structuredAnswer)));
    const model = modelOf(chat).withStructuredOutput(z.object({answer: z.number()}), {name: 'answer'});
    assert.deepEqual(await model.invoke('Six times seven?'), JSON.parse(structuredAnswer));
  });
});
