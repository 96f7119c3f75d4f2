/** The HTTP transport, with real fetch, real streams and a real server that breaks when the test wants it. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import type {TestContext} from 'node:test';
import {ChatError} from '@chatlet/protocol';
import type {ChatEvent} from '@chatlet/protocol';
import {createHttpTransport} from './http-transport.ts';
import type {HttpTransportOptions} from './http-transport.ts';
import {createStorage} from './storage.ts';
import {fakeEnvironment} from './testing/fake-environment.ts';
import {refuse, startServer, writeEvents, writeJson} from './testing/http-server.ts';
import type {Handler} from './testing/http-server.ts';
import type {Arrival, ChatRequest} from './transport.ts';

const {signal} = new AbortController();
const start = {type: 'message-start', messageId: 'msg_a', chatId: 'chat_1', model: 'm'};
const one = {type: 'text-delta', delta: 'One'};
const end = {type: 'message-end', reason: 'stop'};

const request: ChatRequest = {
  trigger: 'send',
  model: 'm',
  message: {id: 'msg_q', text: 'Hello'},
  messages: [
    {id: 'msg_0', role: 'assistant', parts: [{type: 'text', text: 'Welcome'}], status: 'done', createdAt: ''},
    {id: 'msg_q', role: 'user', parts: [{type: 'text', text: 'Hello'}], status: 'done', createdAt: ''},
  ],
};

async function talkingTo(t: TestContext, handler: Handler, options: Partial<HttpTransportOptions> = {}) {
  const server = await startServer(handler);
  t.after(() => server.close());
  const visitorStorage = createStorage(server.url).device;
  const transport = createHttpTransport({endpoint: server.url, visitorStorage, ...options});
  return {server, visitorStorage, transport};
}

async function read(items: AsyncIterable<ChatEvent | Arrival>): Promise<{events: ChatEvent[]; last: number}> {
  const events: ChatEvent[] = [];
  let last = 0;
  for await (const item of items) {
    if ('type' in item) events.push(item);
    else {
      events.push(...item.events);
      last = item.last ?? 0;
    }
  }
  return {events, last};
}

test('a question goes out in our own protocol, and its answer arrives as numbered events', async (t) => {
  const chat = await talkingTo(t, (_, response) => {
    writeEvents(response, [start, one, end]);
    response.end();
  });
  const {events, last} = await read(chat.transport.send({...request, chatId: 'chat_1'}, {signal}));
  assert.deepEqual(events, [start, one, end]);
  assert.equal(last, 3);
  const [received] = chat.server.received;
  assert.equal(received?.path, '/api/chat');
  assert.equal(received.headers['x-chat-protocol'], 'chatlet');
  assert.deepEqual(received.body, {chatId: 'chat_1', model: 'm', message: {id: 'msg_q', text: 'Hello'}});
});

test('a stream that breaks yields the events that arrived, and then throws', async (t) => {
  const chat = await talkingTo(t, (_, response) => {
    writeEvents(response, [start, one]);
    response.write('id: 3\ndata: {"type":"text-de', () => response.destroy());
  });
  const seen: ChatEvent[] = [];
  await assert.rejects(
    async () => {
      for await (const item of chat.transport.send(request, {signal})) if ('events' in item) seen.push(...item.events);
    },
    {code: 'interrupted'},
  );
  assert.deepEqual(seen, [start, one]);
});

test('a server that cannot be reached is a network error', async (t) => {
  const chat = await talkingTo(t, () => {});
  await chat.server.close();
  await assert.rejects(read(chat.transport.send(request, {signal})), {code: 'network'});
});

test('aborting a stream closes its connection and throws no ChatError', async (t) => {
  const closed = Promise.withResolvers<void>();
  const chat = await talkingTo(t, (_, response) => {
    response.on('close', closed.resolve);
    writeEvents(response, [start]);
  });
  const stop = new AbortController();
  const reading = async () => {
    for await (const item of chat.transport.send(request, {signal: stop.signal})) if ('events' in item) stop.abort();
  };
  await assert.rejects(reading(), (error) => !(error instanceof ChatError));
  await closed.promise;
});

test('45 seconds without a heartbeat count as a lost connection', async (t) => {
  const environment = fakeEnvironment();
  const closed = Promise.withResolvers<void>();
  const chat = await talkingTo(
    t,
    (_, response) => {
      response.on('close', closed.resolve);
      writeEvents(response, [start]);
    },
    {environment},
  );
  const reading = async () => {
    for await (const _ of chat.transport.send(request, {signal}))
      queueMicrotask(() => setImmediate(() => environment.pass(45_000)));
  };
  await assert.rejects(reading(), {code: 'interrupted'});
  await closed.promise;
});

test('resume asks for the events after a number, and yields nothing if no answer is being written', async (t) => {
  const chat = await talkingTo(t, ({path}, response) => {
    if (path.includes('chat_2')) {
      response.writeHead(204).end();
      return;
    }
    writeEvents(response, [one, end], 8);
    response.end();
  });
  assert.deepEqual(await read(chat.transport.resume!('chat_1', 7, {signal})), {events: [one, end], last: 9});
  assert.deepEqual(await read(chat.transport.resume!('chat_2', 7, {signal})), {events: [], last: 0});
  assert.equal(chat.server.received[0]?.path, '/api/chat/chat_1/stream?after=7');
});

test('a refusal that names its turn arrives as the events of a turn that failed', async (t) => {
  const names = {'x-chat-id': 'chat_1', 'x-message-id': 'msg_a'};
  const chat = await talkingTo(t, (_, response) => refuse(response, 429, {'retry-after': '42', ...names}));
  const {events} = await read(chat.transport.send(request, {signal}));
  const [begun, failed, ...more] = events;
  assert.deepEqual(begun, {type: 'message-start', messageId: 'msg_a', chatId: 'chat_1', model: ''});
  assert.ok(failed?.type === 'error');
  assert.deepEqual([failed.code, failed.retryAfter, failed.retryable, more], ['rate-limited', 42, true, []]);
});

test('a refusal before the answer throws with its code and its Retry-After', async (t) => {
  const chat = await talkingTo(t, (_, response) => refuse(response, 429, {'retry-after': '42'}));
  await assert.rejects(read(chat.transport.send(request, {signal})), {code: 'rate-limited', retryAfter: 42});
});

suite('tokens and visitors', () => {
  test('if five requests are refused at once, one new token is fetched, and all succeed', async (t) => {
    let fetched = 0;
    const chat = await talkingTo(
      t,
      ({headers}, response) =>
        headers.authorization === 'Bearer token-2' ? writeJson(response, []) : refuse(response, 401),
      {token: async () => `token-${++fetched}`},
    );
    const lists = Array.from({length: 5}, () => chat.transport.history!.list({}, {signal}));
    for (const list of await Promise.all(lists)) assert.deepEqual(list, {items: []});
    assert.equal(fetched, 2);
  });

  test('a token that is refused twice is an error and not a loop', async (t) => {
    let fetched = 0;
    const chat = await talkingTo(t, (_, response) => refuse(response, 401), {token: async () => `${++fetched}`});
    await assert.rejects(chat.transport.history!.list({}, {signal}), {code: 'unauthenticated'});
    assert.equal(chat.server.received.length, 2);
  });

  test('a token that cannot be fetched is an unauthenticated error, and the next request fetches it again', async (t) => {
    let works = false;
    const chat = await talkingTo(t, (_, response) => writeJson(response, []), {
      token: async () => {
        if (!works) throw new Error('Not signed in');
        return 'good';
      },
    });
    await assert.rejects(chat.transport.history!.list({}, {signal}), {code: 'unauthenticated'});
    works = true;
    await chat.transport.history!.list({}, {signal});
    assert.equal(chat.server.received[0]?.headers.authorization, 'Bearer good');
  });

  test('a visitor sends the token that the server gave with every later request', async (t) => {
    const chat = await talkingTo(t, (_, response) => {
      response.setHeader('x-chatlet-visitor', 'v1.abc');
      writeEvents(response, [start, end]);
      response.end();
    });
    await read(chat.transport.send(request, {signal}));
    await read(chat.transport.send(request, {signal}));
    assert.deepEqual(
      chat.server.received.map(({headers}) => headers['x-chatlet-visitor']),
      [undefined, 'v1.abc'],
    );
  });

  test('a transport without `visitorStorage` remembers the visitor too', async (t) => {
    const server = await startServer((_, response) => {
      response.setHeader('x-chatlet-visitor', 'v1.abc');
      writeJson(response, []);
    });
    t.after(() => server.close());
    const {history} = createHttpTransport({endpoint: server.url});
    await history?.list({}, {signal});
    await history?.list({}, {signal});
    assert.equal(server.received[1]?.headers['x-chatlet-visitor'], 'v1.abc');
  });

  test('`shelf`, the former name of `visitorStorage`, still keeps the visitor', async (t) => {
    const server = await startServer((_, response) => writeJson(response, []));
    t.after(() => server.close());
    const shelf = createStorage(server.url).device;
    shelf.set('visitor', 'v1.abc');
    const transport = createHttpTransport({endpoint: server.url, shelf});
    await transport.history?.list({}, {signal});
    assert.equal(server.received[0]?.headers['x-chatlet-visitor'], 'v1.abc');
    transport.forget?.();
    assert.equal(shelf.get('visitor'), undefined);
  });

  test('first questions that are asked at once are of one visitor', async (t) => {
    let visitors = 0;
    const chat = await talkingTo(t, ({headers}, response) => {
      if (!headers['x-chatlet-visitor']) response.setHeader('x-chatlet-visitor', `v${++visitors}`);
      writeEvents(response, [start, end]);
      response.end();
    });
    await Promise.all([1, 2, 3].map(() => read(chat.transport.send(request, {signal}))));
    assert.equal(visitors, 1);
  });

  test('a visitor with an expired token becomes a new visitor', async (t) => {
    const chat = await talkingTo(t, ({headers}, response) => {
      if (headers['x-chatlet-visitor'] === 'old') return refuse(response, 401);
      response.setHeader('x-chatlet-visitor', 'new');
      writeEvents(response, [start, end]);
      response.end();
    });
    chat.visitorStorage.set('visitor', 'old');
    await read(chat.transport.send(request, {signal}));
    assert.equal(chat.visitorStorage.get('visitor'), 'new');
    chat.transport.forget!();
    assert.equal(chat.visitorStorage.get('visitor'), undefined);
  });
});

suite('history and settings', () => {
  test('chats are listed page by page, messages have their parts, and invalid entries are left out', async (t) => {
    const createdAt = '2026-01-01T00:00:00.000Z';
    const chat = await talkingTo(t, ({path}, response) => {
      if (path.startsWith('/api/chats?')) {
        writeJson(
          response,
          [{id: 'chat_1', title: 'One', model: 'm', createdAt, updatedAt: createdAt}, {title: 'no id'}, 7],
          {
            'x-next-cursor': 'c2',
          },
        );
      } else {
        writeJson(response, [
          {id: 'msg_1', role: 'user', content: 'Hi', createdAt},
          {
            id: 'msg_2',
            role: 'assistant',
            content: 'Ho',
            parts: [{type: 'reasoning', text: 'Hm'}, {type: 'text', text: 'Ho'}, {type: 'spell'}],
            status: 'stopped',
            createdAt,
          },
          {id: 'msg_3', role: 'wizard', content: 'No', createdAt},
        ]);
      }
    });
    const page = await chat.transport.history!.list({search: 'a b', cursor: 'c1'}, {signal});
    assert.deepEqual(page, {
      items: [{id: 'chat_1', title: 'One', model: 'm', createdAt, updatedAt: createdAt}],
      next: 'c2',
    });
    assert.equal(chat.server.received[0]?.path, '/api/chats?search=a+b&cursor=c1');
    const {messages} = await chat.transport.history!.load('chat_1', {signal});
    assert.deepEqual(messages, [
      {id: 'msg_1', role: 'user', parts: [{type: 'text', text: 'Hi'}], status: 'done', createdAt},
      {
        id: 'msg_2',
        role: 'assistant',
        parts: [
          {type: 'reasoning', text: 'Hm'},
          {type: 'text', text: 'Ho'},
        ],
        status: 'stopped',
        createdAt,
      },
    ]);
  });

  test('rename, remove and stop send a PATCH, a DELETE and a POST', async (t) => {
    const chat = await talkingTo(t, (_, response) => writeJson(response, {}));
    await chat.transport.history!.rename('chat/1', 'Two');
    await chat.transport.history!.remove('chat_1');
    await chat.transport.stop!('chat_1');
    assert.deepEqual(
      chat.server.received.map(({method, path, body}) => ({method, path, body})),
      [
        {method: 'PATCH', path: '/api/chats/chat%2F1', body: {title: 'Two'}},
        {method: 'DELETE', path: '/api/chats/chat_1', body: undefined},
        {method: 'POST', path: '/api/chat/chat_1/stop', body: undefined},
      ],
    );
  });

  test('the greeting and the models arrive with one request', async (t) => {
    const chat = await talkingTo(t, (_, response) =>
      writeJson(response, {
        greeting: 'Hello',
        starters: ['A', 1, 'B'],
        models: [{id: 'm', name: 'M', contextLength: 8}, {}],
        defaultModel: 'm',
      }),
    );
    assert.deepEqual(await chat.transport.config!({signal}), {
      greeting: 'Hello',
      starters: ['A', 'B'],
      models: [{id: 'm', name: 'M', contextLength: 8}],
      defaultModel: 'm',
    });
  });
});

suite('other backends', () => {
  const openAi = (delta: object, finish: string | null = null) =>
    `data: ${JSON.stringify({id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{index: 0, delta, finish_reason: finish}]})}\n\n`;
  const answers = {
    openai: `${openAi({role: 'assistant', content: 'One'})}${openAi({}, 'stop')}data: [DONE]\n\n`,
    'ai-sdk': [
      '{"type":"start"}',
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

  for (const api of ['openai', 'ai-sdk', 'typed-events', 'content'] as const) {
    test(`${api} is asked in its own words, and its answer is recognised`, async (t) => {
      const chat = await talkingTo(
        t,
        (_, response) => {
          response.writeHead(200, {'content-type': 'text/event-stream'});
          response.end(answers[api]);
        },
        {api, token: 'key'},
      );
      const {events} = await read(chat.transport.send(request, {signal}));
      const text = events.map((event) => (event.type === 'text-delta' ? event.delta : '')).join('');
      assert.equal(text, 'One');
      assert.equal(events.at(-1)?.type, 'message-end');
      const [received] = chat.server.received;
      assert.equal(received?.path, paths[api]);
      assert.equal(received.headers.authorization, 'Bearer key');
      assert.match(JSON.stringify(received.body), /Welcome.*Hello/);
      assert.equal(chat.transport.history, undefined);
    });
  }
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
    const shortest = await sentBy(t, {api: 'openai', historyLimit: 1});
    assert.deepEqual(
      shortest.map(({content}) => content),
      ['Be brief', 'last'],
    );
  });
});
