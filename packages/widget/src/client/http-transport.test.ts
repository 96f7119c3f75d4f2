/** The HTTP transport, with real fetch, real streams and a real server that breaks when the test wants it. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {ChatError} from '@chatlet/protocol';
import type {ChatEvent} from '@chatlet/protocol';
import {createHttpTransport} from './http-transport.ts';
import {fakeEnvironment} from './testing/fake-environment.ts';
import {end, one, read, request, signal, start, talkingTo} from './testing/http-chat.ts';
import {refuse, startServer, writeEvents, writeJson} from './testing/http-server.ts';
import {memoryStorage} from './testing/memory-storage.ts';

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

test('a question says where the visitor is and whether pages are searched, if the page says so', async (t) => {
  const chat = await talkingTo(t, (_, response) => {
    writeEvents(response, [start, end]);
    response.end();
  });
  await read(chat.transport.send({...request, section: '/docs/', retrieval: false}, {signal}));
  const [received] = chat.server.received;
  assert.deepEqual(received?.body, {
    model: 'm',
    message: {id: 'msg_q', text: 'Hello'},
    section: '/docs/',
    retrieval: false,
  });
});

test('pages are searched on the server, and those that cannot be opened are left out', async (t) => {
  const tea = {id: 'tea#1', title: 'Tea', url: 'https://docs.example/tea', section: 'Drinks', snippet: 'Hot'};
  const bare = {id: 'pot', title: 'Pot', url: 'https://docs.example/pot'};
  const results = [
    {...tea, score: 1},
    bare,
    {id: 'note', title: 'No address'},
    {title: 'No id', url: tea.url},
    'Nonsense',
  ];
  const chat = await talkingTo(t, (_, response) => writeJson(response, {results}));
  const search = chat.transport.search?.bind(chat.transport);
  assert.deepEqual(await search?.({text: 'tea & more', section: '/docs/'}, {signal}), [tea, {...bare, snippet: ''}]);
  await search?.({text: 'tea'}, {signal});
  assert.deepEqual(
    chat.server.received.map(({path}) => path),
    ['/api/search?q=tea+%26+more&section=%2Fdocs%2F', '/api/search?q=tea'],
  );
});

test('only our own server is searched', async (t) => {
  const chat = await talkingTo(t, () => {}, {api: 'openai'});
  assert.equal(chat.transport.search, undefined);
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
    {code: 'network'},
  );
  assert.deepEqual(seen, [start, one]);
});

test('a server that cannot be reached is a network error', async (t) => {
  const chat = await talkingTo(t, () => {});
  await chat.server.close();
  await assert.rejects(
    read(chat.transport.send(request, {signal})),
    (error) => error instanceof ChatError && error.code === 'network' && error.cause instanceof TypeError,
  );
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
  await assert.rejects(reading(), {code: 'network'});
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

test('every event that arrives begins the 45 seconds anew, and the end of the answer leaves no timer', async (t) => {
  const environment = fakeEnvironment();
  const turns = Array.from({length: 3}, () => Promise.withResolvers<void>());
  const chat = await talkingTo(
    t,
    async (_, response) => {
      writeEvents(response, [start]);
      for (const [index, turn] of turns.entries()) {
        await turn.promise;
        writeEvents(response, [one], index + 2);
      }
      writeEvents(response, [end], 5);
      response.end();
    },
    {environment},
  );
  const seen: ChatEvent[] = [];
  for await (const item of chat.transport.send(request, {signal})) {
    if ('events' in item) seen.push(...item.events);
    setImmediate(() => {
      environment.pass(44_000);
      turns[seen.length - 1]?.resolve();
    });
  }
  assert.deepEqual(seen, [start, one, one, one, end]);
  assert.deepEqual(environment.waits, []);
});

test('M-125: a reader that stops early closes the connection', async (t) => {
  const closed = Promise.withResolvers<void>();
  const chat = await talkingTo(t, (_, response) => {
    response.on('close', closed.resolve);
    writeEvents(response, [start]);
  });
  for await (const _ of chat.transport.send(request, {signal})) break;
  await closed.promise;
});

test('M-125: a reader that stops early cancels the body, even if `fetch` ignores its signal', async (t) => {
  const cancelled = Promise.withResolvers<void>();
  const chat = await talkingTo(t, () => {}, {
    fetch: async () => {
      const body = new ReadableStream({
        start: (controller) =>
          controller.enqueue(new TextEncoder().encode(`id: 1\ndata: ${JSON.stringify(start)}\n\n`)),
        cancel: () => cancelled.resolve(),
      });
      return new Response(body, {headers: {'content-type': 'text/event-stream'}});
    },
  });
  for await (const _ of chat.transport.send(request, {signal})) break;
  await cancelled.promise;
});

test('a signal that was aborted before sends nothing', async (t) => {
  const chat = await talkingTo(t, (_, response) => void response.end());
  const reason = new Error('Stopped');
  await assert.rejects(read(chat.transport.send(request, {signal: AbortSignal.abort(reason)})), reason);
  assert.deepEqual(chat.server.received, []);
});

test('an aborted list rejects with the reason of its signal, and not with a network error', async (t) => {
  const arrived = Promise.withResolvers<void>();
  const chat = await talkingTo(t, () => arrived.resolve());
  const stop = new AbortController();
  const reason = new Error('Stopped');
  const listed = chat.transport.history!.list({}, {signal: stop.signal});
  await arrived.promise;
  stop.abort(reason);
  await assert.rejects(listed, reason);
});

test('an aborted stream rejects with the reason of its signal', async (t) => {
  const chat = await talkingTo(t, (_, response) => writeEvents(response, [start]));
  const stop = new AbortController();
  const reason = new Error('Stopped');
  const reading = async () => {
    for await (const _ of chat.transport.send(request, {signal: stop.signal})) stop.abort(reason);
  };
  await assert.rejects(reading(), reason);
});

test('a stream that closes between two events yields the events that arrived, and then throws', async (t) => {
  const chat = await talkingTo(t, (_, response) => {
    writeEvents(response, [start, one]);
    response.end();
  });
  const seen: ChatEvent[] = [];
  const reading = async () => {
    for await (const item of chat.transport.send(request, {signal})) if ('events' in item) seen.push(...item.events);
  };
  await assert.rejects(reading(), {code: 'interrupted'});
  assert.deepEqual(seen, [start, one]);
});

test('an error that the server sends as an event is the end of the answer', async (t) => {
  const failure = {type: 'error', code: 'provider-error', message: 'No.', retryable: true};
  const chat = await talkingTo(t, (_, response) => {
    writeEvents(response, [start, failure]);
    response.end();
  });
  assert.deepEqual(await read(chat.transport.send(request, {signal})), {events: [start, failure], last: 2});
});

test('the last line of an answer in lines of JSON is read without a line break after it', async (t) => {
  const chat = await talkingTo(
    t,
    (_, response) => {
      response.writeHead(200, {'content-type': 'application/x-ndjson'});
      response.write('{"model":"m","message":{"role":"assistant","content":"One"},"done":false}\n');
      response.end('{"model":"m","message":{"role":"assistant","content":" two"},"done":true,"done_reason":"stop"}');
    },
    {api: 'content'},
  );
  const {events} = await read(chat.transport.send(request, {signal}));
  assert.equal(events.map((event) => (event.type === 'text-delta' ? event.delta : '')).join(''), 'One two');
  assert.equal(events.at(-1)?.type, 'message-end');
});

test('an answer in no known format is unreadable, which is no lost connection', async (t) => {
  const chat = await talkingTo(t, (_, response) => {
    response.writeHead(200, {'content-type': 'text/html'});
    response.end('<html>');
  });
  const {events} = await read(chat.transport.send(request, {signal}));
  assert.deepEqual(
    events.map((event) => event.type === 'error' && event.code),
    ['unreadable'],
  );
});

test('an answer that is JSON of no known API is unreadable, after whichever headers', async (t) => {
  for (const type of ['application/json', 'text/event-stream']) {
    const chat = await talkingTo(t, (_, response) => {
      response.writeHead(200, {'content-type': type});
      response.end('{"foo":1}');
    });
    const {events} = await read(chat.transport.send(request, {signal}));
    assert.deepEqual(
      events.map((event) => event.type === 'error' && event.code),
      ['unreadable'],
    );
  }
});

test('an answer in lines of JSON that is cut after a whole line yields that line, and then throws', async (t) => {
  const line = (content: string) => JSON.stringify({model: 'm', message: {role: 'assistant', content}, done: false});
  const chat = await talkingTo(
    t,
    (_, response) => {
      response.writeHead(200, {'content-type': 'application/x-ndjson'});
      response.end(`${line('One')}\n${line(' two')}`);
    },
    {api: 'content'},
  );
  let text = '';
  const reading = async () => {
    for await (const item of chat.transport.send(request, {signal})) {
      if (!('events' in item)) continue;
      for (const event of item.events) if (event.type === 'text-delta') text += event.delta;
    }
  };
  await assert.rejects(reading(), {code: 'interrupted'});
  assert.equal(text, 'One two');
});

test('an answer in a rare dialect is read with a decoder that is loaded when it arrives', async (t) => {
  const answer = {model: 'm', message: {role: 'assistant', content: 'One'}, done: true, done_reason: 'stop'};
  for (const lineBreak of ['\n', '']) {
    const chat = await talkingTo(
      t,
      (_, response) => {
        response.writeHead(200, {'content-type': 'application/x-ndjson'});
        response.end(JSON.stringify(answer) + lineBreak);
      },
      {api: 'content'},
    );
    const {events} = await read(chat.transport.send(request, {signal}));
    assert.equal(events.map((event) => (event.type === 'text-delta' ? event.delta : '')).join(''), 'One');
    assert.equal(events.at(-1)?.type, 'message-end');
  }
});

test('an answer in a rare dialect is read as it streams, and not at its end', async (t) => {
  const seen = Promise.withResolvers<void>();
  const chat = await talkingTo(
    t,
    async (_, response) => {
      response.writeHead(200, {'content-type': 'application/x-ndjson'});
      response.write('{"model":"m","message":{"role":"assistant","content":"One"},"done":false}\n');
      await seen.promise;
      response.end('{"model":"m","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop"}\n');
    },
    {api: 'content'},
  );
  let text = '';
  for await (const item of chat.transport.send(request, {signal})) {
    if (!('events' in item)) continue;
    for (const event of item.events) if (event.type === 'text-delta') text += event.delta;
    if (text === 'One') seen.resolve();
  }
  assert.equal(text, 'One');
});

test('an answer without a body, and one with status 204, has no events', async (t) => {
  const chat = await talkingTo(t, (_, response) => void response.writeHead(204).end());
  assert.deepEqual(await read(chat.transport.send(request, {signal})), {events: [], last: 0});
  const empty = await talkingTo(t, () => {}, {fetch: async () => new Response(null)});
  assert.deepEqual(await read(empty.transport.send(request, {signal})), {events: [], last: 0});
});

test('a refusal that names its turn keeps what its body says of it', async (t) => {
  const chat = await talkingTo(t, (_, response) => {
    response.writeHead(429, {'content-type': 'application/json', 'x-chat-id': 'chat_1', 'x-message-id': 'msg_a'});
    response.end(JSON.stringify({error: {code: 'insufficient_quota', message: 'No money.'}}));
  });
  const {events} = await read(chat.transport.send(request, {signal}));
  assert.deepEqual(events[1], {
    type: 'error',
    code: 'rate-limited',
    message: 'No money.',
    retryable: false,
    details: {chatId: 'chat_1', messageId: 'msg_a'},
  });
});

test('a refusal that names only its chat throws', async (t) => {
  for (const name of ['x-chat-id', 'x-message-id']) {
    const chat = await talkingTo(t, (_, response) => refuse(response, 429, {[name]: 'id_1'}));
    await assert.rejects(read(chat.transport.send(request, {signal})), {code: 'rate-limited', details: undefined});
  }
});

test('a refusal throws the error of its status if its body breaks off', async (t) => {
  const chat = await talkingTo(t, (_, response) => {
    response.writeHead(429, {'content-type': 'application/json', 'retry-after': '3'});
    response.write('{"error":', () => response.destroy());
  });
  await assert.rejects(read(chat.transport.send(request, {signal})), {code: 'rate-limited', retryAfter: 3});
});

test('the request says which formats it understands, and headers of the page go with every request', async (t) => {
  const chat = await talkingTo(
    t,
    ({path}, response) => {
      if (!path.startsWith('/api/chat/') && path !== '/api/chat') return writeJson(response, []);
      writeEvents(response, [start, end]);
      response.end();
    },
    {headers: {'x-page': 'shop'}},
  );
  const {transport, server} = chat;
  await read(transport.send(request, {signal}));
  await read(transport.resume!('chat_1', 0, {signal}));
  await transport.history!.list({}, {signal});
  await transport.history!.rename('chat_1', 'Two');
  await transport.stop!('chat_1');
  assert.deepEqual(
    server.received.map(({headers}) => headers['x-page']),
    Array.from({length: 5}, () => 'shop'),
  );
  const [sent, resumed, listed, renamed, stopped] = server.received.map(({headers}) => headers);
  assert.equal(sent?.accept, 'text/event-stream, application/x-ndjson;q=0.9, */*;q=0.8');
  assert.equal(resumed?.accept, 'text/event-stream');
  assert.equal(resumed['x-chat-protocol'], 'chatlet');
  assert.deepEqual(
    [sent, listed, renamed, stopped].map((headers) => headers?.['content-type']),
    ['application/json', undefined, 'application/json', undefined],
  );
});

test('a headers function is called for each request, also for the one after a refused token', async (t) => {
  let asked = 0;
  let called = 0;
  const chat = await talkingTo(
    t,
    (_, response) => {
      asked += 1;
      if (asked > 1) writeJson(response, []);
      else response.writeHead(401).end();
    },
    {token: () => 'key', headers: async () => ({'X-Ticket': `ticket ${(called += 1)}`})},
  );
  await chat.transport.history!.list({}, {signal});
  await chat.transport.history!.rename('chat_1', 'Two');
  assert.deepEqual(
    chat.server.received.map(({headers}) => headers['x-ticket']),
    ['ticket 1', 'ticket 2', 'ticket 3'],
  );
});

test('a headers function that fails is a network error, and nothing is sent', async (t) => {
  const chat = await talkingTo(t, (_, response) => writeJson(response, []), {
    headers: () => Promise.reject(new Error('no ticket')),
  });
  await assert.rejects(chat.transport.history!.rename('chat_1', 'Two'), {code: 'network'});
  assert.deepEqual(chat.server.received, []);
});

test('slashes at the end of the endpoint are left out', async (t) => {
  const server = await startServer((_, response) => writeJson(response, []));
  t.after(() => server.close());
  const transport = createHttpTransport({endpoint: `${server.url}/base//`});
  await transport.history!.list({}, {signal});
  assert.equal(server.received[0]?.path, '/base/api/chats');
});

test('requests that change something outlive the page, those that read do not', async (t) => {
  const kept: (boolean | undefined)[] = [];
  const chat = await talkingTo(t, (_, response) => writeJson(response, []), {
    fetch: (url, init) => {
      kept.push(init?.keepalive);
      return fetch(url, init);
    },
  });
  await chat.transport.history!.list({}, {signal});
  await chat.transport.history!.remove('chat_1');
  await chat.transport.stop!('chat_1');
  assert.deepEqual(kept, [undefined, true, true]);
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

  test('the list and the messages of a chat are asked for with the parameters that were given, and no others', async (t) => {
    const chat = await talkingTo(t, ({path}, response) =>
      writeJson(response, [], path.includes('cursor') ? {} : {'x-next-cursor': 'c 2'}),
    );
    const {list, load} = chat.transport.history!;
    assert.deepEqual(await list({}, {signal}), {items: [], next: 'c 2'});
    assert.deepEqual(await list({search: 'a'}, {signal}), {items: [], next: 'c 2'});
    assert.deepEqual(await list({cursor: 'c 2'}, {signal}), {items: []});
    assert.deepEqual(await load('chat/1', {signal}), {messages: [], olderCursor: 'c 2'});
    assert.deepEqual(await load('chat_1', {signal, cursor: 'c 2'}), {messages: []});
    assert.deepEqual(
      chat.server.received.map(({path}) => path),
      [
        '/api/chats',
        '/api/chats?search=a',
        '/api/chats?cursor=c+2',
        '/api/chats/chat%2F1/messages',
        '/api/chats/chat_1/messages?cursor=c%202',
      ],
    );
  });

  test('a list that is no JSON is unreadable, and a list that fails throws the error of its status', async (t) => {
    const chat = await talkingTo(t, ({path}, response) => {
      if (path.includes('search')) return refuse(response, 404);
      response.end('<html>');
    });
    await assert.rejects(chat.transport.history!.list({}, {signal}), {code: 'unreadable'});
    await assert.rejects(chat.transport.history!.list({search: 'a'}, {signal}), {code: 'not-found'});
    await assert.rejects(chat.transport.history!.load('chat_1', {signal}), {code: 'unreadable'});
  });

  test('a rename, a removal and a stop that fail throw the error of their status', async (t) => {
    const chat = await talkingTo(t, (_, response) => refuse(response, 404));
    await assert.rejects(chat.transport.history!.rename('chat_1', 'Two'), {code: 'not-found'});
    await assert.rejects(chat.transport.history!.remove('chat_1'), {code: 'not-found'});
    await assert.rejects(chat.transport.stop!('chat_1'), {code: 'not-found'});
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
        prompts: {B: 'Ask B'},
        models: [{id: 'm', name: 'M', contextLength: 8}, {}],
        defaultModel: 'm',
      }),
    );
    assert.deepEqual(await chat.transport.config!({signal}), {
      greeting: 'Hello',
      starters: ['A', 'B'],
      prompts: {B: 'Ask B'},
      models: [{id: 'm', name: 'M', contextLength: 8}],
      defaultModel: 'm',
    });
  });
});

test('R-2: a response that is complete and empty says that nothing runs; one without an end was cut', async (t) => {
  let body: 'nothing' | 'keep-alives' | 'half' = 'nothing';
  const chat = await talkingTo(t, (_, response) => {
    response.writeHead(200, {'content-type': 'text/event-stream', 'x-chatlet-stream': 'v1'});
    if (body === 'keep-alives') response.write(': alive\n\n');
    if (body === 'half') writeEvents(response, [start, one]);
    response.end();
  });
  const resume = () => read(chat.transport.resume!('chat_1', 3, {signal}));
  assert.deepEqual((await resume()).events, []);
  body = 'keep-alives';
  assert.deepEqual((await resume()).events, []);
  body = 'half';
  await assert.rejects(resume(), {code: 'interrupted'});
});

test('R-2: an empty response with the status 200 is asked for again, because its headers may have been cut', async (t) => {
  let asked = 0;
  let empty = 2;
  const chat = await talkingTo(t, (_, response) => {
    asked += 1;
    response.setHeader('x-chat-id', 'chat_');
    if (empty-- > 0) response.end();
    else writeEvents(response, [start, one, end]);
    response.end();
  });
  const resumed = await read(chat.transport.resume!('chat_1', 0, {signal}));
  assert.deepEqual(resumed.events.at(-1), end);
  assert.equal(asked, 3);
});

test('R-2: an empty response with the status 204 is believed', async (t) => {
  let asked = 0;
  const chat = await talkingTo(t, (_, response) => {
    asked += 1;
    response.writeHead(204).end();
  });
  assert.deepEqual((await read(chat.transport.resume!('chat_1', 3, {signal}))).events, []);
  assert.equal(asked, 1);
});

test('R-2: the chat that headers name is not believed until a byte of the body has come', async (t) => {
  const chat = await talkingTo(t, (_, response) => {
    response.setHeader('x-chat-id', 'chat_').end();
  });
  const arrivals = [];
  for await (const arrival of chat.transport.send(request, {signal})) arrivals.push(arrival);
  assert.deepEqual(arrivals, []);
});

test('I-2: the headers of an answer name its chat before its first event', async (t) => {
  const chat = await talkingTo(t, (_, response) => {
    response.setHeader('x-chat-id', 'chat_7');
    writeEvents(response, [start, end]);
    response.end();
  });
  for await (const first of chat.transport.send(request, {signal})) {
    assert.deepEqual(first, {events: [], chatId: 'chat_7'});
    break;
  }
});

test('T2-26: requests carry no cookies unless the page wants them to', async (t) => {
  const chat = await talkingTo(t, (_, response) => {
    writeEvents(response, [start, end]);
    response.end();
  });
  for (const [options, expected] of [
    [{}, 'omit'],
    [{credentials: 'include'}, 'include'],
  ] as const) {
    const seen: unknown[] = [];
    const transport = createHttpTransport({
      endpoint: chat.server.url,
      visitorStorage: chat.visitorStorage,
      fetch: (url, init) => {
        seen.push(init?.credentials);
        return fetch(url, init);
      },
      ...options,
    });
    await read(transport.send(request, {signal}));
    assert.deepEqual(seen, [expected]);
  }
});

/** A server that allows no page of another origin: a browser would tell the page of a failed connection. */
function refusingFetch(answer: unknown): typeof fetch {
  return async (_, init) => {
    // Only a request without headers of its own needs no preflight.
    if (init?.headers !== undefined || init?.method === 'POST') throw new TypeError('Failed to fetch');
    assert.equal(init?.credentials, 'omit');
    return Response.json(answer);
  };
}

test('E1, P17: a server that refuses the page’s origin is asked why, and the console says what to set', async (t) => {
  const origin = 'https://shop.example';
  const transport = createHttpTransport({
    endpoint: 'https://chat.example',
    visitorStorage: memoryStorage().device,
    fetch: refusingFetch({allowed: false, origin}),
  });
  const logged = t.mock.method(console, 'error', () => {});
  for (let times = 0; times < 2; times += 1) {
    await assert.rejects(read(transport.send(request, {signal})), {code: 'forbidden'});
    await assert.rejects(transport.config!({signal}), {code: 'forbidden'});
  }
  assert.deepEqual(
    logged.mock.calls.map(({arguments: [line]}) => line),
    [`Chatlet: the server does not allow pages of ${origin}. Start it with CHATLET_ORIGINS=${origin}`],
  );
});

test('E1: a server that allows the page, or does not answer, leaves a lost connection a lost connection', async () => {
  for (const fetch of [refusingFetch({models: []}), () => Promise.reject(new TypeError('Failed to fetch'))]) {
    const transport = createHttpTransport({
      endpoint: 'https://chat.example',
      visitorStorage: memoryStorage().device,
      fetch,
    });
    await assert.rejects(read(transport.send(request, {signal})), {code: 'network'});
  }
});
