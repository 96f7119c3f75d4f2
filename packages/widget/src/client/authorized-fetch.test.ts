/** Tokens of signed-in visitors and of anonymous ones, through the HTTP transport and with a real server. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {ChatError} from '@chatlet/protocol';
import {createHttpTransport} from './http-transport.ts';
import {end, read, request, signal, start, talkingTo} from './testing/http-chat.ts';
import {refuse, startServer, writeEvents, writeJson} from './testing/http-server.ts';
import {memoryStorage} from './testing/memory-storage.ts';

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

  test('a visitor who is forgotten while a question is on its way stays forgotten', async (t) => {
    const asked = Promise.withResolvers<void>();
    const forgotten = Promise.withResolvers<void>();
    const chat = await talkingTo(t, async (_, response) => {
      asked.resolve();
      await forgotten.promise;
      response.setHeader('x-chatlet-visitor', 'v1.former');
      writeEvents(response, [start, end]);
      response.end();
    });
    const answered = read(chat.transport.send(request, {signal}));
    await asked.promise;
    chat.visitorStorage.clear();
    forgotten.resolve();
    await answered;
    assert.equal(chat.visitorStorage.get('visitor'), undefined);
  });

  test('a late refusal of an old visitor does not take the one who has asked meanwhile', async (t) => {
    const answered = Promise.withResolvers<void>();
    const chat = await talkingTo(t, async ({method, headers}, response) => {
      if (headers['x-chatlet-visitor'] === 'old') {
        if (method === 'GET') await answered.promise;
        return refuse(response, 401);
      }
      if (method === 'GET') return writeJson(response, []);
      writeEvents(response, [start, end]);
      response.end();
    });
    chat.visitorStorage.set('visitor', 'old');
    const listed = chat.transport.history!.list({}, {signal});
    await read(chat.transport.send(request, {signal}));
    const asked = chat.visitorStorage.get('visitor');
    answered.resolve();
    await listed;
    assert.equal(chat.visitorStorage.get('visitor'), asked);
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
    await assert.rejects(chat.transport.history!.list({}, {signal}), {
      code: 'unauthenticated',
      cause: new Error('Not signed in'),
    });
    works = true;
    await chat.transport.history!.list({}, {signal});
    assert.equal(chat.server.received[0]?.headers.authorization, 'Bearer good');
  });

  test('R-3: a visitor has an identity before the first question, and sends it with every request', async (t) => {
    const chat = await talkingTo(t, (_, response) => {
      writeEvents(response, [start, end]);
      response.end();
    });
    await read(chat.transport.send(request, {signal}));
    await read(chat.transport.send(request, {signal}));
    const [first, second] = chat.server.received.map(({headers}) => headers['x-chatlet-visitor']);
    assert.match(String(first), /^v2\.[\w-]{43}$/);
    assert.equal(second, first);
    assert.equal(chat.visitorStorage.get('visitor'), first);
  });

  test('a server of another kind gets no token, unless it has given one', async (t) => {
    let gives = false;
    const chat = await talkingTo(
      t,
      (_, response) => {
        if (gives) response.setHeader('x-chatlet-visitor', 'v1.given');
        writeEvents(response, [start, end]);
        response.end();
      },
      {api: 'ag-ui'},
    );
    await read(chat.transport.send(request, {signal}));
    gives = true;
    await read(chat.transport.send(request, {signal}));
    await read(chat.transport.send(request, {signal}));
    const sent = chat.server.received.map(({headers}) => headers['x-chatlet-visitor']);
    assert.deepEqual(sent, [undefined, undefined, 'v1.given']);
  });

  test('R-3: the identity stays the same if the response to the first question is lost', async (t) => {
    const chat = await talkingTo(t, (_, response) => void response.destroy());
    for (let times = 0; times < 2; times += 1) {
      await assert.rejects(read(chat.transport.send(request, {signal})), {code: 'network'});
    }
    const sent = chat.server.received.filter(({method}) => method === 'POST');
    assert.equal(sent.length, 2);
    assert.equal(new Set(sent.map(({headers}) => headers['x-chatlet-visitor'])).size, 1);
  });

  test('R-3: reading makes no identity, since nobody needs to be known for it', async (t) => {
    const chat = await talkingTo(t, (_, response) => writeJson(response, []));
    await chat.transport.history!.list({}, {signal});
    assert.equal(chat.server.received[0]?.headers['x-chatlet-visitor'], undefined);
    assert.equal(chat.visitorStorage.get('visitor'), undefined);
  });

  test('R-4: tabs that ask at once are one visitor, although each sees what another has written a moment later', async (t) => {
    const tabStorages = [1, 2, 3].map(() => memoryStorage().device);
    const written = tabStorages.map((own) => ({
      ...own,
      set(key: string, value: string | undefined) {
        own.set(key, value);
        setTimeout(() => tabStorages.forEach((storage) => storage.set(key, value)), 100);
      },
    }));
    let locked = Promise.resolve<unknown>(undefined);
    const names: string[] = [];
    t.mock.getter(globalThis, 'navigator', () => ({
      locks: {
        request(name: string, work: () => unknown) {
          names.push(name);
          locked = locked.then(() => new Promise(setImmediate)).then(work);
          return locked;
        },
      },
    }));
    const server = await startServer((_, response) => {
      writeEvents(response, [start, end]);
      response.end();
    });
    t.after(() => server.close());
    const tabs = written.map((visitorStorage) => createHttpTransport({endpoint: server.url, visitorStorage}));
    await Promise.all(tabs.map((tab) => read(tab.send(request, {signal}))));
    assert.equal(new Set(server.received.map(({headers}) => headers['x-chatlet-visitor'])).size, 1);
    assert.equal(new Set(names).size, 1);
  });

  test('a server that does not know such identities gives the visitor a token', async (t) => {
    const chat = await talkingTo(t, ({headers}, response) => {
      if (String(headers['x-chatlet-visitor']).startsWith('v2.')) return refuse(response, 401);
      response.setHeader('x-chatlet-visitor', 'v1.abc');
      writeEvents(response, [start, end]);
      response.end();
    });
    await read(chat.transport.send(request, {signal}));
    await read(chat.transport.send(request, {signal}));
    assert.deepEqual(
      chat.server.received.slice(1).map(({headers}) => headers['x-chatlet-visitor']),
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

  test('M-123: renewToken lets the next request fetch a new token, and a kept one is not fetched again', async (t) => {
    let fetched = 0;
    const chat = await talkingTo(t, (_, response) => writeJson(response, []), {token: () => `token-${++fetched}`});
    const list = () => chat.transport.history!.list({}, {signal});
    await list();
    await list();
    chat.transport.renewToken!();
    await list();
    assert.deepEqual(
      chat.server.received.map(({headers}) => headers.authorization),
      ['Bearer token-1', 'Bearer token-1', 'Bearer token-2'],
    );
  });

  test('a token that is a string is sent with every request, and not sent twice if it is refused', async (t) => {
    const chat = await talkingTo(t, (_, response) => refuse(response, 401), {token: 'key'});
    await assert.rejects(chat.transport.history!.list({}, {signal}), {code: 'unauthenticated'});
    assert.deepEqual(
      chat.server.received.map(({headers}) => headers.authorization),
      ['Bearer key'],
    );
  });

  test('only a refused token is fetched again: another error is thrown at once', async (t) => {
    let fetched = 0;
    const chat = await talkingTo(t, (_, response) => refuse(response, 403), {token: () => `${++fetched}`});
    await assert.rejects(chat.transport.history!.list({}, {signal}), {code: 'forbidden'});
    assert.deepEqual([fetched, chat.server.received.length], [1, 1]);
  });

  test('an error after the new token is thrown as it is', async (t) => {
    let fetched = 0;
    const chat = await talkingTo(
      t,
      ({headers}, response) => refuse(response, headers.authorization === 'Bearer 1' ? 401 : 404),
      {token: () => `${++fetched}`},
    );
    const thrown: unknown[] = [];
    await chat.transport.history!.list({}, {signal}).then(undefined, (error: unknown) => thrown.push(error));
    // Not a promise of an error, which `assert.rejects` would take for the error itself.
    assert.ok(thrown[0] instanceof ChatError);
    assert.equal(thrown[0].code, 'not-found');
  });

  test('a token function that has none leaves the visitor anonymous', async (t) => {
    const chat = await talkingTo(t, (_, response) => writeJson(response, []), {token: () => undefined});
    chat.visitorStorage.set('visitor', 'v1.abc');
    await chat.transport.history!.list({}, {signal});
    const {authorization, 'x-chatlet-visitor': visitor} = chat.server.received[0]?.headers ?? {};
    assert.deepEqual([authorization, visitor], [undefined, 'v1.abc']);
  });

  test('a signed-in visitor sends no anonymous token, and an anonymous one given to it is not kept', async (t) => {
    for (const options of [{token: 'key'}, {headers: {authorization: 'Bearer key'}}]) {
      const chat = await talkingTo(
        t,
        (_, response) => {
          response.setHeader('x-chatlet-visitor', 'new');
          writeJson(response, []);
        },
        options,
      );
      chat.visitorStorage.set('visitor', 'old');
      await chat.transport.history!.list({}, {signal});
      const {authorization, 'x-chatlet-visitor': visitor} = chat.server.received[0]?.headers ?? {};
      assert.deepEqual([authorization, visitor], ['Bearer key', undefined]);
      assert.equal(chat.visitorStorage.get('visitor'), 'old');
    }
  });

  test('a refused token of a signed-in visitor leaves the anonymous one on the device', async (t) => {
    const chat = await talkingTo(t, (_, response) => refuse(response, 401), {token: () => 'key'});
    chat.visitorStorage.set('visitor', 'old');
    await assert.rejects(chat.transport.history!.list({}, {signal}), {code: 'unauthenticated'});
    assert.equal(chat.visitorStorage.get('visitor'), 'old');
  });

  test('a question may replace the token of a visitor, and reading only gives the first one', async (t) => {
    let given = 'first';
    const chat = await talkingTo(t, ({method}, response) => {
      response.setHeader('x-chatlet-visitor', given);
      if (method === 'GET') return writeJson(response, []);
      writeEvents(response, [start, end]);
      response.end();
    });
    await chat.transport.history!.list({}, {signal});
    assert.equal(chat.visitorStorage.get('visitor'), 'first');
    given = 'second';
    await chat.transport.history!.list({}, {signal});
    assert.equal(chat.visitorStorage.get('visitor'), 'first');
    await read(chat.transport.send(request, {signal}));
    assert.equal(chat.visitorStorage.get('visitor'), 'second');
  });

  test('reading does not wait for the first question of a new visitor', async (t) => {
    const listed = Promise.withResolvers<void>();
    const chat = await talkingTo(t, async ({method}, response) => {
      if (method === 'GET') return writeJson(response, []);
      await listed.promise;
      writeEvents(response, [start, end]);
      response.end();
    });
    const sent = read(chat.transport.send(request, {signal}));
    await chat.transport.history!.list({}, {signal});
    listed.resolve();
    await sent;
  });

  test('the first question of a new visitor does not wait for reading', async (t) => {
    const asked = Promise.withResolvers<void>();
    const chat = await talkingTo(t, async ({method}, response) => {
      if (method === 'GET') {
        await asked.promise;
        return writeJson(response, []);
      }
      asked.resolve();
      writeEvents(response, [start, end]);
      response.end();
    });
    const listed = chat.transport.history!.list({}, {signal});
    await read(chat.transport.send(request, {signal}));
    await listed;
  });

  test('a first question that fails does not hold up the next one', async (t) => {
    let broken = true;
    const chat = await talkingTo(t, (_, response) => {
      if (broken) response.destroy();
      else writeEvents(response, [start, end]);
      response.end();
    });
    await assert.rejects(read(chat.transport.send(request, {signal})), {code: 'network'});
    broken = false;
    assert.equal((await read(chat.transport.send(request, {signal}))).events.length, 2);
  });

  test('questions of a known visitor do not wait for each other', async (t) => {
    const both = Promise.withResolvers<void>();
    let asked = 0;
    const chat = await talkingTo(t, async (_, response) => {
      if (++asked === 2) both.resolve();
      await both.promise;
      writeEvents(response, [start, end]);
      response.end();
    });
    chat.visitorStorage.set('visitor', 'v1.abc');
    await Promise.all([1, 2].map(() => read(chat.transport.send(request, {signal}))));
  });

  test('first questions that are asked at once are of one visitor', async (t) => {
    const chat = await talkingTo(t, (_, response) => {
      writeEvents(response, [start, end]);
      response.end();
    });
    await Promise.all([1, 2, 3].map(() => read(chat.transport.send(request, {signal}))));
    assert.equal(new Set(chat.server.received.map(({headers}) => headers['x-chatlet-visitor'])).size, 1);
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
