/**
 * The contract of a store, as tests that every implementation runs. Knows the interface and no database.
 *
 * @example storeContract('sqlite', () => sqliteStore({path: ':memory:'}));
 */
import assert from 'node:assert/strict';
import {suite, test, type TestContext} from 'node:test';
import {type Chat, ChatError, emptyAnswer, type ErrorCode, type Message, type Page, textOf} from '@chatlet/protocol';
import type {Gap, Handover, PageRequest, Piece, Store, TurnStart, UsageRecord} from '../../engine/store.ts';

export function storeContract(storeName: string, makeStore: () => Store | Promise<Store>): void {
  async function open(t: TestContext): Promise<Store> {
    const store = await makeStore();
    t.after(() => store.close());
    return store;
  }

  // Side by side, each with a store of its own: a store that gathers writes needs time but no CPU.
  suite(`${storeName} keeps the contract of a store:`, {concurrency: true}, () => {
    test('a turn stores its chat, its question and its answer', async (t) => {
      const store = await open(t);
      await store.startTurn('ada', turn({chat: chat('chat_1', {title: '  Rivers  '})}));

      assert.deepEqual(await store.chat('ada', 'chat_1'), chat('chat_1', {title: 'Rivers'}));
      assert.deepEqual((await store.messages('ada', 'chat_1', {})).items, [
        question('chat_1-q', 'Hello?'),
        answer('chat_1-a'),
      ]);
    });

    test('a message is changed by one caller at a time, only by its owner, and not at all if the change throws', async (t) => {
      const store = await open(t);
      const {changeMessage: change} = store;
      assert.ok(change);
      await store.startTurn('ada', turn({chat: chat('chat_1')}));
      await store.saveMessage('ada', 'chat_1', done(answer('chat_1-a'), ''));
      const append = (letter: string) =>
        change('ada', 'chat_1', 'chat_1-a', (message) => done(message, textOf(message) + letter));
      const changed = await Promise.all(['a', 'b', 'c'].map(append));
      assert.deepEqual(changed.map(textOf), ['a', 'ab', 'abc']);
      const refuse = () => {
        throw new ChatError('conflict');
      };
      await fails('conflict', change('ada', 'chat_1', 'chat_1-a', refuse));
      await fails('not-found', change('bob', 'chat_1', 'chat_1-a', refuse));
      await fails('not-found', change('ada', 'chat_1', 'nothing', refuse));
      assert.equal(textOf((await store.messages('ada', 'chat_1', {})).items[1] ?? {parts: []}), 'abc');
    });

    test('a chat that goes on keeps its title and beginning, and gets the new model and time', async (t) => {
      const store = await open(t);
      await store.startTurn('ada', turn({chat: chat('chat_1')}));
      await store.renameChat('ada', 'chat_1', 'Mine');
      const again = chat('chat_1', {title: 'Other', model: 'large', createdAt: at(9), updatedAt: at(9)});
      await store.startTurn('ada', turn({chat: again, question: question('q2'), answer: answer('a2')}));

      assert.deepEqual(
        await store.chat('ada', 'chat_1'),
        chat('chat_1', {title: 'Mine', model: 'large', updatedAt: at(9)}),
      );
    });

    test('a chat that goes on is not created again if it was deleted in the meantime', async (t) => {
      const store = await open(t);
      await store.startTurn('ada', turn({chat: chat('chat_1')}));
      const next = turn({chat: chat('chat_1'), continues: true, question: question('q2'), answer: answer('a2')});
      await Promise.all([
        store.deleteChat('ada', 'chat_1'),
        assert.rejects(store.startTurn('ada', next), {code: 'not-found'}),
      ]);
      assert.equal(await store.chat('ada', 'chat_1'), undefined);
    });

    test('a message comes back as it was saved, with every kind of part and every detail', async (t) => {
      const store = await open(t);
      await store.startTurn('ada', turn({chat: chat('chat_1')}));
      const whole: Message = {
        ...answer('chat_1-a'),
        status: 'failed',
        parts: [
          {type: 'reasoning', text: 'Hm.'},
          {type: 'text', text: 'Look: '},
          {
            type: 'tool',
            callId: 'c1',
            name: 'weather',
            input: {city: 'Ulm', days: [1, 2]},
            state: 'done',
            output: null,
          },
          {type: 'tool', callId: 'c2', name: 'weather', input: '{broken', state: 'running'},
          {type: 'source', id: 's1', title: 'Docs', url: 'https://example.org/', quote: '“Yes.”'},
          {type: 'file', url: 'data:image/png;base64,AAAA', mediaType: 'image/png', name: 'a.png'},
        ],
        model: 'large',
        usage: {promptTokens: 3, completionTokens: 4, estimated: true},
        endReason: 'length',
        error: {code: 'rate-limited', message: 'Wait.', retryable: true, retryAfter: 2},
      };
      await store.saveMessage('ada', 'chat_1', whole);

      assert.deepEqual(await lastMessage(store, 'ada', 'chat_1'), whole);
    });

    test('a save replaces the message and moves nothing', async (t) => {
      const store = await open(t);
      await store.startTurn('ada', turn({chat: chat('chat_1')}));
      await store.saveMessage('ada', 'chat_1', said(answer('chat_1-a'), 'One'));
      await store.saveMessage('ada', 'chat_1', said(answer('chat_1-a'), 'One two'));
      await store.saveMessage('ada', 'chat_1', done(answer('chat_1-a'), 'One two three.'));

      const {items} = await store.messages('ada', 'chat_1', {});
      assert.deepEqual(items, [question('chat_1-q', 'Hello?'), done(answer('chat_1-a'), 'One two three.')]);
      assert.equal((await store.chat('ada', 'chat_1'))?.updatedAt, at(0));
    });

    test('saves that are not awaited keep their order', async (t) => {
      const store = await open(t);
      await store.startTurn('ada', turn({chat: chat('chat_1')}));
      const saves = [];
      for (let i = 0; i < 20; i++) {
        saves.push(store.saveMessage('ada', 'chat_1', said(answer('chat_1-a'), `Draft ${i}`)));
      }
      saves.push(store.saveMessage('ada', 'chat_1', done(answer('chat_1-a'), 'Final.')));
      await Promise.all(saves);

      assert.deepEqual(await lastMessage(store, 'ada', 'chat_1'), done(answer('chat_1-a'), 'Final.'));
    });

    test('a failed save does not undo other saves', async (t) => {
      const store = await open(t);
      await store.startTurn('ada', turn({chat: chat('chat_1')}));
      const results = await Promise.allSettled([
        store.saveMessage('ada', 'chat_0', done(answer('chat_1-a'), 'Lost.')),
        store.saveMessage('ada', 'chat_1', done(answer('chat_1-a'), 'Kept.')),
        store.startTurn('ada', turn({chat: chat('chat_2'), replaceFrom: 'nothing'})),
        store.startTurn('ada', turn({chat: chat('chat_3')})),
      ]);

      assert.deepEqual(
        results.map(({status}) => status),
        ['rejected', 'fulfilled', 'rejected', 'fulfilled'],
      );
      assert.equal(textOf(await lastMessage(store, 'ada', 'chat_1')), 'Kept.');
      assert.deepEqual(ids(await store.chats('ada', {})), ['chat_3', 'chat_1']);
    });

    test('saving a message that is gone is refused', async (t) => {
      const store = await open(t);
      await store.startTurn('ada', turn({chat: chat('chat_1')}));
      await fails('not-found', store.saveMessage('ada', 'chat_1', answer('other')));
      await store.deleteChat('ada', 'chat_1');
      await fails('not-found', store.saveMessage('ada', 'chat_1', answer('chat_1-a')));
    });

    suite('forgetting an owner', () => {
      test('R-13: deletes all chats, also those with running answers, and leaves those of other owners', async (t) => {
        const store = await open(t);
        if (!store.forgetOwner) return;
        for (let count = 0; count < 60; count++) await store.startTurn('user:ada', turn({chat: chat(`chat_${count}`)}));
        await store.startTurn('user:ad', turn({chat: chat('chat_ad')}));
        await store.startTurn('user:adaa', turn({chat: chat('chat_adaa')}));

        assert.equal(await store.forgetOwner('user:ada'), 60);
        assert.deepEqual(ids(await store.chats('user:ada', {})), []);
        await fails('not-found', store.messages('user:ada', 'chat_1', {}));
        await fails('not-found', store.saveMessage('user:ada', 'chat_1', answer('chat_1-a')));
        assert.deepEqual(ids(await store.chats('user:ad', {})), ['chat_ad']);
        assert.deepEqual(ids(await store.chats('user:adaa', {})), ['chat_adaa']);
        assert.equal((await store.messages('user:ad', 'chat_ad', {})).items.length, 2);
        assert.equal(await store.forgetOwner('user:ada'), 0);
        assert.equal(await store.forgetOwner('user:unknown'), 0);
      });

      test('R-13: makes usage anonymous, so that it still counts in the sum of all', async (t) => {
        const store = await open(t);
        if (!store.forgetOwner) return;
        const records = Array.from({length: 120}, (_, count) => store.addUsage('visitor:ada', usage(`ada-${count}`)));
        await Promise.all([...records, store.addUsage('visitor:bob', usage('bob'))]);
        const before = await store.usageSince?.(at(0), 'visitor:');
        await store.forgetOwner('visitor:ada');
        assert.deepEqual((await store.usage('visitor:ada', {})).items, []);
        assert.deepEqual(await store.usageSums('visitor:ada', {by: ['day']}), []);
        assert.equal((await store.usage('visitor:bob', {})).items.length, 1);
        const day = at(0).slice(0, 10);
        assert.deepEqual(await store.usageSince?.(`${day}T00:00:00.000Z`, 'visitor:'), before);
      });

      test('lets the chat’s id be used again at once', async (t) => {
        const store = await open(t);
        await store.startTurn('user:ada', turn({chat: chat('chat_1')}));
        await store.deleteChat('user:ada', 'chat_1');
        await store.startTurn('user:ada', turn({chat: chat('chat_1', {title: 'Again'})}));
        assert.equal((await store.chat('user:ada', 'chat_1'))?.title, 'Again');
        assert.equal((await store.messages('user:ada', 'chat_1', {})).items.length, 2);
      });
    });

    test('R-7: knows how much an owner has, whatever is written, replaced and deleted', async (t) => {
      const store = await open(t);
      const {kept} = store;
      if (!kept) return;
      const bytesOf = async () => (await kept('ada')).bytes;
      assert.deepEqual(await kept('ada'), {chats: 0, bytes: 0});
      await store.startTurn('bob', turn({chat: chat('chat_bob')}));
      await store.startTurn('ada', turn({chat: chat('chat_1')}));
      const begun = await bytesOf();
      assert.ok(begun > 0);
      const long: Message = {
        ...answer('chat_1-a'),
        status: 'done',
        parts: [{type: 'text', text: 'word '.repeat(2000)}],
      };
      await store.saveMessage('ada', 'chat_1', long);
      const answered = await bytesOf();
      assert.ok(answered - begun > 10_000);
      await store.startTurn('ada', turn({chat: chat('chat_2')}));
      assert.equal((await kept('ada')).chats, 2);
      const again = turn({
        chat: chat('chat_1'),
        question: question('q2'),
        answer: answer('a2'),
        replaceFrom: 'chat_1-a',
      });
      await store.startTurn('ada', again);
      assert.ok((await bytesOf()) < answered);
      await store.deleteChat('ada', 'chat_1');
      await store.deleteChat('ada', 'chat_2');
      assert.deepEqual(await kept('ada'), {chats: 0, bytes: 0});
    });

    test('R-7: deletes chats that are too old, by kind of owner, and temporary chats', async (t) => {
      const store = await open(t);
      if (!store.deleteExpired) return;
      const begin = (owner: string, id: string, more: Partial<TurnStart> = {}, time = at(1)) =>
        store.startTurn(owner, {...turn({chat: chat(id, {createdAt: at(1), updatedAt: time})}), ...more});
      await begin('visitor:ada', 'chat_old');
      await begin('visitor:ada', 'chat_used', {}, at(30));
      await begin('user:ada', 'chat_user');
      await begin('key:ada', 'chat_key');
      await begin('visitor:ada', 'resp_old');
      await begin('user:ada', 'chat_temporary', {temporary: true});
      await begin('user:ada', 'chat_shown', {temporary: true}, at(30));
      const all = async () =>
        (await Promise.all(['visitor:ada', 'user:ada', 'key:ada'].map(async (who) => ids(await store.chats(who, {})))))
          .flat()
          .toSorted();

      assert.equal(await store.deleteExpired({temporaryBefore: at(1), ages: []}), 0);
      assert.equal(await store.deleteExpired({temporaryBefore: at(20), ages: []}), 1);
      assert.deepEqual(await all(), ['chat_key', 'chat_old', 'chat_shown', 'chat_used', 'chat_user']);
      const visitors = {ownersBeginWith: 'visitor:', before: at(20)};
      assert.equal(await store.deleteExpired({temporaryBefore: at(1), ages: [visitors]}), 2);
      assert.deepEqual(await all(), ['chat_key', 'chat_shown', 'chat_used', 'chat_user']);
      assert.deepEqual(ids(await store.chats('visitor:ada', {kind: 'responses'})), []);
      await fails('not-found', store.messages('visitor:ada', 'chat_old', {}));
    });

    test('R-7: makes usage anonymous that is older than the chats of its owner may be', async (t) => {
      const store = await open(t);
      if (!store.deleteExpired) return;
      const day = `${at(0).slice(0, 10)}T00:00:00.000Z`;
      // More than one step takes, and owners whose names begin alike.
      const old = Array.from({length: 120}, (_, count) => ['visitor:ada', `ada-${count}`, at(1)] as const);
      const others = [
        ['visitor:ad', 'ad-old', at(19)],
        ['visitor:ada', 'ada-new', at(20)],
        ['user:ada', 'user-old', at(1)],
        ['key:ada', 'key-old', at(1)],
      ] as const;
      const records = [...old, ...others];
      await Promise.all(records.map(([owner, id, createdAt]) => store.addUsage(owner, usage(id, {createdAt}))));
      const sumOf = (kind: string) => store.usageSince?.(day, kind);
      const before = await sumOf('visitor:');
      const names = async (owner: string) => (await store.usage(owner, {})).items.map(({messageId}) => messageId);

      for (const sweep of ['first', 'second']) {
        await store.deleteExpired({temporaryBefore: at(0), ages: [{ownersBeginWith: 'visitor:', before: at(20)}]});
        assert.deepEqual(
          await Promise.all(['visitor:ad', 'visitor:ada', 'user:ada', 'key:ada'].map(names)),
          [[], ['ada-new'], ['user-old'], ['key-old']],
          `after the ${sweep} sweep`,
        );
        assert.deepEqual(await sumOf('visitor:'), before);
      }
    });

    test('R-16: a search whose caller has gone ends', async (t) => {
      const store = await open(t);
      const text = 'words '.repeat(20_000);
      for (let count = 0; count < 40; count++) {
        const long: Message = {...question(`q${count}`), parts: [{type: 'text', text}]};
        await store.startTurn('ada', {...turn({chat: chat(`chat_${count}`)}), question: long});
      }
      const gone = new AbortController();
      const searching = store.chats('ada', {search: 'nowhere'}, {signal: gone.signal});
      gone.abort(new Error('gone'));
      await assert.rejects(searching, /gone/);
      assert.deepEqual((await store.chats('ada', {search: 'nowhere'})).items, []);
    });

    suite('another owner', () => {
      async function twoOwners(t: TestContext): Promise<Store> {
        const store = await open(t);
        await store.startTurn('ada', turn({chat: chat('chat_ada', {title: 'Secret'})}));
        await store.startTurn('bob', turn({chat: chat('chat_bob')}));
        await store.addUsage('ada', usage('chat_ada-a'));
        return store;
      }

      async function untouched(store: Store): Promise<void> {
        assert.deepEqual(await store.chat('ada', 'chat_ada'), chat('chat_ada', {title: 'Secret'}));
        const {items} = await store.messages('ada', 'chat_ada', {});
        assert.deepEqual(items, [question('chat_ada-q', 'Hello?'), answer('chat_ada-a')]);
      }

      test('does not see the chat', async (t) => {
        const store = await twoOwners(t);
        assert.equal(await store.chat('bob', 'chat_ada'), undefined);
        assert.deepEqual(ids(await store.chats('bob', {})), ['chat_bob']);
      });

      test('does not find the chat by a search', async (t) => {
        const store = await twoOwners(t);
        assert.deepEqual(ids(await store.chats('bob', {search: 'secret'})), []);
      });

      test('does not read its messages', async (t) => {
        const store = await twoOwners(t);
        await fails('not-found', store.messages('bob', 'chat_ada', {}));
      });

      test('cannot start a turn in the chat, with or without replacing messages', async (t) => {
        const store = await twoOwners(t);
        const theirs = chat('chat_ada', {model: 'evil', updatedAt: at(50)});
        await fails(
          'not-found',
          store.startTurn('bob', turn({chat: theirs, question: question('x'), answer: answer('y')})),
        );
        await fails('not-found', store.startTurn('bob', turn({chat: theirs, replaceFrom: 'chat_ada-q'})));
        await untouched(store);
        assert.deepEqual(ids(await store.chats('bob', {})), ['chat_bob']);
      });

      test('cannot replace messages of the chat through a chat of their own', async (t) => {
        const store = await twoOwners(t);
        await fails('not-found', store.startTurn('bob', turn({chat: chat('chat_bob'), replaceFrom: 'chat_ada-q'})));
        await untouched(store);
        assert.equal((await store.messages('bob', 'chat_bob', {})).items.length, 2);
      });

      test('cannot save a message of the chat', async (t) => {
        const store = await twoOwners(t);
        await fails('not-found', store.saveMessage('bob', 'chat_ada', done(answer('chat_ada-a'), 'Ha.')));
        await fails('not-found', store.saveMessage('bob', 'chat_bob', done(answer('chat_ada-a'), 'Ha.')));
        await untouched(store);
      });

      test('cannot rename or delete the chat', async (t) => {
        const store = await twoOwners(t);
        assert.equal(await store.renameChat('bob', 'chat_ada', 'Mine now'), false);
        assert.equal(await store.deleteChat('bob', 'chat_ada'), false);
        await untouched(store);
      });

      test('does not see its usage', async (t) => {
        const store = await twoOwners(t);
        assert.deepEqual((await store.usage('bob', {})).items, []);
        assert.equal((await store.usage('ada', {})).items.length, 1);
      });

      test('may use the same message ids', async (t) => {
        const store = await twoOwners(t);
        const same = {question: question('chat_ada-q', 'Mine.'), answer: answer('chat_ada-a')};
        await store.startTurn('bob', turn({chat: chat('chat_bob2'), ...same}));
        await store.saveMessage('bob', 'chat_bob2', done(same.answer, 'Yours.'));
        await untouched(store);
      });

      test('gets no message by a cursor of the owner', async (t) => {
        const store = await twoOwners(t);
        await store.startTurn('ada', turn({chat: chat('chat_ada2', {updatedAt: at(5)})}));
        const {next} = await store.chats('ada', {limit: 1});
        assert.ok(next);
        assert.deepEqual(ids(await store.chats('bob', {cursor: next})), ['chat_bob']);
      });

      test('is another one even if the names are similar', async (t) => {
        const store = await twoOwners(t);
        for (const owner of ['Ada', 'ada ', ' ada', 'ad', 'adaa', '%', '_da', '*', '', '__proto__', 'a\u0301da']) {
          assert.equal(await store.chat(owner, 'chat_ada'), undefined, `owner ${JSON.stringify(owner)}`);
          assert.deepEqual(ids(await store.chats(owner, {})), []);
        }
      });

      test('must be well-formed text, so that no two owners can be confused', async (t) => {
        const store = await twoOwners(t);
        for (const owner of ['\ud800', 'ada\0']) {
          await fails('invalid-request', store.startTurn(owner, turn({chat: chat('chat_x')})));
          await fails('invalid-request', store.chats(owner, {}));
          await fails('invalid-request', store.chat(owner, 'chat_ada'));
          await fails('invalid-request', store.messages(owner, 'chat_ada', {}));
          await fails('invalid-request', store.deleteChat(owner, 'chat_ada'));
          await fails('invalid-request', store.usage(owner, {}));
        }
      });
    });

    suite('chats in pages', () => {
      test('come newest first, each once, and come to an end', async (t) => {
        const store = await open(t);
        for (let i = 0; i < 7; i++) await store.startTurn('ada', turn({chat: chat(`chat_${i}`, {updatedAt: at(i)})}));

        const pages = await allPages((page) => store.chats('ada', page), 3);
        assert.deepEqual(pages.map(ids), [['chat_6', 'chat_5', 'chat_4'], ['chat_3', 'chat_2', 'chat_1'], ['chat_0']]);
      });

      test('have no further page if the last one is exactly full', async (t) => {
        const store = await open(t);
        for (let i = 0; i < 4; i++) await store.startTurn('ada', turn({chat: chat(`chat_${i}`, {updatedAt: at(i)})}));

        const pages = await allPages((page) => store.chats('ada', page), 2);
        assert.deepEqual(pages.map(ids), [
          ['chat_3', 'chat_2'],
          ['chat_1', 'chat_0'],
        ]);
      });

      test('of the same millisecond come each once', async (t) => {
        const store = await open(t);
        const all = Array.from({length: 10}, (_, i) => `chat_${i}`);
        for (const id of all) await store.startTurn('ada', turn({chat: chat(id)}));

        const pages = await allPages((page) => store.chats('ada', page), 3);
        assert.deepEqual(pages.flatMap(ids).sort(), all);
      });

      test('do not shift for a reader while others are written', async (t) => {
        const store = await open(t);
        for (let i = 0; i < 6; i++) await store.startTurn('ada', turn({chat: chat(`chat_${i}`, {updatedAt: at(i)})}));
        const seen: string[] = [];
        let cursor: string | undefined;
        let written = 0;
        do {
          const page = await store.chats('ada', {limit: 2, ...(cursor === undefined ? {} : {cursor})});
          seen.push(...ids(page));
          cursor = page.next;
          const newer = chat(`chat_new${written}`, {updatedAt: at(100 + written)});
          await store.startTurn('ada', turn({chat: newer}));
          written++;
        } while (cursor !== undefined);

        assert.deepEqual(seen, ['chat_5', 'chat_4', 'chat_3', 'chat_2', 'chat_1', 'chat_0']);
      });

      test('go on after the last chat of a page was deleted', async (t) => {
        const store = await open(t);
        for (let i = 0; i < 4; i++) await store.startTurn('ada', turn({chat: chat(`chat_${i}`, {updatedAt: at(i)})}));
        const first = await store.chats('ada', {limit: 2});
        await store.deleteChat('ada', 'chat_2');
        assert.ok(first.next);
        assert.deepEqual(ids(await store.chats('ada', {limit: 2, cursor: first.next})), ['chat_1', 'chat_0']);
      });

      test('have 50 chats by default', async (t) => {
        const store = await open(t);
        await Promise.all(Array.from({length: 51}, (_, i) => store.startTurn('ada', turn({chat: chat(`chat_${i}`)}))));
        assert.equal((await store.chats('ada', {})).items.length, 50);
        assert.equal((await store.chats('ada', {limit: 200})).items.length, 51);
      });
    });

    suite('messages in pages', () => {
      test('begin at the end of the chat and lead back', async (t) => {
        const store = await open(t);
        for (let i = 0; i < 3; i++) {
          const {question: q, answer: a} = {question: question(`q${i}`), answer: answer(`a${i}`)};
          await store.startTurn('ada', turn({chat: chat('chat_1'), question: q, answer: a}));
        }
        const pages = await allPages((page) => store.messages('ada', 'chat_1', page), 4);
        assert.deepEqual(pages.map(ids), [
          ['q1', 'a1', 'q2', 'a2'],
          ['q0', 'a0'],
        ]);
      });

      test('keep the order of writing, even if clock and ids say otherwise', async (t) => {
        const store = await open(t);
        const names = ['z', 'a', 'm', 'b', 'y'];
        for (const name of names) {
          const times = {createdAt: at(name === 'm' ? -100 : 0)};
          const asked = {...question(`q-${name}`), ...times};
          await store.startTurn(
            'ada',
            turn({chat: chat('chat_1'), question: asked, answer: {...answer(`a-${name}`), ...times}}),
          );
        }
        const pages = await allPages((page) => store.messages('ada', 'chat_1', page), 3);
        const inOrder = pages.toReversed().flatMap(ids);
        assert.deepEqual(
          inOrder,
          names.flatMap((name) => [`q-${name}`, `a-${name}`]),
        );
      });

      test('do not shift for a reader while the chat goes on', async (t) => {
        const store = await open(t);
        await store.startTurn('ada', turn({chat: chat('chat_1'), question: question('q0'), answer: answer('a0')}));
        await store.startTurn('ada', turn({chat: chat('chat_1'), question: question('q1'), answer: answer('a1')}));
        const newest = await store.messages('ada', 'chat_1', {limit: 2});
        await store.startTurn('ada', turn({chat: chat('chat_1'), question: question('q2'), answer: answer('a2')}));
        await store.startTurn('ada', turn({chat: chat('chat_2')}));
        assert.ok(newest.next);
        assert.deepEqual(ids(await store.messages('ada', 'chat_1', {limit: 2, cursor: newest.next})), ['q0', 'a0']);
      });

      test('of an unknown chat are not found', async (t) => {
        const store = await open(t);
        await fails('not-found', store.messages('ada', 'chat_1', {}));
      });
    });

    suite('a page is refused', () => {
      const limits = [0, -1, 201, 1.5, Number.NaN, Number.POSITIVE_INFINITY];
      for (const limit of limits) {
        test(`with the limit ${limit}`, async (t) => {
          const store = await open(t);
          await store.startTurn('ada', turn({chat: chat('chat_1')}));
          await fails('invalid-request', store.chats('ada', {limit}));
          await fails('invalid-request', store.messages('ada', 'chat_1', {limit}));
          await fails('invalid-request', store.usage('ada', {limit}));
        });
      }

      const cursors = ['', 'x', '1', 'null', 'W10', '%%%', '__proto__', 'a'.repeat(10_000), 'WyJjaGF0cyJd\n', '\0'];
      for (const cursor of cursors) {
        test(`with the cursor ${JSON.stringify(cursor.slice(0, 20))}`, async (t) => {
          const store = await open(t);
          await store.startTurn('ada', turn({chat: chat('chat_1')}));
          await fails('invalid-request', store.chats('ada', {cursor}));
          await fails('invalid-request', store.messages('ada', 'chat_1', {cursor}));
          await fails('invalid-request', store.usage('ada', {cursor}));
        });
      }

      test('with the cursor of another list', async (t) => {
        const store = await open(t);
        await store.startTurn('ada', turn({chat: chat('chat_1')}));
        await store.startTurn('ada', turn({chat: chat('chat_2')}));
        await store.addUsage('ada', usage('a'));
        await store.addUsage('ada', usage('b'));
        const ofChats = (await store.chats('ada', {limit: 1})).next;
        const ofMessages = (await store.messages('ada', 'chat_1', {limit: 1})).next;
        const ofUsage = (await store.usage('ada', {limit: 1})).next;
        assert.ok(ofChats && ofMessages && ofUsage);
        await fails('invalid-request', store.chats('ada', {cursor: ofMessages}));
        await fails('invalid-request', store.messages('ada', 'chat_1', {cursor: ofUsage}));
        await fails('invalid-request', store.usage('ada', {cursor: ofChats}));
      });
    });

    suite('replacing', () => {
      async function threeTurns(t: TestContext): Promise<Store> {
        const store = await open(t);
        for (let i = 0; i < 3; i++) {
          const chatOne = chat('chat_1', {updatedAt: at(i)});
          await store.startTurn('ada', turn({chat: chatOne, question: question(`q${i}`), answer: answer(`a${i}`)}));
        }
        await store.startTurn('ada', turn({chat: chat('chat_2')}));
        return store;
      }

      test('an answer writes another one to the same question', async (t) => {
        const store = await threeTurns(t);
        await store.startTurn('ada', {chat: chat('chat_1'), answer: answer('a2b'), replaceFrom: 'a2'});
        assert.deepEqual(ids(await store.messages('ada', 'chat_1', {})), ['q0', 'a0', 'q1', 'a1', 'q2', 'a2b']);
      });

      test('a question removes all messages after it, in this chat only', async (t) => {
        const store = await threeTurns(t);
        const edited = {question: question('q1b'), answer: answer('a1b')};
        await store.startTurn('ada', turn({chat: chat('chat_1'), ...edited, replaceFrom: 'q1'}));
        assert.deepEqual(ids(await store.messages('ada', 'chat_1', {})), ['q0', 'a0', 'q1b', 'a1b']);
        assert.deepEqual(ids(await store.messages('ada', 'chat_2', {})), ['chat_2-q', 'chat_2-a']);
      });

      test('may use the id that it replaces', async (t) => {
        const store = await threeTurns(t);
        const edited = {question: question('q2', 'Better.'), answer: answer('a2')};
        await store.startTurn('ada', turn({chat: chat('chat_1'), ...edited, replaceFrom: 'q2'}));
        const {items} = await store.messages('ada', 'chat_1', {limit: 2});
        assert.deepEqual(items, [question('q2', 'Better.'), answer('a2')]);
      });

      test('an unknown message changes nothing', async (t) => {
        const store = await threeTurns(t);
        const before = await store.chat('ada', 'chat_1');
        for (const replaceFrom of ['nothing', 'chat_2-q', '', '__proto__']) {
          const edited = {question: question('q9'), answer: answer('a9')};
          const later = chat('chat_1', {updatedAt: at(99), model: 'other'});
          await fails('not-found', store.startTurn('ada', turn({chat: later, ...edited, replaceFrom})));
        }
        assert.deepEqual(await store.chat('ada', 'chat_1'), before);
        assert.equal((await store.messages('ada', 'chat_1', {})).items.length, 6);
      });

      test('in an unknown chat does not create the chat', async (t) => {
        const store = await open(t);
        await fails('not-found', store.startTurn('ada', turn({chat: chat('chat_1'), replaceFrom: 'q'})));
        assert.equal(await store.chat('ada', 'chat_1'), undefined);
      });
    });

    test('a message id is in a chat only once, and a second turn with it is refused whole', async (t) => {
      const store = await open(t);
      await store.startTurn('ada', turn({chat: chat('chat_1')}));
      const twice = {question: question('new'), answer: answer('chat_1-a')};
      await fails('conflict', store.startTurn('ada', turn({chat: chat('chat_1', {updatedAt: at(9)}), ...twice})));
      assert.deepEqual(ids(await store.messages('ada', 'chat_1', {})), ['chat_1-q', 'chat_1-a']);
      assert.equal((await store.chat('ada', 'chat_1'))?.updatedAt, at(0));
    });

    test('renaming trims, keeps the place in the list, and needs a character', async (t) => {
      const store = await open(t);
      await store.startTurn('ada', turn({chat: chat('chat_1', {updatedAt: at(1)})}));
      await store.startTurn('ada', turn({chat: chat('chat_2', {updatedAt: at(2)})}));
      assert.equal(await store.renameChat('ada', 'chat_1', '\n Fish & “chips” \t'), true);
      assert.equal((await store.chat('ada', 'chat_1'))?.title, 'Fish & “chips”');
      assert.deepEqual(ids(await store.chats('ada', {})), ['chat_2', 'chat_1']);
      await fails('invalid-request', store.renameChat('ada', 'chat_1', ' \u00a0\n'));
      assert.equal(await store.renameChat('ada', 'chat_9', 'None'), false);
    });

    test('deleting a chat removes its messages and keeps its usage', async (t) => {
      const store = await open(t);
      await store.startTurn('ada', turn({chat: chat('chat_1')}));
      await store.startTurn('ada', turn({chat: chat('chat_2')}));
      await store.addUsage('ada', usage('chat_1-a', {chatId: 'chat_1'}));

      assert.equal(await store.deleteChat('ada', 'chat_1'), true);
      assert.equal(await store.deleteChat('ada', 'chat_1'), false);
      assert.deepEqual(ids(await store.chats('ada', {})), ['chat_2']);
      await fails('not-found', store.messages('ada', 'chat_1', {}));
      assert.equal((await store.messages('ada', 'chat_2', {})).items.length, 2);
      assert.equal((await store.usage('ada', {})).items.length, 1);

      // The id can be used again, and nothing of the old chat comes back with it.
      await store.startTurn('ada', turn({chat: chat('chat_1'), question: question('q'), answer: answer('a')}));
      assert.deepEqual(ids(await store.messages('ada', 'chat_1', {})), ['q', 'a']);
    });

    suite('an answer that is being written', () => {
      const piece = (first: number, ...deltas: readonly string[]): Piece => ({
        first,
        events: deltas.map((delta) => ({type: 'text-delta', delta})),
      });
      const append = (store: Store, given: Piece | undefined, owner = 'ada') =>
        store.appendEvents(owner, 'chat_1', {messageId: 'chat_1-a', take: () => given});

      async function openWithAnswer(t: TestContext): Promise<Store> {
        const store = await open(t);
        await store.startTurn('ada', turn({chat: chat('chat_1')}));
        return store;
      }

      test('R-10: grows by pieces, of any kind of event', async (t) => {
        const store = await openWithAnswer(t);
        await append(store, {first: 0, events: [{type: 'reasoning-delta', delta: 'Hm. '}]});
        await append(store, {
          first: 1,
          events: [
            {type: 'reasoning-delta', delta: 'Yes.'},
            {type: 'tool-call', callId: 'c', name: 'add', input: {a: 1}},
            {type: 'tool-result', callId: 'c', output: '2'},
          ],
        });
        await append(store, piece(4, 'One ', 'two'));
        await append(store, piece(6, ' three'));

        assert.deepEqual((await lastMessage(store, 'ada', 'chat_1')).parts, [
          {type: 'reasoning', text: 'Hm. Yes.'},
          {type: 'tool', callId: 'c', name: 'add', input: {a: 1}, state: 'done', output: '2'},
          {type: 'text', text: 'One two three'},
        ]);
        assert.equal((await lastMessage(store, 'ada', 'chat_1')).status, 'answering');
      });

      test('R-10: has a piece once that is written a second time, with what it has grown by', async (t) => {
        const store = await openWithAnswer(t);
        await append(store, piece(0, 'One '));
        await append(store, piece(1, 'two '));
        await append(store, piece(1, 'two ', 'three'));
        assert.equal(textOf(await lastMessage(store, 'ada', 'chat_1')), 'One two three');
      });

      test('R-10: is asked for its piece when that is written, and may have none by then', async (t) => {
        const store = await openWithAnswer(t);
        const words: string[] = ['One '];
        const writing = store.appendEvents('ada', 'chat_1', {
          messageId: 'chat_1-a',
          take: () => piece(0, ...words),
        });
        words.push('two');
        await writing;
        assert.equal(textOf(await lastMessage(store, 'ada', 'chat_1')), 'One two');
        await append(store, undefined);
        assert.equal(textOf(await lastMessage(store, 'ada', 'chat_1')), 'One two');
      });

      test('R-10: is as it was saved at its end, and nothing is left of its pieces', async (t) => {
        const store = await openWithAnswer(t);
        await append(store, piece(0, 'One '));
        await store.saveMessage('ada', 'chat_1', done(answer('chat_1-a'), 'All of it.'));
        assert.deepEqual(await lastMessage(store, 'ada', 'chat_1'), done(answer('chat_1-a'), 'All of it.'));
        // The same state again, as an answer that grows: old pieces would come back.
        await store.saveMessage('ada', 'chat_1', answer('chat_1-a'));
        assert.equal(textOf(await lastMessage(store, 'ada', 'chat_1')), '');
      });

      test('R-10: keeps its pieces over a crash, and can be found by their words', async (t) => {
        const store = await openWithAnswer(t);
        await append(store, piece(0, 'Rivers '));
        await append(store, piece(1, 'and lakes'));
        assert.equal(await store.interruptAnswers(), 1);
        const {status, parts} = await lastMessage(store, 'ada', 'chat_1');
        assert.deepEqual([status, parts], ['interrupted', [{type: 'text', text: 'Rivers and lakes'}]]);
        assert.deepEqual(ids(await store.chats('ada', {search: 'lakes'})), ['chat_1']);
      });

      test('R-10: takes no piece from another owner, nor after it was replaced or deleted', async (t) => {
        const store = await openWithAnswer(t);
        await fails('not-found', append(store, piece(0, 'Mine'), 'bob'));
        await append(store, piece(0, 'Old'));
        const again = turn({
          chat: chat('chat_1'),
          replaceFrom: 'chat_1-q',
          question: question('q2'),
          answer: answer('a2'),
        });
        await store.startTurn('ada', again);
        await fails('not-found', append(store, piece(1, ' words')));
        assert.equal(textOf(await lastMessage(store, 'ada', 'chat_1')), '');
        await store.deleteChat('ada', 'chat_1');
        await fails('not-found', append(store, piece(1, ' words')));
      });
    });

    test('starting after a crash marks unfinished answers of all owners as interrupted, once', async (t) => {
      const store = await open(t);
      await store.startTurn('ada', turn({chat: chat('chat_1')}));
      await store.saveMessage('ada', 'chat_1', said(answer('chat_1-a'), 'Half a'));
      await store.startTurn('bob', turn({chat: chat('chat_2')}));
      await store.startTurn('bob', turn({chat: chat('chat_3')}));
      await store.saveMessage('bob', 'chat_3', done(answer('chat_3-a'), 'Whole.'));

      assert.equal(await store.interruptAnswers(), 2);
      assert.equal(await store.interruptAnswers(), 0);
      const half: Message = {...said(answer('chat_1-a'), 'Half a'), status: 'interrupted'};
      assert.deepEqual(await lastMessage(store, 'ada', 'chat_1'), half);
      assert.equal((await lastMessage(store, 'bob', 'chat_2')).status, 'interrupted');
      assert.deepEqual(await lastMessage(store, 'bob', 'chat_3'), done(answer('chat_3-a'), 'Whole.'));
      assert.deepEqual(ids(await store.chats('ada', {search: 'half'})), ['chat_1']);
    });

    test('starting after a crash fails the calls that were running, in words that leave open whether they were done', async (t) => {
      const store = await open(t);
      await store.startTurn('ada', turn({chat: chat('chat_1')}));
      const call = {type: 'tool', callId: 'c1', name: 'send', input: {}} as const;
      const wait = {ask: 'approval', definition: 'd', expiresAt: '2030-01-01T00:00:00.000Z'} as const;
      const sent = {...call, callId: 'c2', state: 'done', output: 'Sent.'} as const;
      const waiting = {...call, callId: 'c3', state: 'waiting', wait} as const;
      const parts = [{...call, state: 'running'} as const, sent, waiting];
      await store.saveMessage('ada', 'chat_1', {...answer('chat_1-a'), parts});
      assert.equal(await store.interruptAnswers(), 1);
      const {parts: kept} = await lastMessage(store, 'ada', 'chat_1');
      const output = 'The server went away meanwhile. Whether it was done is not known.';
      assert.deepEqual(kept, [{...call, state: 'failed', output}, sent, waiting]);
    });

    suite('usage', () => {
      test('comes back as it was added, newest first, in pages', async (t) => {
        const store = await open(t);
        const records: UsageRecord[] = [
          usage('m0', {chatId: 'chat_1', cost: 0.000_25}),
          usage('m1', {estimated: true}),
          usage('m2', {cost: 0, promptTokens: 0, completionTokens: 0}),
          usage('m3', {cachedTokens: 2, cacheWriteTokens: 1, reasoningTokens: 3}),
        ];
        for (const record of records) await store.addUsage('ada', record);
        const pages = await allPages((page) => store.usage('ada', page), 2);
        assert.deepEqual(
          pages.flatMap(({items}) => items),
          records.toReversed(),
        );
      });

      test('can be limited to a range of time, in pages too', async (t) => {
        const store = await open(t);
        const records = [0, 10, 20, 30].map((second) => usage(`m${second}`, {createdAt: at(second)}));
        for (const record of records) await store.addUsage('ada', record);
        const time = {from: at(10), to: at(30)};
        const pages = await allPages((page) => store.usage('ada', {...page, ...time}), 1);
        assert.deepEqual(
          pages.flatMap(({items}) => items),
          records.slice(1, 3).toReversed(),
        );
      });

      test('is summed over all owners with the same beginning, since a moment', async (t) => {
        const store = await open(t);
        if (!store.usageSince) return;
        await Promise.all([
          store.addUsage('visitor:1', usage('m0', {cost: 0.5})),
          store.addUsage('visitor:2', usage('m1', {cost: 0.25, createdAt: at(30)})),
          store.addUsage('visit%', usage('m2', {createdAt: at(30)})),
        ]);
        assert.deepEqual(await store.usageSince(at(0), ''), {tokens: 90, cost: 0.75});
        assert.deepEqual(await store.usageSince(at(0), 'visitor:'), {tokens: 60, cost: 0.75});
        assert.deepEqual(await store.usageSince(at(30), 'visitor:'), {tokens: 30, cost: 0.25});
        assert.deepEqual(await store.usageSince(at(31), 'visit%'), {tokens: 0, cost: 0});
      });

      test('R-11: is summed for each owner with the same beginning, since a moment, the most tokens first', async (t) => {
        const store = await open(t);
        if (!store.usageOfOwnersSince) return;
        await Promise.all([
          store.addUsage('visitor:1', usage('m0', {cost: 0.5, createdAt: at(30)})),
          store.addUsage('visitor:2', usage('m1', {cost: 0.25, createdAt: at(30)})),
          store.addUsage('visitor:2', usage('m2', {createdAt: at(40)})),
          store.addUsage('visitor:3', usage('m3')),
          store.addUsage('visit%', usage('m4', {createdAt: at(30)})),
        ]);
        const sums = (limit: number) => store.usageOfOwnersSince?.(at(10), {beginWith: 'visitor:', limit});
        const two = {owner: 'visitor:2', tokens: 60, cost: 0.25};
        assert.deepEqual(await sums(10), [two, {owner: 'visitor:1', tokens: 30, cost: 0.5}]);
        assert.deepEqual(await sums(1), [two]);
      });

      test('is summed by day, by model, by both, and for a time', async (t) => {
        const store = await open(t);
        const on = (day: string, fields: Partial<UsageRecord>) =>
          store.addUsage('ada', usage('m', {createdAt: `${day}T12:00:00.000Z`, ...fields}));
        await on('2026-01-01', {model: 'a', promptTokens: 1, completionTokens: 2, cost: 0.1});
        await on('2026-01-01', {model: 'b', promptTokens: 10, completionTokens: 20, estimated: true});
        await on('2026-01-02', {model: 'a', promptTokens: 3, completionTokens: 4, cost: 0.2});
        await store.addUsage('bob', usage('m'));
        const sum = (answers: number, promptTokens: number, completionTokens: number, estimated = false) => ({
          answers,
          promptTokens,
          completionTokens,
          estimated,
        });
        assert.deepEqual(await store.usageSums('ada', {by: ['day']}), [
          {day: '2026-01-02', ...sum(1, 3, 4), cost: 0.2},
          {day: '2026-01-01', ...sum(2, 11, 22, true), cost: 0.1},
        ]);
        assert.deepEqual(await store.usageSums('ada', {by: ['model']}), [
          {model: 'b', ...sum(1, 10, 20, true)},
          {model: 'a', ...sum(2, 4, 6), cost: 0.3},
        ]);
        assert.deepEqual(await store.usageSums('ada', {by: ['day', 'model'], from: '2026-01-02T00:00:00.000Z'}), [
          {day: '2026-01-02', model: 'a', ...sum(1, 3, 4), cost: 0.2},
        ]);
        assert.deepEqual(await store.usageSums('ada', {by: [], to: '2026-01-02T00:00:00.000Z'}), [
          {...sum(2, 11, 22, true), cost: 0.1},
        ]);
        assert.deepEqual(await store.usageSums('eve', {by: []}), []);
      });

      test('T2-19: is summed with what is known of cached and reasoning tokens', async (t) => {
        const store = await open(t);
        await store.addUsage('ada', usage('m0', {cachedTokens: 2, reasoningTokens: 3}));
        await store.addUsage('ada', usage('m1', {cachedTokens: 5}));
        await store.addUsage('ada', usage('m2'));
        const [sum] = await store.usageSums('ada', {by: []});
        assert.deepEqual([sum?.cachedTokens, sum?.reasoningTokens, sum && 'cacheWriteTokens' in sum], [7, 3, false]);
      });

      test('of an owner without answers is empty', async (t) => {
        assert.deepEqual(await (await open(t)).usage('ada', {}), {items: []});
      });
    });

    suite('questions that no page has answered', () => {
      /** A store with a gap in the first of two chats of Ada's and in one of Bob's; undefined if it keeps none. */
      async function withGaps(t: TestContext) {
        const {addGap, gaps, gapsOfAll, ...store} = await open(t);
        if (!addGap || !gaps || !gapsOfAll) return undefined;
        for (const [owner, id] of [
          ['user:ada', 'chat_1'],
          ['user:ada', 'chat_2'],
          ['user:bob', 'chat_3'],
        ] as const) {
          await store.startTurn(owner, turn({chat: chat(id)}));
        }
        await addGap('user:ada', gap('chat_1'));
        await addGap('user:bob', gap('chat_3'));
        return {...store, addGap, gaps, gapsOfAll};
      }
      const chatsOf = ({items}: Page<Gap>) => items.map(({chatId}) => chatId);

      test('come back as they were added, with the time of their answers, newest first, in pages', async (t) => {
        const store = await withGaps(t);
        if (!store) return;
        const {addGap, gaps, gapsOfAll} = store;
        await addGap('user:ada', gap('chat_2'));
        assert.deepEqual(
          (await gaps('user:ada', {})).items,
          ['chat_2', 'chat_1'].map((id) => ({...gap(id), createdAt: at(0)})),
        );
        const pages = await allPages((page) => gapsOfAll(page), 2);
        assert.deepEqual(pages.map(chatsOf), [['chat_3', 'chat_2'], ['chat_1']]);
        await addGap('user:ada', {...gap('chat_2'), question: 'Again?'});
        assert.deepEqual(
          (await gaps('user:ada', {})).items.map(({question: words}) => words),
          ['Again?', gap('chat_1').question],
        );
      });

      test('are their owner’s alone, and of no chat or answer of somebody else', async (t) => {
        const store = await withGaps(t);
        if (!store) return;
        const {addGap, gaps, gapsOfAll} = store;
        await addGap('user:eve', gap('chat_1'));
        await addGap('user:ada', {...gap('chat_1'), messageId: 'chat_3-a'});
        await addGap('user:ada', {...gap('chat_2'), messageId: 'nothing'});
        assert.deepEqual(chatsOf(await gaps('user:eve', {})), []);
        assert.deepEqual(chatsOf(await gaps('user:ada', {})), ['chat_1']);
        assert.deepEqual(chatsOf(await gapsOfAll({})), ['chat_3', 'chat_1']);
      });

      test('go with their answers: replaced, deleted, forgotten, too old', async (t) => {
        const store = await withGaps(t);
        if (!store) return;
        const {addGap, gaps, gapsOfAll} = store;
        await addGap('user:ada', gap('chat_2'));
        const next = {question: question('q2'), answer: answer('a2')};
        await store.startTurn('user:ada', turn({chat: chat('chat_1'), ...next, replaceFrom: 'chat_1-a'}));
        assert.deepEqual(chatsOf(await gaps('user:ada', {})), ['chat_2']);
        await store.deleteChat('user:ada', 'chat_2');
        assert.deepEqual(chatsOf(await gaps('user:ada', {})), []);
        assert.deepEqual(chatsOf(await gapsOfAll({})), ['chat_3']);
        if (!store.forgetOwner || !store.deleteExpired) return;
        await addGap('user:ada', {...gap('chat_1'), messageId: 'a2'});
        await store.forgetOwner('user:ada');
        assert.deepEqual(chatsOf(await gapsOfAll({})), ['chat_3']);
        await store.deleteExpired({temporaryBefore: at(0), ages: [{ownersBeginWith: 'user:', before: at(9)}]});
        assert.deepEqual(chatsOf(await gapsOfAll({})), []);
      });
    });

    test('a question that no page has answered is found no more as soon as its long chat is deleted', async (t) => {
      const store = await open(t);
      if (!store.addGap || !store.gaps || !store.gapsOfAll) return;
      for (let count = 0; count < 30; count++) {
        const messages = {question: question(`q${count}`), answer: answer(`a${count}`)};
        await store.startTurn('ada', turn({chat: chat('chat_1'), ...messages}));
        await store.saveMessage('ada', 'chat_1', done(answer(`a${count}`), 'word '.repeat(200_000)));
      }
      await store.addGap('ada', {...gap('chat_1'), messageId: 'a29'});
      assert.equal((await store.gaps('ada', {})).items.length, 1);
      await store.deleteChat('ada', 'chat_1');
      assert.deepEqual((await store.gaps('ada', {})).items, []);
      assert.deepEqual((await store.gapsOfAll({})).items, []);
    });

    suite('chats that wait for a person', () => {
      /** A store with two chats of Ada's and one of Bob's, whose answers wait; undefined if it keeps none. */
      async function withHandovers(t: TestContext) {
        const {handovers, ...store} = await open(t);
        if (!handovers) return undefined;
        for (const [owner, id, second] of [
          ['user:ada', 'chat_1', 20],
          ['user:ada', 'chat_2', 10],
          ['user:bob', 'chat_3', 30],
        ] as const) {
          await store.startTurn(owner, turn({chat: chat(id)}));
          await handovers.add(owner, handover(id, second));
        }
        return {...store, handovers};
      }

      test('come back as they were added, the one that is to be sent first', async (t) => {
        const store = await withHandovers(t);
        if (!store) return;
        const {handovers} = store;
        assert.equal(await handovers.count(), 3);
        assert.deepEqual(await handovers.next(), {owner: 'user:ada', tries: 0, ...handover('chat_2', 10)});
        assert.deepEqual(await handovers.find('chat_3-a'), {owner: 'user:bob', chatId: 'chat_3'});
        assert.equal(await handovers.find('nothing'), undefined);
      });

      test('count their tries, wait for the next one, and after the last one are found but not sent', async (t) => {
        const store = await withHandovers(t);
        if (!store) return;
        const {handovers} = store;
        await handovers.tried('chat_2-a', at(25));
        assert.deepEqual([(await handovers.next())?.messageId, await handovers.count()], ['chat_1-a', 3]);
        await handovers.tried('chat_1-a', undefined);
        const again = {owner: 'user:ada', ...handover('chat_2', 25), expiresAt: at(110), tries: 1};
        assert.deepEqual([await handovers.next(), await handovers.count()], [again, 2]);
        assert.deepEqual(await handovers.find('chat_1-a'), {owner: 'user:ada', chatId: 'chat_1'});
        await handovers.tried('chat_2-a', undefined);
        await handovers.tried('chat_3-a', undefined);
        assert.deepEqual([await handovers.next(), await handovers.count()], [undefined, 0]);
        await handovers.tried('nothing', at(1));
        assert.equal(await handovers.next(), undefined);
      });

      test('are not written for a message that is gone, or is in a chat of somebody else', async (t) => {
        const store = await withHandovers(t);
        if (!store) return;
        const {handovers} = store;
        await store.startTurn('user:eve', turn({chat: chat('chat_eve')}));
        await handovers.add('user:eve', handover('chat_1', 1));
        await handovers.add('user:eve', {...handover('chat_eve', 1), messageId: 'chat_1-a'});
        await handovers.add('user:ada', {...handover('chat_1', 1), messageId: 'nothing'});
        await handovers.add('user:ada', handover('chat_gone', 1));
        assert.equal(await handovers.count(), 3);
        assert.equal((await handovers.next())?.messageId, 'chat_2-a');
      });

      test('stay with a message that is saved again, and go with one that is replaced or deleted', async (t) => {
        const store = await withHandovers(t);
        if (!store) return;
        const {handovers} = store;
        await store.saveMessage('user:ada', 'chat_1', done(answer('chat_1-a'), 'Wait.'));
        assert.deepEqual(await handovers.find('chat_1-a'), {owner: 'user:ada', chatId: 'chat_1'});
        const next = {question: question('q2'), answer: answer('a2')};
        await store.startTurn('user:ada', turn({chat: chat('chat_1'), ...next, replaceFrom: 'chat_1-a'}));
        assert.equal(await handovers.find('chat_1-a'), undefined);
        await store.deleteChat('user:ada', 'chat_2');
        assert.equal(await handovers.find('chat_2-a'), undefined);
        assert.equal((await handovers.next())?.messageId, 'chat_3-a');
        await handovers.tried('chat_2-a', at(1));
        assert.equal((await handovers.next())?.messageId, 'chat_3-a');
      });

      test('go with their owner and with chats that are too old', async (t) => {
        const store = await withHandovers(t);
        if (!store?.forgetOwner || !store.deleteExpired) return;
        const {handovers} = store;
        await store.forgetOwner('user:ada');
        assert.deepEqual([await handovers.count(), await handovers.find('chat_1-a')], [1, undefined]);
        await store.deleteExpired({temporaryBefore: at(0), ages: [{ownersBeginWith: 'user:', before: at(9)}]});
        assert.deepEqual([await handovers.next(), await handovers.find('chat_3-a')], [undefined, undefined]);
      });

      test('are found and sent no more as soon as their long chat is deleted', async (t) => {
        const store = await withHandovers(t);
        if (!store) return;
        const {handovers} = store;
        await store.saveMessage('user:ada', 'chat_2', done(answer('chat_2-a'), 'word '.repeat(500_000)));
        await store.deleteChat('user:ada', 'chat_2');
        assert.deepEqual([(await handovers.next())?.messageId, await handovers.count()], ['chat_1-a', 2]);
        assert.equal(await handovers.find('chat_2-a'), undefined);
      });
    });

    test('citations are summed by document, with the version of the last one, the most first', async (t) => {
      const {addCitations, citations} = await open(t);
      if (!addCitations || !citations) return;
      const once = {count: 1, citedAt: at(1)};
      await addCitations([
        {id: 'a', hash: '1', updatedAt: at(0), ...once},
        {id: 'b', hash: '1', ...once},
      ]);
      await addCitations([{id: 'b', count: 2, citedAt: at(2)}]);
      assert.deepEqual(await citations(), [
        {id: 'b', count: 3, citedAt: at(2)},
        {id: 'a', hash: '1', updatedAt: at(0), ...once},
      ]);
    });

    suite('searching', () => {
      async function library(t: TestContext): Promise<Store> {
        const store = await open(t);
        const texts: Readonly<Record<string, readonly [title: string, asked: string, answered: string]>> = {
          rivers: ['Rivers of Europe', 'Which is the longest?', 'The Volga, with 3530 km.'],
          coffee: ['Coffee', 'Where is the best café in the Große Straße?', 'Nobody can say.'],
          percent: ['100% sure', 'Is 5_5 a name?', String.raw`A path: C:\temp\*.txt and 'quotes' "too".`],
          japanese: ['寿司の店', '東京でおすすめの店は?', '銀座の小さな店です。'],
        };
        let minute = 0;
        for (const [id, [title, asked, answered]] of Object.entries(texts)) {
          const about = chat(id, {title, updatedAt: at(minute++)});
          await store.startTurn('ada', turn({chat: about, question: question('q', asked), answer: answer('a')}));
          await store.saveMessage('ada', id, done(answer('a'), answered));
        }
        return store;
      }

      const finds: Readonly<Record<string, readonly string[]>> = {
        rivers: ['rivers'],
        'RIVERS europe': ['rivers'],
        volga: ['rivers'],
        'europe volga longest': ['rivers'],
        'europe coffee': [],
        CAFE: ['coffee'],
        'cafe\u0301': ['coffee'],
        strasse: ['coffee'],
        'STRASSE GROSSE': ['coffee'],
        '%': ['percent'],
        '5_5': ['percent'],
        '3_3': [],
        [String.raw`\temp\*`]: ['percent'],
        "'quotes'": ['percent'],
        '"too"': ['percent'],
        '"; drop table chats; --': [],
        'sure OR rivers': [],
        'vol*': [],
        店: ['japanese'],
        東京: ['japanese'],
        '{"type":"text"': [],
        '  ': ['japanese', 'percent', 'coffee', 'rivers'],
        '': ['japanese', 'percent', 'coffee', 'rivers'],
        nothing: [],
      };
      test('finds words in titles and messages without regard to case and accents, and takes no sign as a wildcard', async (t) => {
        const store = await library(t);
        const found: Record<string, readonly string[]> = {};
        for (const search of Object.keys(finds)) found[search] = ids(await store.chats('ada', {search}));
        assert.deepEqual(found, finds);
      });

      test('comes in pages like the list', async (t) => {
        const store = await library(t);
        const pages = await allPages((page) => store.chats('ada', {...page, search: 'e'}), 1);
        assert.deepEqual(pages.map(ids), [['percent'], ['coffee'], ['rivers']]);
      });

      test('follows a new title and forgets the old one', async (t) => {
        const store = await library(t);
        await store.renameChat('ada', 'rivers', 'Lakes');
        assert.deepEqual(ids(await store.chats('ada', {search: 'lakes'})), ['rivers']);
        assert.deepEqual(ids(await store.chats('ada', {search: 'rivers'})), []);
      });

      test('takes a text of any length', async (t) => {
        const store = await library(t);
        assert.deepEqual(ids(await store.chats('ada', {search: 'x'.repeat(100_000)})), []);
        assert.deepEqual(ids(await store.chats('ada', {search: 'volga '.repeat(10_000)})), ['rivers']);
      });

      test('does not find words that were only thought, called or cited', async (t) => {
        const store = await open(t);
        await store.startTurn('ada', turn({chat: chat('chat_1', {title: 'Plain'})}));
        const parts = [
          {type: 'reasoning', text: 'hidden'},
          {type: 'source', id: 's', title: 'hidden'},
        ] as const;
        await store.saveMessage('ada', 'chat_1', {...answer('chat_1-a'), status: 'done', parts});
        assert.deepEqual(ids(await store.chats('ada', {search: 'hidden'})), []);
      });
    });

    suite('text', () => {
      const texts: Readonly<Record<string, string>> = {
        'emoji and joiners': '👩🏽‍🚀👨‍👩‍👧‍👦🏴󠁧󠁢󠁳󠁣󠁴󠁿 é e\u0301 ﷽',
        'right to left': 'שלום \u202eabc\u202c مرحبا',
        'a lone surrogate': 'broken \ud83d here \udc00',
        NUL: 'a\0b\u0001\u001f\u007f',
        'line ends': 'a\r\nb\rc\nd\u2028e\u2029f\u0085g',
        markup: '<script>alert(1)</script> &amp; </textarea>',
        'a byte order mark': '\ufeffa\ufffe\uffff',
        nothing: '',
        'a million characters': 'Wörter 🚀 '.repeat(110_000),
      };
      for (const [kind, text] of Object.entries(texts)) {
        test(`comes back whole: ${kind}`, async (t) => {
          const store = await open(t);
          await store.startTurn('ada', turn({chat: chat('chat_1'), question: question('q', text)}));
          await store.saveMessage('ada', 'chat_1', done(answer('chat_1-a'), text));
          const [asked, answered] = (await store.messages('ada', 'chat_1', {})).items;
          assert.ok(asked && answered && textOf(asked) === text && textOf(answered) === text);
        });
      }

      test('in titles is kept, except for characters that are no text', async (t) => {
        const store = await open(t);
        await store.startTurn('ada', turn({chat: chat('chat_1', {title: '👩🏽‍🚀 \ud83d a\0b'})}));
        assert.equal((await store.chat('ada', 'chat_1'))?.title, '👩🏽‍🚀 \ufffd ab');
        await store.renameChat('ada', 'chat_1', `'; drop table chats; -- ${'ü'.repeat(10_000)}`);
        assert.equal((await store.chat('ada', 'chat_1'))?.title, `'; drop table chats; -- ${'ü'.repeat(10_000)}`);
      });
    });

    test('ids with a meaning in JavaScript or SQL are only ids', async (t) => {
      const store = await open(t);
      const names = ['__proto__', 'constructor', 'toString', "' or 1=1 --", '%', '_', '*', 'null', '0', '👻', ' '];
      // A store gathers saves, so they are awaited together.
      const saves: Promise<void>[] = [];
      for (const id of names) {
        assert.equal(await store.chat('ada', id), undefined, `before: ${id}`);
        await store.startTurn(id, turn({chat: chat(id), question: question(id), answer: answer(`${id}2`)}));
        const input = JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}');
        const parts = [{type: 'tool', callId: id, name: id, input, state: 'running'}] as const;
        saves.push(store.saveMessage(id, id, {...answer(`${id}2`), parts}));
      }
      await Promise.all(saves);
      for (const id of names) {
        assert.deepEqual(await store.chat(id, id), chat(id));
        assert.deepEqual(ids(await store.chats(id, {})), [id]);
        const last = await lastMessage(store, id, id);
        assert.equal(JSON.stringify(last.parts).includes('"__proto__":{"polluted":true}'), true);
        assert.equal(await store.renameChat(id, id, 'x'), true);
        assert.equal(await store.deleteChat(id, id), true);
      }
      assert.equal('polluted' in {}, false);
    });

    test('many turns at once are all stored, each whole', async (t) => {
      const store = await open(t);
      await Promise.all(
        Array.from({length: 100}, async (_, i) => {
          const owner = `owner_${i % 7}`;
          await store.startTurn(owner, turn({chat: chat(`chat_${i}`)}));
          await store.saveMessage(owner, `chat_${i}`, said(answer(`chat_${i}-a`), 'One'));
          await store.saveMessage(owner, `chat_${i}`, done(answer(`chat_${i}-a`), `Answer ${i}`));
          await store.addUsage(owner, usage(`chat_${i}-a`));
        }),
      );
      for (let i = 0; i < 100; i++) {
        assert.equal(textOf(await lastMessage(store, `owner_${i % 7}`, `chat_${i}`)), `Answer ${i}`);
      }
      assert.equal((await store.usage('owner_0', {})).items.length, 15);
    });
  });
}

/** A moment that many seconds after noon. */
function at(second: number): string {
  return new Date(Date.UTC(2026, 0, 1, 12, 0, second)).toISOString();
}

function chat(id: string, fields: Partial<Chat> = {}): Chat {
  return {id, title: 'A chat', model: 'small', createdAt: at(0), updatedAt: at(0), ...fields};
}

function question(id: string, text = 'Hello?'): Message {
  return {id, role: 'user', parts: [{type: 'text', text}], status: 'done', createdAt: at(0)};
}

function answer(id: string): Message {
  return emptyAnswer({id, createdAt: at(0), model: 'small'});
}

function said(message: Message, text: string): Message {
  return {...message, parts: [{type: 'text', text}]};
}

function done(message: Message, text: string): Message {
  return {...said(message, text), status: 'done', endReason: 'stop'};
}

/** A turn with the given messages, or else with messages that are named after its chat. */
function turn(fields: Pick<TurnStart, 'chat'> & Partial<TurnStart>): TurnStart {
  return {question: question(`${fields.chat.id}-q`), answer: answer(`${fields.chat.id}-a`), ...fields};
}

/** For the answer in a chat with only one. */
function gap(chatId: string): Omit<Gap, 'createdAt'> {
  const passages = [{id: 'https://example.com/a#1', title: 'Page “a”'}];
  return {chatId, messageId: `${chatId}-a`, question: `What is ${chatId}?`, passages};
}

/** For the answer in a chat with only one. */
function handover(chatId: string, second: number): Omit<Handover, 'owner' | 'tries'> {
  return {chatId, messageId: `${chatId}-a`, nextTry: at(second), expiresAt: at(second + 100)};
}

function usage(messageId: string, fields: Partial<UsageRecord> = {}): UsageRecord {
  const counted = {promptTokens: 10, completionTokens: 20, estimated: false};
  return {messageId, model: 'small', ...counted, createdAt: at(0), ...fields};
}

function ids(page: Page<{readonly id: string}>): readonly string[] {
  return page.items.map(({id}) => id);
}

async function lastMessage(store: Store, owner: string, chatId: string): Promise<Message> {
  const last = (await store.messages(owner, chatId, {limit: 1})).items.at(-1);
  assert.ok(last);
  return last;
}

/** All pages of a list, by their cursors; at most a hundred, so that cursors in a circle end. */
async function allPages<Item>(
  list: (page: PageRequest) => Promise<Page<Item>>,
  limit: number,
): Promise<readonly Page<Item>[]> {
  const pages = [await list({limit})];
  for (;;) {
    const cursor = pages.at(-1)?.next;
    if (cursor === undefined) return pages;
    assert.ok(pages.length < 100, 'The cursors never come to an end.');
    pages.push(await list({limit, cursor}));
  }
}

async function fails(code: ErrorCode, call: Promise<unknown>): Promise<void> {
  await assert.rejects(call, (error) => error instanceof ChatError && error.code === code);
}
