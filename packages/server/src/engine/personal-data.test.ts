/** Forgetting by a store that can do no more than delete chats. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {startChat, answered, json, ownProtocol} from '../testing/chat-server.ts';
import {sqliteStore} from '../stores/sqlite/index.ts';
import {forgetIn} from './personal-data.ts';
import {Advice} from './report.ts';
import type {Store} from './store.ts';

suite('a store of one’s own without forgetOwner', () => {
  test('R-13: loses all chats and responses of a caller who leaves, and the operator is told what stays', async () => {
    const apiKeys = ['ada', 'bob'].map((account) => ({key: `key-of-${account}`, plan: 'default', account}));
    const store: Store = {...sqliteStore({path: ':memory:'})};
    delete store.forgetOwner;
    await using chat = await startChat({store, secret: 'a secret of at least 32 characters', apiKeys});
    const [ada, bob] = ['ada', 'bob'].map((account) => ({authorization: `Bearer key-of-${account}`}));
    assert.ok(ada && bob);
    for (const who of [ada, ada, bob]) {
      await answered(await chat.post('/api/chat', {message: {text: 'Hi'}}, {...ownProtocol, ...who}));
    }
    await (await chat.post('/v1/responses', {model: 'default', input: 'Hi'}, ada)).text();
    const leave = async () => json(await fetch(`${chat.url}/api/me`, {method: 'DELETE', headers: ada}));

    assert.deepEqual(await leave(), {success: true, chats: 3});
    assert.deepEqual(await leave(), {success: true, chats: 0});
    const left = await json<{chats: unknown[]; usage: unknown[]}>(await chat.get('/api/me/export', ada));
    assert.deepEqual([left.chats.length, left.usage.length], [0, 3]);
    assert.equal((await json<unknown[]>(await chat.get('/api/chats', bob))).length, 1);
    const [advice, ...more] = chat.reported;
    assert.ok(advice instanceof Advice && /has no forgetOwner/.test(advice.message));
    assert.deepEqual(more, []);
  });

  test('is asked no longer than it deletes something', async () => {
    const stuck = {id: 'chat_1', title: '', model: '', createdAt: '', updatedAt: ''};
    const store = {chats: async () => ({items: [stuck]}), deleteChat: async () => false};
    assert.equal(await forgetIn(store, 'user:ada'), 0);
  });
});
