/** Further formats of `POST /api/chat`: AI SDK 4, and Ollama if the operator turns it on. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import type {EventBatches} from '@chatlet/protocol';
import type {Provider} from '../../../engine/provider.ts';
import {answered, json, startChat} from '../../../testing/chat-server.ts';
import {echoProvider, echoed} from '../../../testing/echo-provider.ts';
import {delta, done, pause, refuses} from '../../../testing/upstream.ts';

suite('useChat of AI SDK 4', () => {
  const body = {
    id: 'a-chat',
    messages: [{id: 'm1', role: 'user', content: 'Hi', parts: [{type: 'text', text: 'Hi'}]}],
  };

  test('useChat of AI SDK 4 gets lines of its data stream', async () => {
    await using chat = await startChat();
    const response = await chat.post('/api/chat', body, {});
    assert.equal(response.headers.get('x-vercel-ai-data-stream'), 'v1');
    assert.match(response.headers.get('x-chat-id') ?? '', /^chat_/);
    const text = await response.text();
    assert.match(text, /^f:\{"messageId":"msg_[\w-]+"\}\n0:"You said: Hi"\ne:.*\nd:\{"finishReason":"stop".*\}\n$/);
  });

  test('useChat of AI SDK 4 gets another answer in place of the first when it sends its question again', async () => {
    await using chat = await startChat();
    const {chatId} = await answered(await chat.post('/api/chat', body, {}));
    await answered(await chat.post('/api/chat', body, {}));
    assert.equal(chat.upstream.requests.length, 2);
    assert.deepEqual(
      (await chat.messages(chatId)).map(({role, content}) => [role, content]),
      [
        ['user', 'Hi'],
        ['assistant', 'You said: Hi'],
      ],
    );
  });

  test('files that useChat of AI SDK 4 sends as attachments reach the model', async () => {
    await using chat = await startChat();
    const file = {name: 'a.png', contentType: 'image/png', url: 'data:image/png;base64,AA=='};
    const [message] = body.messages;
    await answered(
      await chat.post('/api/chat', {...body, messages: [{...message, experimental_attachments: [file]}]}, {}),
    );
    assert.deepEqual(chat.upstream.first.body?.['messages'], [
      {
        role: 'user',
        content: [
          {type: 'text', text: 'Hi'},
          {type: 'image_url', image_url: {url: file.url}},
        ],
      },
    ]);
  });
});

suite('system messages and earlier messages of a new chat', () => {
  const said = [
    ['system', 'Be brief.'],
    ['user', 'One?'],
    ['assistant', 'First.'],
  ] as const;
  const prompt = [...said, ['user', 'Two?']].map(([role, content]) => ({role, content}));
  const both = prompt.map(({role, content}, index) => ({
    id: `m${index}`,
    role,
    content,
    parts: [{type: 'text', text: content}],
  }));
  const withParts = both.map(({id, role, parts}) => ({id, role, parts}));
  const bodies: readonly (readonly [protocol: string, body: object])[] = [
    ['ai-sdk-4', {id: 'a-chat', messages: both}],
    ['ui-message-stream', {id: 'a-chat', messages: withParts}],
    ['typed-events', {messages: prompt}],
    ['chatlet', {messages: prompt.slice(0, -1), message: {text: 'Two?'}}],
  ];
  for (const [protocol, body] of bodies) {
    test(`M-46: system message and earlier messages of a new chat reach the model: ${protocol}`, async () => {
      await using chat = await startChat();
      const {chatId} = await answered(await chat.post('/api/chat', body, {'x-chat-protocol': protocol}));
      assert.deepEqual(chat.upstream.first.body?.['messages'], prompt);
      assert.deepEqual(
        (await chat.messages(chatId)).map(({content}) => content),
        ['Two?', 'You said: Two?'],
      );
    });
  }

  test('M-46: the next question of useChat of AI SDK 4 goes with stored messages and a new system message', async () => {
    await using chat = await startChat();
    const messages = both.filter(({role}) => role !== 'assistant').slice(0, 2);
    await answered(await chat.post('/api/chat', {id: 'a-chat', messages}, {}));
    await answered(await chat.post('/api/chat', {id: 'a-chat', messages: both}, {}));
    assert.deepEqual(chat.upstream.requests[1]?.body?.['messages'], [
      {role: 'system', content: 'Be brief.'},
      {role: 'user', content: 'One?'},
      {role: 'assistant', content: 'You said: One?'},
      {role: 'user', content: 'Two?'},
    ]);
  });
});

test('a body in the shape of the chatlet protocol is recognised', async () => {
  await using chat = await startChat();
  const send = async (body: object) => {
    const response = await chat.post('/api/chat', body, {});
    assert.equal(response.headers.get('x-chatlet-stream'), 'v1', JSON.stringify(body));
    return answered(response);
  };
  const {chatId, answer} = await send({message: {id: 'a', text: 'hi'}});
  const again = await send({chatId, trigger: 'regenerate', messageId: answer.id});
  const corrected = await send({chatId, trigger: 'edit', replaceFrom: 'a', message: {id: 'b', text: 'Hello'}});
  const more = await send({chatId, trigger: 'send', message: {parts: [{type: 'text', text: 'Bye'}]}});
  assert.deepEqual(
    [again, corrected, more].map(({text}) => text),
    ['You said: hi', 'You said: Hello', 'You said: Bye'],
  );
  assert.equal((await chat.messages(chatId)).length, 4);
  const refused = await chat.post('/api/chat', {chatId, trigger: 'edit', message: {text: 'Which one?'}}, {});
  assert.deepEqual([refused.status, (await json<{code: string}>(refused)).code], [400, 'invalid-request']);
});

test('a message of the AI SDK may have null as its content', async () => {
  await using chat = await startChat();
  const message = {id: 'm1', role: 'user', content: null, parts: [{type: 'text', text: 'Hi'}]};
  const response = await chat.post('/api/chat', {id: 'a-chat', messages: [message]}, {});
  assert.equal(response.headers.get('x-vercel-ai-ui-message-stream'), 'v1');
  assert.equal((await answered(response)).text, 'You said: Hi');
});

suite('a page of the AI SDK that asks for another answer', () => {
  const said = (id: string, role: string, text: string) => ({id, role, parts: [{type: 'text', text}]});
  const conversation = [
    said('u1', 'user', 'One'),
    said('a1', 'assistant', 'First'),
    said('u2', 'user', 'Two'),
    said('a2', 'assistant', 'Second'),
  ];

  test('regenerate in a new chat asks the last question, with earlier messages as context', async () => {
    for (const sent of [conversation, conversation.slice(0, -1)]) {
      await using chat = await startChat();
      const body = {id: 'kept-elsewhere', messages: sent, trigger: 'regenerate-message', messageId: 'a2'};
      const {chatId, text} = await answered(await chat.post('/api/chat', body, {}));
      assert.equal(text, 'You said: Two');
      assert.deepEqual(chat.upstream.first.body?.['messages'], [
        {role: 'user', content: 'One'},
        {role: 'assistant', content: 'First'},
        {role: 'user', content: 'Two'},
      ]);
      const kept = await chat.messages(chatId);
      assert.deepEqual(
        kept.map(({content}) => content),
        ['Two', 'You said: Two'],
      );
      const again = {...body, messageId: kept[1]?.id};
      await answered(await chat.post('/api/chat', again, {}));
      assert.equal((await chat.messages(chatId)).length, 2);
      assert.equal(chat.upstream.requests.length, 2);
    }
  });

  test('regenerate of a missing chat or answer is a 404', async () => {
    await using chat = await startChat();
    const body = {messages: conversation, trigger: 'regenerate-message'};
    const {chatId} = await answered(await chat.post('/api/chat', {id: 'here', messages: conversation.slice(0, 1)}, {}));
    for (const more of [{id: 'chat_unknown'}, {id: chatId, messageId: 'a2'}, {id: 'empty', messages: []}]) {
      const {status} = await chat.post('/api/chat', {...body, ...more}, {});
      assert.equal(status, more.messages ? 400 : 404);
    }
    assert.equal((await chat.messages(chatId)).length, 2);
  });
});

test('streams of lines have a keep-alive that their readers ignore', async () => {
  const question = {role: 'user', content: 'Hi'};
  const lines = {id: 'a-chat', messages: [{...question, parts: [{type: 'text', text: 'Hi'}]}]};
  for (const [protocol, body, sign] of [
    ['ai-sdk-4', lines, /^$/],
    [
      'ollama',
      {model: 'default', messages: [question]},
      /^\{"model":"default",.*"message":\{[^}]*"content":""\},"done":false\}$/,
    ],
  ] as const) {
    await using chat = await startChat({ollama: true, heartbeat: 20});
    const thinking = pause();
    chat.upstream.script(async (exchange) => {
      await thinking.here();
      exchange.end(delta('Hi') + done());
    });
    const response = await chat.post('/api/chat', body, {'x-chat-protocol': protocol});
    const shown = response.clone().body;
    assert.ok(shown);
    const seen: string[] = [];
    let rest = '';
    const decoder = new TextDecoder();
    for await (const bytes of shown) {
      const pieces = (rest + decoder.decode(bytes, {stream: true})).split('\n');
      rest = pieces.pop() ?? '';
      seen.push(...pieces);
      // The first keep-alive comes with the headers, further ones while the upstream is silent.
      if (seen.filter((line) => sign.test(line)).length >= 3) thinking.go();
    }
    assert.match(seen[0] ?? 'nothing', sign, protocol);
    assert.equal((await answered(response)).text, 'Hi', protocol);
  }
});

test('an Idempotency-Key makes one turn of a question to /api/chat, with any ids of chat and message', async () => {
  await using chat = await startChat();
  const key = {'idempotency-key': 'this-question'};
  const body = {messages: [{role: 'user', content: 'Hi'}]};
  const [first, second] = await Promise.all([chat.post('/api/chat', body, key), chat.post('/api/chat', body, key)]);
  const later = await chat.post('/api/chat', body, key);
  const answers = [await answered(first), await answered(second), await answered(later)];
  assert.equal(chat.upstream.requests.length, 1);
  assert.equal(new Set(answers.map(({chatId}) => chatId)).size, 1);
  assert.deepEqual(
    answers.map(({text}) => text),
    ['You said: Hi', 'You said: Hi', 'You said: Hi'],
  );

  const {chatId} = answers[0] ?? {chatId: ''};
  const again = {chatId, trigger: 'regenerate'};
  const named = {'idempotency-key': 'once-more', 'x-chat-protocol': 'chatlet'};
  const ids = [];
  for (const response of [await chat.post('/api/chat', again, named), await chat.post('/api/chat', again, named)]) {
    ids.push((await answered(response)).answer.id);
  }
  assert.equal(new Set(ids).size, 1);
  assert.equal(chat.upstream.requests.length, 2);
  assert.equal((await chat.messages(chatId)).length, 2);

  const other = await chat.post('/api/chat', {messages: [{role: 'user', content: 'Bye'}]}, key);
  assert.equal(other.status, 409);
});

suite('clients of Ollama', () => {
  const question = {model: 'default', messages: [{role: 'user', content: 'Hi'}]};
  const client = {'user-agent': 'ollama-js/0.6.4'};

  test('a body in the shape of Ollama is read like any other if Ollama is off', async () => {
    await using chat = await startChat();
    const response = await chat.post('/api/chat', question);
    assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/);
    assert.equal((await chat.get('/api/tags')).status, 404);
  });

  test('T2-24: Ollama’s own clients are told which setting they need if Ollama is off', async () => {
    await using chat = await startChat();
    const response = await chat.post('/api/chat', question, client);
    assert.equal(response.status, 404);
    assert.match(String((await response.json()).error), /"ollama": true/);
  });

  test('Ollama’s clients get lines of JSON, recognised by user agent, fields or protocol name', async () => {
    await using chat = await startChat({ollama: true});
    for (const [body, headers] of [
      [question, client],
      [{...question, keep_alive: 5}, {}],
      [question, {'x-chat-protocol': 'ollama'}],
    ] as const) {
      const response = await chat.post('/api/chat', body, headers);
      assert.equal(response.headers.get('content-type'), 'application/x-ndjson');
      const lines = (await response.text())
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
      assert.equal(lines.map(({message}) => message.content).join(''), 'You said: Hi');
      assert.deepEqual(
        lines.map((line) => line.done),
        [false, true],
      );
      assert.deepEqual([lines[1].done_reason, lines[1].prompt_eval_count, lines[1].eval_count], ['stop', 9, 3]);
    }
    const others = await chat.post('/api/chat', {messages: [{role: 'user', content: 'Hi'}]}, {});
    assert.match(others.headers.get('content-type') ?? '', /^text\/event-stream/);
  });

  test('a body of another API with extra keys is not taken for Ollama’s', async () => {
    await using chat = await startChat({ollama: true});
    const parts = [{type: 'text', text: 'Hi'}];
    const own = {options: {theme: 'dark'}, format: 'markdown', keep_alive: true};
    for (const [body, header] of [
      [{id: 'ui', messages: [{id: 'm1', role: 'user', parts}]}, 'x-vercel-ai-ui-message-stream'],
      [{id: 'lines', messages: [{id: 'm1', role: 'user', content: 'Hi', parts}]}, 'x-vercel-ai-data-stream'],
      [{message: {id: 'm1', text: 'Hi'}}, 'x-chatlet-stream'],
    ] as const) {
      const response = await chat.post('/api/chat', {...body, ...own}, {});
      assert.equal(response.headers.get(header), 'v1', header);
      assert.equal((await answered(response)).text, 'You said: Hi');
    }
  });

  test('Ollama’s options and its tool calls without ids reach the model', async () => {
    await using chat = await startChat({ollama: true, providers: [echoProvider()]});
    const {message} = await json<{message: {content: string}; done: boolean}>(
      await chat.post(
        '/api/chat',
        {
          model: 'echo',
          stream: false,
          format: {type: 'object'},
          options: {temperature: 0, top_p: 0.5, num_predict: 8, seed: 1, stop: 'X', num_ctx: 4096},
          tools: [{type: 'function', function: {name: 'sum', parameters: {type: 'object'}}}],
          messages: [
            {role: 'user', content: 'Look', images: ['iVBORw0KGgo=']},
            {role: 'assistant', content: '', tool_calls: [{function: {name: 'sum', arguments: {a: 1}}}]},
            {role: 'tool', tool_name: 'sum', content: '1'},
          ],
        },
        client,
      ),
    );
    const {messages, ...asked} = echoed(message.content);
    assert.deepEqual(asked, {
      model: 'echo',
      temperature: 0,
      topP: 0.5,
      maxTokens: 8,
      seed: 1,
      stop: ['X'],
      responseFormat: {type: 'json_schema', json_schema: {name: 'answer', schema: {type: 'object'}}},
      tools: [{name: 'sum', inputSchema: {type: 'object'}}],
    });
    assert.deepEqual(
      messages.flatMap(({parts}) => parts),
      [
        {type: 'text', text: 'Look'},
        {type: 'file', url: 'data:image/png;base64,iVBORw0KGgo=', mediaType: 'image/png'},
        {type: 'tool', callId: 'call_1', name: 'sum', input: {a: 1}, state: 'done', output: '1'},
      ],
    );
  });

  test('M-40: a whole answer for Ollama’s clients has reasoning, tool calls, usage and durations', async () => {
    const provider: Provider = {
      id: 'fixed',
      models: async () => [{id: 'fixed', name: 'Fixed'}],
      async *answer(): EventBatches {
        yield [{type: 'reasoning-delta', delta: 'Hm.'}];
        yield [{type: 'text-delta', delta: 'Well'}];
        yield [{type: 'tool-call', callId: 'c1', name: 'sum', input: {a: 1}}];
        yield [
          {type: 'usage', promptTokens: 9, completionTokens: 3},
          {type: 'message-end', reason: 'length'},
        ];
      },
    };
    await using chat = await startChat({ollama: true, providers: [provider]});
    const response = await chat.post('/api/chat', {...question, model: 'fixed', stream: false}, client);
    const {created_at, total_duration, ...rest} = await json<{created_at: string; total_duration: number}>(response);
    assert.ok(Math.abs(Date.parse(created_at) - Date.now()) < 60_000);
    assert.ok(Number.isInteger(total_duration) && total_duration > 0);
    assert.deepEqual(rest, {
      model: 'fixed',
      message: {
        role: 'assistant',
        content: 'Well',
        thinking: 'Hm.',
        tool_calls: [{function: {name: 'sum', arguments: {a: 1}}}],
      },
      done: true,
      done_reason: 'length',
      load_duration: 0,
      prompt_eval_count: 9,
      prompt_eval_duration: 0,
      eval_count: 3,
      eval_duration: 0,
    });
  });

  for (const [type, base64] of [
    ['png', 'iVBORw0KGgo='],
    ['jpeg', '/9j/4AAQ'],
    ['gif', 'R0lGODlh'],
    ['webp', 'UklGRiIA'],
  ] as const) {
    test(`an image of Ollama’s clients gets its media type from its first bytes: ${type}`, async () => {
      await using chat = await startChat({ollama: true});
      const messages = [{role: 'user', content: 'Look', images: [base64]}];
      await answered(await chat.post('/api/chat', {...question, messages}, client));
      assert.deepEqual(chat.upstream.first.body?.['messages'], [
        {
          role: 'user',
          content: [
            {type: 'text', text: 'Look'},
            {type: 'image_url', image_url: {url: `data:image/${type};base64,${base64}`}},
          ],
        },
      ]);
    });
  }

  test('an error for Ollama’s clients is one sentence', async () => {
    await using chat = await startChat({ollama: true});
    const unknown = await chat.post('/api/chat', {...question, model: 'no-such-model'}, client);
    assert.deepEqual([unknown.status, await json(unknown)], [404, {error: 'There is no model "no-such-model".'}]);
    chat.upstream.script(refuses(500, {error: {message: 'canary'}}));
    const failed = await chat.post('/api/chat', question, client);
    assert.deepEqual([failed.status, await json(failed)], [502, {error: 'The model could not answer.'}]);
  });

  test('Ollama’s clients find models and a version', async () => {
    await using chat = await startChat({ollama: true});
    const {models} = await json<{models: readonly {name: string}[]}>(await chat.get('/api/tags'));
    assert.deepEqual(
      models.map(({name}) => name),
      ['test-model'],
    );
    assert.match((await json<{version: string}>(await chat.get('/api/version'))).version, /^\d+\.\d+\.\d+$/);
  });
});
