/** `/chat/stream` and `/chat/models`, on all their paths. */
import assert from 'node:assert/strict';
import {request} from 'node:http';
import {suite, test} from 'node:test';
import borderCases from '@chatlet/testdata/requests-border.json' with {type: 'json'};
import type {ChatServerConfig} from '../../../index.ts';
import {answered, json, startChat} from '../../../testing/chat-server.ts';
import {echoProvider, echoed} from '../../../testing/echo-provider.ts';
import {delta, pause, refuses, says} from '../../../testing/upstream.ts';

const user = {role: 'user', content: 'Hi'};
const twins = ['/chat/stream', '/api/chat/stream', '/api/bento/chat/stream'];

suite('/chat/stream', () => {
  test('/chat/stream streams content and its end mark, on all three paths alike', async () => {
    await using chat = await startChat();
    for (const path of twins) {
      chat.upstream.script(says('One ', 'two'));
      const response = await chat.post(path, {messages: [user], stream: true}, {});
      assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/);
      const text = await response.text();
      assert.ok(text.endsWith('data: [DONE]\n\n'));
      const events = [...text.matchAll(/^data: (\{.*\})$/gm)].map(([, event = '']): {content: string} =>
        JSON.parse(event),
      );
      assert.equal(events.map(({content}) => content).join(''), 'One two');
    }
  });

  test('/chat/stream tells finish reason length in a field that old readers skip', async () => {
    await using chat = await startChat({maxAnswerLength: 4});
    const {text, answer} = await answered(await chat.post('/chat/stream', {messages: [user]}, {}));
    assert.deepEqual([text, answer.endReason], ['You ', 'length']);
  });

  test('/chat/stream with stream: false is one JSON object', async () => {
    await using chat = await startChat();
    const response = await chat.post('/chat/stream', {messages: [user], stream: false}, {});
    assert.deepEqual(await json(response), {content: 'You said: Hi', finishReason: 'stop'});
  });

  test('/chat/stream has its own names and defaults of options', async () => {
    await using chat = await startChat({providers: [echoProvider()]});
    const asked = async (more: object) => {
      const {content} = await json<{content: string}>(
        await chat.post('/chat/stream', {messages: [user], stream: false, ...more}, {}),
      );
      const {messages: _, model: __, ...options} = echoed(content);
      return options;
    };
    assert.deepEqual(await asked({}), {temperature: 0.7});
    assert.deepEqual(
      await asked({temperature: 0, topP: 0.5, maxTokens: 9, stopSequences: ['STOP'], ragEnabled: true}),
      {
        temperature: 0,
        topP: 0.5,
        maxTokens: 9,
        stop: ['STOP'],
      },
    );
  });

  test('/chat/stream takes system messages of several lines, and a model id with a slash', async () => {
    await using chat = await startChat({providers: [echoProvider()]});
    const system = {role: 'system', content: 'Line one.\n\n  Line two.'};
    const body = {messages: [system, user], model: 'maker/echo', stream: false};
    const {content} = await json<{content: string}>(await chat.post('/chat/stream', body, {}));
    const {messages, model} = echoed(content);
    assert.equal(model, 'maker/echo');
    assert.deepEqual(messages[0], {role: 'system', parts: [{type: 'text', text: system.content}]});
  });

  test('/chat/stream frees the upstream when its reader leaves', async () => {
    await using chat = await startChat();
    const silent = pause();
    chat.upstream.script(async (exchange) => {
      await exchange.write(delta('One '));
      await silent.here();
    });
    const sent = request(`${chat.url}/chat/stream`, {method: 'POST', headers: {'content-type': 'application/json'}});
    sent.on('error', () => {});
    sent.end(JSON.stringify({messages: [user]}));
    await silent.reached;
    sent.destroy();
    await chat.upstream.first.abandoned;
  });

  test('backpressure: /chat/stream does not read ahead of a slow reader', async () => {
    await using chat = await startChat({maxAnswerLength: 1_000_000_000});
    const piece = delta('x'.repeat(64 * 1024));
    let written = 0;
    const stuck = Promise.withResolvers<void>();
    chat.upstream.script(async (exchange) => {
      let stalled: NodeJS.Timeout | undefined;
      // The socket's buffers take a part of it; four times as much would fit into none.
      for (; written < 1000; written++) {
        clearTimeout(stalled);
        stalled = setTimeout(() => stuck.resolve(), 200);
        await Promise.race([exchange.write(piece), exchange.abandoned]);
      }
      stuck.resolve();
    });
    const sent = request(`${chat.url}/chat/stream`, {method: 'POST', headers: {'content-type': 'application/json'}});
    sent.on('error', () => {});
    sent.end(JSON.stringify({messages: [user]}));
    const response = await new Promise<NodeJS.ReadableStream>((resolve) => sent.on('response', resolve));
    response.pause();
    await stuck.promise;
    assert.ok(written < 500, `${written} pieces were taken from the upstream.`);
    sent.destroy();
    await chat.upstream.first.abandoned;
  });
});

suite('a refusal of /chat/stream', () => {
  test('/chat/stream with an unknown model lists the available ones', async () => {
    await using chat = await startChat();
    const response = await chat.post('/chat/stream', {messages: [user], model: 'no-such-model'}, {});
    assert.equal(response.status, 404);
    assert.deepEqual(await json(response), {error: 'Model not found', availableModels: ['test-model']});
  });

  test('/chat/stream refuses too long a conversation with both lengths, before any stream', async () => {
    await using chat = await startChat({models: [{id: 'test-model', contextLength: 100}]});
    const body = {messages: [{role: 'user', content: 'word '.repeat(200)}]};
    const response = await chat.post('/chat/stream', body, {});
    assert.equal(response.status, 400);
    const {requestLength, ...rest} = await json<{requestLength: number}>(response);
    assert.deepEqual(rest, {error: 'Context length exceeded', maxLength: 100});
    assert.ok(requestLength > 100);
  });

  test('/chat/stream passes on a rate limit of the upstream with its Retry-After', async () => {
    await using chat = await startChat();
    chat.upstream.script(refuses(429, {error: {message: 'canary'}}, {'retry-after': '60'}));
    const response = await chat.post('/chat/stream', {messages: [user]}, {});
    assert.deepEqual([response.status, response.headers.get('retry-after')], [429, '60']);
    assert.deepEqual(await json(response), {error: 'Rate limit exceeded', retryAfter: 60});
  });

  const wrong: readonly [body: object, sentence: RegExp][] = [
    [{messages: [{role: 'root', content: 'x'}]}, /^messages\[0\]\.role must be/],
    [{messages: [{role: 'user'}]}, /^messages\[0\]\.content must be/],
    [{messages: [user], temperature: 2.01}, /^temperature must not be more than 2/],
    [{messages: [user], temperature: -0.01}, /^temperature must not be less than 0/],
    [{messages: [user], topP: 1.1}, /^topP must not be more than 1/],
    [{messages: []}, /^messages must not be empty/],
  ];
  for (const [body, sentence] of wrong) {
    test(`/chat/stream refuses a wrong body with a sentence: ${sentence.source}`, async () => {
      await using chat = await startChat();
      const response = await chat.post('/chat/stream', body, {});
      assert.equal(response.status, 400);
      const {error, ...rest} = await json<{error: string}>(response);
      assert.match(error, sentence);
      assert.deepEqual(rest, {});
    });
  }

  for (const {name, method, headers, body, raw, expect} of borderCases.cases.filter(
    (each) => each.path === '/chat/stream' && !('when' in each.expect) && !each.raw?.startsWith('@'),
  )) {
    test(`/chat/stream with a borderline request: ${name}`, async () => {
      await using chat = await startChat({aliases: {m: 'test-model'}});
      const response = await fetch(`${chat.url}/chat/stream`, {
        method,
        headers: headers as Record<string, string>,
        ...(method === 'POST' && {body: raw ?? JSON.stringify(body)}),
      });
      assert.ok((expect.status as readonly number[]).includes(response.status), `${response.status}`);
      assert.equal(response.headers.get('x-evil'), null);
      if (response.status >= 400) assert.equal(typeof (await json<{error: string}>(response)).error, 'string');
    });
  }
});

suite('the default model of /chat/stream', () => {
  const models = ['first', 'second', 'default-llm-model'].map((id) => ({id, object: 'model'}));
  const cases: readonly (readonly [
    name: string,
    config: ChatServerConfig,
    listed: number,
    asked: string,
    told: string,
  ])[] = [
    ['is default-llm-model if an upstream has one', {}, 3, 'default-llm-model', 'default-llm-model'],
    ['is the alias default-llm-model', {aliases: {'default-llm-model': 'second'}}, 2, 'second', 'default-llm-model'],
    ['is the first model if nothing has that name', {}, 2, 'first', 'default-llm-model'],
    ['is the operator’s default before all', {defaultModel: 'second'}, 3, 'second', 'second'],
  ];
  for (const [name, config, listed, asked, told] of cases) {
    test(`M-27: without a model, /chat/stream asks the default, which ${name}`, async () => {
      await using chat = await startChat(config);
      chat.upstream.models = models.slice(0, listed);
      for (const path of twins) await answered(await chat.post(path, {messages: [user]}, {}));
      assert.deepEqual(
        chat.upstream.requests.map(({body}) => body?.['model']),
        twins.map(() => asked),
      );
      const usage = await json<readonly {model: string}[]>(await chat.get('/api/usage'));
      assert.deepEqual([...new Set(usage.map(({model}) => model))], [told]);
    });
  }
});

test('/chat/models has a length and prices for each model, known or not', async () => {
  await using chat = await startChat({providers: [echoProvider()]});
  for (const path of ['/chat/models', '/api/chat/models', '/api/bento/chat/models']) {
    assert.deepEqual(await json(await chat.get(path)), {
      models: [
        {id: 'echo', name: 'Echo', provider: 'echo', contextLength: 4096, pricing: {prompt: 0.5, completion: 1.5}},
        {
          id: 'maker/echo',
          name: 'Echo of a maker',
          provider: 'echo',
          contextLength: 8192,
          pricing: {prompt: 0, completion: 0},
        },
        {
          id: 'default-llm-model',
          name: 'Default: Echo',
          provider: 'echo',
          contextLength: 4096,
          pricing: {prompt: 0.5, completion: 1.5},
        },
      ],
    });
  }
  const {models} = await json<{models: readonly {id: string}[]}>(await chat.get('/api/models'));
  assert.deepEqual(
    models.map(({id}) => id),
    ['echo', 'maker/echo'],
  );
});

test('a model with the id default-llm-model is listed once, as its provider describes it', async () => {
  await using chat = await startChat({models: [{id: 'default-llm-model', name: 'Mine', contextLength: 99}]});
  chat.upstream.models = [{id: 'other'}, {id: 'default-llm-model'}];
  const {models} = await json<{models: readonly object[]}>(await chat.get('/chat/models'));
  assert.deepEqual(
    models.map((model) => ['id', 'name', 'contextLength'].map((key) => Reflect.get(model, key))),
    [
      ['other', 'other', 8192],
      ['default-llm-model', 'Mine', 99],
    ],
  );
});

test('default-llm-model is listed with the facts of the operator’s default', async () => {
  for (const [defaultModel, names] of [
    ['maker/echo', ['Echo', 'Echo of a maker', 'Default: Echo of a maker']],
    ['unlisted', ['Echo', 'Echo of a maker', 'unlisted', 'Default: unlisted']],
  ] as const) {
    await using chat = await startChat({providers: [echoProvider()], defaultModel});
    const {models} = await json<{models: readonly {name: string}[]}>(await chat.get('/chat/models'));
    assert.deepEqual(
      models.map(({name}) => name),
      names,
    );
  }
});
