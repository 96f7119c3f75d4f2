/** How each kind of backend is asked, through the HTTP transport and with a real server. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import type {TestContext} from 'node:test';
import {isApi} from './backends.ts';
import {createHttpTransport} from './http-transport.ts';
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
    responses: [
      '{"type":"response.created","response":{"id":"resp_1","status":"in_progress"},"sequence_number":0}',
      '{"type":"response.output_text.delta","item_id":"msg_1","content_index":0,"delta":"One","sequence_number":1}',
      '{"type":"response.completed","response":{"id":"resp_1","status":"completed"},"sequence_number":2}',
    ]
      .map((data) => `event: ${/response[a-z._]+/.exec(data)?.[0]}\ndata: ${data}\n\n`)
      .join(''),
    ollama:
      '{"model":"m","created_at":"2023-08-04T08:52:19.385406455-07:00","message":{"role":"assistant","content":"One"},"done":false}\n' +
      '{"model":"m","created_at":"2023-08-04T19:22:45.499127Z","message":{"role":"assistant","content":""},"done":true,"total_duration":4883583458,"load_duration":1334875,"prompt_eval_count":26,"prompt_eval_duration":342546000,"eval_count":282,"eval_duration":4535599000}\n',
    'ag-ui': [
      '{"type":"RUN_STARTED","threadId":"chat_1","runId":"run_1"}',
      '{"type":"TEXT_MESSAGE_START","messageId":"a1","role":"assistant"}',
      '{"type":"TEXT_MESSAGE_CONTENT","messageId":"a1","delta":"One"}',
      '{"type":"TEXT_MESSAGE_END","messageId":"a1"}',
      '{"type":"RUN_FINISHED","threadId":"chat_1","runId":"run_1"}',
    ]
      .map((data) => `data: ${data}\n\n`)
      .join(''),
  } as const;
  const paths = {
    openai: '/chat/completions',
    'ai-sdk': '/',
    'typed-events': '/api/chat',
    content: '/chat/stream',
    responses: '/responses',
    ollama: '/api/chat',
    'ag-ui': '/',
  };

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
    responses: {model: 'm', input: spoken, stream: true, store: false},
    ollama: {model: 'm', messages: spoken, stream: true},
    'ag-ui': {
      threadId: 'chat_1',
      state: {},
      messages: [
        {id: 'msg_0', ...spoken[0]},
        {id: 'msg_q', ...spoken[1]},
      ],
      tools: [],
      context: [],
      forwardedProps: {model: 'm'},
    },
  } as const;
  const foreign = ['openai', 'ai-sdk', 'typed-events', 'content', 'responses', 'ollama', 'ag-ui'] as const;

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
      const {runId, ...body} = received.body as {runId?: string};
      assert.deepEqual(body, bodies[api]);
      assert.equal(runId !== undefined, api === 'ag-ui', 'a run of an agent has an id');
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

  for (const [api, field] of [
    ['ai-sdk', 'id'],
    ['ag-ui', 'threadId'],
  ] as const) {
    test(`a conversation with a backend of ${api} gets an id from the page, which its answer brings to the chat`, async (t) => {
      const chat = await backend(t, api);
      const items: object[] = [];
      for await (const item of chat.transport.send(request, {signal})) items.push(item);
      const body = chat.server.received[0]?.body as Record<string, string>;
      assert.match(body[field] ?? '', /^chat_[0-9a-z]{24}$/);
      assert.deepEqual(items[0], {events: [], chatId: body[field]});
    });
  }

  test('an endpoint that is the route itself keeps the slash at its end', async (t) => {
    const {server} = await backend(t, 'ag-ui');
    const transport = createHttpTransport({endpoint: `${server.url}/agent/`, api: 'ag-ui'});
    await read(transport.send(request, {signal}));
    assert.equal(server.received[0]?.path, '/agent/');
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
      ['responses', '/models'],
    ] as const) {
      const chat = await talkingTo(t, (_, response) => writeJson(response, {data: [{id: 'm'}]}), {api});
      assert.deepEqual(await chat.transport.models!({signal}), {models: [{id: 'm', name: 'm'}]});
      assert.equal(chat.server.received[0]?.path, path);
    }
    for (const api of ['ai-sdk', 'typed-events', 'ag-ui'] as const) {
      assert.equal((await talkingTo(t, () => {}, {api})).transport.models, undefined);
    }
  });

  /** As Ollama's documentation prints it. */
  const tags =
    '{"models":[{"name":"deepseek-r1:latest","model":"deepseek-r1:latest","modified_at":"2025-05-10T08:06:48.639712648-07:00","size":4683075271,"digest":"0a8c266910232fd3291e71e5ba1e058cc5af9d411192cf88b6d30e92b6e73163","details":{"parent_model":"","format":"gguf","family":"qwen2","families":["qwen2"],"parameter_size":"7.6B","quantization_level":"Q4_K_M"}},{"name":"llama3.2:latest","model":"llama3.2:latest","size":2019393189,"details":{"family":"llama"}}]}';

  /** Answers as Ollama does, and lists its models. */
  const listing = (t: TestContext, list: string, status = 200, api: 'ollama' | 'responses' = 'ollama') =>
    talkingTo(
      t,
      ({path}, response) => {
        const asked = path === '/api/tags' || path === '/models';
        response.writeHead(asked ? status : 200, {'content-type': asked ? 'application/json' : 'text/plain'});
        response.end(asked ? list : answers[api]);
      },
      {api},
    );

  test("Ollama's models are those that it has", async (t) => {
    const chat = await listing(t, tags);
    assert.deepEqual(await chat.transport.models!({signal}), {
      models: [
        {id: 'deepseek-r1:latest', name: 'deepseek-r1:latest'},
        {id: 'llama3.2:latest', name: 'llama3.2:latest'},
      ],
    });
  });

  test('the first model of its list answers if none was chosen and the API wants one', async (t) => {
    const {model: _, ...unchosen} = request;
    for (const [api, list] of [
      ['ollama', tags],
      ['responses', '{"object":"list","data":[{"id":"gpt-x","object":"model"}]}'],
    ] as const) {
      const chat = await listing(t, list, 200, api);
      await read(chat.transport.send(unchosen, {signal}));
      const body = chat.server.received[1]?.body as {model: string};
      assert.equal(body.model, api === 'ollama' ? 'deepseek-r1:latest' : 'gpt-x');
    }
    const unlisted = await listing(t, '{}', 404, 'responses');
    await read(unlisted.transport.send(unchosen, {signal}));
    assert.deepEqual(unlisted.server.received[1]?.body, {input: spoken, stream: true, store: false});
    const broken = await listing(t, '{"error":"out of order"}', 503);
    await assert.rejects(read(broken.transport.send(unchosen, {signal})), {message: 'out of order'});
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
  const names = ['chatlet', 'openai', 'ai-sdk', 'typed-events', 'content', 'responses', 'ollama', 'ag-ui'];
  for (const api of names) assert.equal(isApi(api), true);
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
