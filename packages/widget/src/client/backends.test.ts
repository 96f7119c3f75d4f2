/** How each kind of backend is asked, through the HTTP transport and with a real server. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import type {TestContext} from 'node:test';
import {isApi} from './backends.ts';
import type {HttpTransportOptions} from './http-transport.ts';
import {fakeEnvironment} from './testing/fake-environment.ts';
import {end, read, request, signal, start, talkingTo} from './testing/http-chat.ts';
import {writeEvents, writeJson} from './testing/http-server.ts';
import type {ChatRequest} from './transport.ts';

suite('other backends', () => {
  const openAi = (delta: object, finish: string | null = null) =>
    `data: ${JSON.stringify({id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{index: 0, delta, finish_reason: finish}]})}\n\n`;
  const answers = {
    openai: `${openAi({role: 'assistant', content: 'One'})}${openAi({}, 'stop')}data: [DONE]\n\n`,
    'ai-sdk': [
      '{"type":"start","messageId":"msg_a"}',
      '{"type":"text-start","id":"0"}',
      '{"type":"text-delta","id":"0","delta":"One"}',
      '{"type":"text-end","id":"0"}',
      '{"type":"finish"}',
      '[DONE]',
    ]
      .map((data) => `data: ${data}\n\n`)
      .join(''),
    'typed-events':
      'data: {"type":"text-delta","textDelta":"One"}\n\ndata: {"type":"finish","finishReason":"stop"}\n\n',
    content: 'data: {"content":"One"}\n\ndata: [DONE]\n\n',
  } as const;
  const paths = {openai: '/chat/completions', 'ai-sdk': '/', 'typed-events': '/api/chat', content: '/chat/stream'};

  const spoken = [
    {role: 'assistant', content: 'Welcome'},
    {role: 'user', content: 'Hello'},
  ];
  const parts = (text: string) => [{type: 'text', text}];
  const bodies = {
    openai: {model: 'm', messages: spoken, stream: true},
    'ai-sdk': {
      id: 'chat_1',
      messages: [
        {id: 'msg_0', role: 'assistant', parts: parts('Welcome')},
        {id: 'msg_q', role: 'user', parts: parts('Hello')},
      ],
      trigger: 'submit-message',
      model: 'm',
    },
    'typed-events': {chatId: 'chat_1', model: 'm', messages: spoken},
    content: {model: 'm', messages: spoken},
  } as const;
  const foreign = ['openai', 'ai-sdk', 'typed-events', 'content'] as const;

  /** A backend that answers every request in the way of this API. */
  const backend = (t: TestContext, api: (typeof foreign)[number], options: Partial<HttpTransportOptions> = {}) =>
    talkingTo(
      t,
      (_, response) => {
        response.writeHead(200, {'content-type': 'text/event-stream'});
        response.end(answers[api]);
      },
      {api, ...options},
    );

  for (const api of foreign) {
    test(`M-116: ${api} gets the whole body that its API wants, and its answer is recognised`, async (t) => {
      const chat = await backend(t, api, {token: 'key'});
      const {events, last} = await read(chat.transport.send({...request, chatId: 'chat_1'}, {signal}));
      const text = events.map((event) => (event.type === 'text-delta' ? event.delta : '')).join('');
      assert.equal(text, 'One');
      assert.equal(events.at(-1)?.type, 'message-end');
      assert.equal(last, 0, 'these backends do not number their events');
      const [received] = chat.server.received;
      assert.equal(received?.path, paths[api]);
      assert.equal(received.headers.authorization, 'Bearer key');
      assert.equal(received.headers['content-type'], 'application/json');
      assert.equal(received.headers['x-chat-protocol'], undefined);
      assert.deepEqual(received.body, bodies[api]);
      const {history, stop, config, resume} = chat.transport;
      assert.deepEqual([history, stop, config], [undefined, undefined, undefined]);
      assert.equal(resume !== undefined, api === 'ai-sdk');
    });
  }

  test('M-116: our own server gets the question alone, or the message that a regenerate or an edit replaces', async (t) => {
    const chat = await talkingTo(t, (_, response) => {
      writeEvents(response, [start, end]);
      response.end();
    });
    const {message, ...rest} = {...request, chatId: 'chat_1'};
    await read(chat.transport.send({...rest, trigger: 'regenerate', messageId: 'msg_a'}, {signal}));
    await read(
      chat.transport.send({...rest, trigger: 'edit', replaceFrom: 'msg_q', ...(message && {message})}, {signal}),
    );
    await read(chat.transport.send({trigger: 'send', messages: [], ...(message && {message})}, {signal}));
    assert.deepEqual(
      chat.server.received.map(({body}) => body),
      [
        {chatId: 'chat_1', model: 'm', trigger: 'regenerate', messageId: 'msg_a'},
        {chatId: 'chat_1', model: 'm', trigger: 'edit', replaceFrom: 'msg_q', message: {id: 'msg_q', text: 'Hello'}},
        {message: {id: 'msg_q', text: 'Hello'}},
      ],
    );
  });

  test('M-116: the AI SDK is told which answer to regenerate', async (t) => {
    const chat = await backend(t, 'ai-sdk');
    const regenerate = {...request, trigger: 'regenerate', messageId: 'msg_a', chatId: 'chat_1'} as const;
    await read(chat.transport.send(regenerate, {signal}));
    assert.deepEqual(chat.server.received[0]?.body, {
      ...bodies['ai-sdk'],
      trigger: 'regenerate-message',
      messageId: 'msg_a',
    });
  });

  test('an OpenAI backend is asked for the model `default` if none was chosen', async (t) => {
    const chat = await backend(t, 'openai');
    const {model: _, ...rest} = request;
    await read(chat.transport.send(rest, {signal}));
    assert.deepEqual(chat.server.received[0]?.body, {...bodies.openai, model: 'default'});
  });

  test('messages without a text are not sent to a backend that takes role and content', async (t) => {
    const chat = await backend(t, 'content');
    const silent = {id: 'msg_1', role: 'assistant', parts: [], status: 'stopped', createdAt: ''} as const;
    await read(chat.transport.send({...request, messages: [...request.messages, silent]}, {signal}));
    assert.deepEqual(chat.server.received[0]?.body, bodies.content);
  });

  test('a conversation with an AI SDK backend gets an id from the page, which its answer brings to the chat', async (t) => {
    const chat = await backend(t, 'ai-sdk');
    const {events} = await read(chat.transport.send(request, {signal}));
    const body = chat.server.received[0]?.body as {id: string};
    assert.match(body.id, /^chat_[0-9a-z]{24}$/);
    const [begun] = events;
    assert.ok(begun?.type === 'message-start');
    assert.equal(begun.chatId, body.id);
  });

  test('an AI SDK backend is resumed from the first event, and the events seen before are skipped', async (t) => {
    const chat = await backend(t, 'ai-sdk');
    const all = await read(chat.transport.send({...request, chatId: 'chat_1'}, {signal}));
    const rest = await read(chat.transport.resume!('chat/1', 2, {signal}));
    assert.deepEqual(rest.events, all.events.slice(2));
    assert.ok(rest.events.length > 0);
    assert.equal(chat.server.received[1]?.path, '/chat%2F1/stream');
  });

  test('models are listed under the path of each API', async (t) => {
    for (const [api, path] of [
      ['chatlet', '/api/models'],
      ['openai', '/models'],
      ['content', '/chat/models'],
    ] as const) {
      const chat = await talkingTo(t, (_, response) => writeJson(response, {data: [{id: 'm'}]}), {api});
      assert.deepEqual(await chat.transport.models!({signal}), {models: [{id: 'm', name: 'm'}]});
      assert.equal(chat.server.received[0]?.path, path);
    }
    for (const api of ['ai-sdk', 'typed-events'] as const) {
      assert.equal((await talkingTo(t, () => {}, {api})).transport.models, undefined);
    }
  });

  test('a backend without visitors gets no visitor token', async (t) => {
    const chat = await backend(t, 'openai');
    chat.visitorStorage.set('visitor', 'v1.abc');
    await read(chat.transport.send(request, {signal}));
    assert.equal(chat.server.received[0]?.headers['x-chatlet-visitor'], undefined);
  });

  test('silence of a backend without heartbeats is no lost connection', async (t) => {
    const environment = fakeEnvironment();
    const chat = await talkingTo(
      t,
      (_, response) => {
        response.writeHead(200, {'content-type': 'text/event-stream'});
        response.write('data: {"content":"One"}\n\n');
        setImmediate(() => {
          environment.pass(600_000);
          response.end('data: [DONE]\n\n');
        });
      },
      {api: 'content', environment},
    );
    assert.equal((await read(chat.transport.send(request, {signal}))).events.at(-1)?.type, 'message-end');
    assert.deepEqual(environment.waits, []);
  });
});

test('the names of the APIs are known, and no other names', () => {
  for (const api of ['chatlet', 'openai', 'ai-sdk', 'typed-events', 'content']) assert.equal(isApi(api), true);
  for (const other of ['', 'toString', 'OpenAI', undefined, 7, ['openai']]) assert.equal(isApi(other), false);
});

suite('S0.23: how much of a conversation goes with a question', () => {
  const said = (role: 'system' | 'user' | 'assistant', text: string) =>
    ({id: text, role, parts: [{type: 'text', text}], status: 'done', createdAt: ''}) as const;
  const turns = Array.from({length: 12}, (_, turn) => [said('user', `q${turn}`), said('assistant', `a${turn}`)]).flat();
  const long = {...request, messages: [said('system', 'Be brief'), ...turns, said('user', 'last')]};

  async function sentBy(t: TestContext, options: Partial<HttpTransportOptions>, asked: ChatRequest = long) {
    const chat = await talkingTo(
      t,
      (_, response) => {
        response.writeHead(200, {'content-type': 'text/event-stream'});
        response.end('data: {"content":"One"}\n\ndata: [DONE]\n\n');
      },
      options,
    );
    await read(chat.transport.send(asked, {signal}));
    const [received] = chat.server.received;
    assert.ok(received);
    return (received.body as {messages: {role: string; content: string}[]}).messages;
  }

  test('S0.23: `content` gets the system message and the newest messages, ten in all', async (t) => {
    const messages = await sentBy(t, {api: 'content'});
    assert.deepEqual(
      messages.map(({content}) => content),
      ['Be brief', 'q8', 'a8', 'q9', 'a9', 'q10', 'a10', 'q11', 'a11', 'last'],
    );
    assert.equal(messages[0]?.role, 'system');
  });

  test('S0.23: a conversation without a system message begins with a question after it was truncated', async (t) => {
    const messages = await sentBy(t, {api: 'content'}, {...long, messages: long.messages.slice(1)});
    assert.equal(messages.length, 9);
    assert.deepEqual([messages[0]?.content, messages.at(-1)?.content], ['q8', 'last']);
  });

  test('S0.23: the other backends get all messages, or as many as `historyLimit` says', async (t) => {
    for (const api of ['openai', 'typed-events'] as const) {
      assert.equal((await sentBy(t, {api})).length, 26);
      assert.equal((await sentBy(t, {api, historyLimit: 4})).length, 4);
    }
    const late = {...long, messages: [...turns, said('system', 'Be brief'), said('user', 'last')]};
    const truncated = await sentBy(t, {api: 'openai', historyLimit: 4}, late);
    assert.deepEqual(
      truncated.map(({content}) => content),
      ['Be brief', 'q11', 'a11', 'last'],
    );
    const unanswered = {...long, messages: [...long.messages, said('user', 'again')]};
    assert.equal((await sentBy(t, {api: 'openai', historyLimit: 1}, unanswered)).length, 2);
    const shortest = await sentBy(t, {api: 'openai', historyLimit: 1});
    assert.deepEqual(
      shortest.map(({content}) => content),
      ['Be brief', 'last'],
    );
  });
});
