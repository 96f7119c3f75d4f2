/** The store, the HTTP transport and a real server together, end to end. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {textOf} from '@chatlet/protocol';
import {chatOverHttp, end, say, shown, start, until} from './testing/chat.ts';
import {refuse, writeEvents, writeJson} from './testing/http-server.ts';

test('M-122: an answer over HTTP that is cut again while it is resumed is complete, each word once', async (t) => {
  const events = [start, ...['One ', 'two ', 'three ', 'four ', 'five'].map(say), end];
  const {store, server, environment} = await chatOverHttp(t, ({path}, response) => {
    const after = Number(new URLSearchParams(path.split('?')[1]).get('after'));
    writeEvents(response, events.slice(after, after + 2), after + 1);
    if (after + 2 >= events.length) response.end();
    else response.write('id: 99\ndata: {"type":"text-de', () => response.destroy());
  });
  const connections: string[] = [];
  store.subscribe(() => {
    const {status} = store.getState();
    if (status !== connections.at(-1)) connections.push(status);
    if (status === 'reconnecting') environment.comeBack();
  });
  const answer = await store.send('Count');
  assert.equal(answer && textOf(answer), 'One two three four five');
  assert.deepEqual(shown(store), ['user done: Count', 'assistant done: One two three four five']);
  assert.deepEqual(
    server.received.map(({path}) => path),
    ['/api/chat', ...[2, 4, 6].map((after) => `/api/chat/chat_1/stream?after=${after}`)],
  );
  assert.equal(connections.filter((status) => status === 'reconnecting').length, 3);
});

test('after a reload over HTTP, the answer that is being written is resumed from its first event', async (t) => {
  const createdAt = '2026-01-01T00:00:00.000Z';
  const {store, storage} = await chatOverHttp(t, ({path}, response) => {
    if (path === '/api/config') return writeJson(response, {});
    if (path === '/api/models') return writeJson(response, {models: []});
    if (path === '/api/chats/chat_1/messages') {
      return writeJson(response, [
        {id: 'msg_q', role: 'user', content: 'Count', createdAt},
        {id: 'msg_a', role: 'assistant', content: 'One ', status: 'answering', createdAt},
      ]);
    }
    assert.equal(path, '/api/chat/chat_1/stream?after=0');
    writeEvents(response, [start, say('One '), say('two'), end]);
    response.end();
  });
  storage.tab.set('chat', 'chat_1');
  await store.start();
  await until(store, ({status}) => status === 'idle');
  assert.deepEqual(shown(store), ['user done: Count', 'assistant done: One two']);
});

test('an answer without numbered events, from a backend of another kind, is shown whole', async (t) => {
  const {store} = await chatOverHttp(
    t,
    (_, response) => {
      response.writeHead(200, {'content-type': 'text/event-stream'});
      response.write('data: {"content":"One "}\n\n');
      response.end('data: {"content":"two"}\n\ndata: [DONE]\n\n');
    },
    {api: 'content'},
  );
  assert.equal((await store.send('Count'))?.status, 'done');
  assert.deepEqual(shown(store), ['user done: Count', 'assistant done: One two']);
});

test('a stopped answer over HTTP ends as the server ends it', async (t) => {
  let endAnswer = () => {};
  const {store, server} = await chatOverHttp(t, ({path}, response) => {
    if (path === '/api/chat/chat_1/stop') {
      writeJson(response, {});
      endAnswer();
      return;
    }
    writeEvents(response, [start, say('One ')]);
    endAnswer = () => {
      writeEvents(response, [say('two'), {type: 'message-end', reason: 'stopped'}], 3);
      response.end();
    };
  });
  const sent = store.send('Count');
  await until(store, ({messages}) => messages.at(-1)?.parts.length === 1);
  store.stop();
  const answer = await sent;
  assert.equal(answer?.status, 'stopped');
  assert.equal(textOf(answer), 'One two');
  assert.equal(server.received.at(-1)?.method, 'POST');
});

test('a search that is no longer wanted closes its connection', async (t) => {
  const arrived = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  const {store} = await chatOverHttp(t, ({path}, response) => {
    if (path.endsWith('search=slow')) {
      response.on('close', closed.resolve);
      arrived.resolve();
    } else writeJson(response, [{id: 'chat_1', title: 'Fast'}]);
  });
  const slow = store.loadHistory('slow');
  await arrived.promise;
  await store.loadHistory('fast');
  await closed.promise;
  await slow;
  const {status, search, chats} = store.getState().history;
  assert.deepEqual([status, search, chats.map(({title}) => title)], ['ready', 'fast', ['Fast']]);
});

test('a chat that is left while it is loaded closes its connection', async (t) => {
  const arrived = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  const {store} = await chatOverHttp(t, (_, response) => {
    response.on('close', closed.resolve);
    arrived.resolve();
  });
  const opened = store.open('chat_1');
  await arrived.promise;
  store.newChat();
  await Promise.all([closed.promise, opened]);
  assert.equal(store.getState().status, 'idle');
});

test('closing the store closes the connections of all requests that are under way', async (t) => {
  const arrived = new Map<string, PromiseWithResolvers<void>>();
  const closed: Promise<void>[] = [];
  const paths = ['/api/config', '/api/models', '/api/chats', '/api/chats/chat_1/messages?cursor=c1'];
  for (const path of paths) arrived.set(path, Promise.withResolvers());
  const {store} = await chatOverHttp(t, ({path}, response) => {
    if (path === '/api/chats/chat_1/messages') return writeJson(response, [], {'x-next-cursor': 'c1'});
    closed.push(new Promise((resolve) => response.on('close', resolve)));
    arrived.get(path)?.resolve();
    // The settings have no models, so that these are asked for.
    if (path === '/api/config') writeJson(response, {});
  });
  const started = store.start({chatId: 'chat_1'});
  await until(store, ({olderCursor, status}) => olderCursor !== undefined && status === 'idle');
  const pending = [started, store.loadHistory(), store.loadOlder()];
  await Promise.all([...arrived.values()].map(({promise}) => promise));
  store.close();
  await Promise.all([...closed, ...pending]);
});

test('a chat that cannot be loaded over HTTP says why, and a retry loads it', async (t) => {
  let broken = true;
  const {store, environment} = await chatOverHttp(t, (_, response) => {
    if (broken) return refuse(response, 503, {'retry-after': '7'});
    writeJson(response, [{id: 'msg_q', role: 'user', content: 'Hi'}]);
  });
  await store.open('chat_1');
  const {problem, status, messages} = store.getState();
  assert.deepEqual([problem?.code, problem?.retryable, status, messages], ['provider-unavailable', true, 'idle', []]);
  assert.equal(problem?.retryAt, environment.now() + 7000);
  broken = false;
  assert.equal(await store.retry(), undefined);
  assert.deepEqual([shown(store), store.getState().problem], [['user done: Hi'], undefined]);
});
