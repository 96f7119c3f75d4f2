/** A real server tells its operator which questions no page has answered, and which pages need a look. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {textOf} from '@chatlet/protocol';
import type {GapGroup, StalePage} from '../../engine/page-review.ts';
import {isPassages} from '../../engine/grounding/passages-prompt.ts';
import type {ChatServerConfig} from '../../index.ts';
import {demoProvider} from '../../providers/demo.ts';
import {ends, says, scripted} from '../../providers/testing/scripted-provider.ts';
import {type TestServer, json, ownProtocol, startChat} from '../../testing/chat-server.ts';
import {fakeRetriever, reportPassage} from '../../testing/fake-retriever.ts';

/** Cites the report twice in an answer about Q4, and nothing in any other. */
const knowsQ4 = () =>
  scripted(async function* ({request: {messages}}) {
    const question = messages.findLast((message) => message.role === 'user' && !isPassages(message));
    const mark = '[[1: "Revenue in Q4 was 12.4 million euros"]]';
    const isKnown = question !== undefined && /Q4/.test(textOf(question));
    yield [says(isKnown ? `12.4 million ${mark}, euros ${mark}` : 'I do not know.'), ends];
  });

const start = (config: ChatServerConfig = {}) =>
  startChat({providers: [knowsQ4()], retriever: fakeRetriever(reportPassage), ...config});

const gapsOf = async (chat: TestServer) => (await json<{gaps: readonly GapGroup[]}>(await chat.get('/api/gaps'))).gaps;
const staleOf = async (chat: TestServer, query = '') =>
  (await json<{pages: readonly StalePage[]}>(await chat.get(`/api/stale${query}`))).pages;
const named = (groups: readonly GapGroup[]) => groups.map(({question, count}) => [question, count]);

suite('GET /api/gaps', () => {
  test('groups questions by their words, the most frequent first, with the nearest passages', async () => {
    await using chat = await start();
    const questions = [
      'How do I export my data?',
      'Are there any taxes?',
      'What about Q4?',
      'My data: how do I export it?',
    ];
    for (const question of questions) await chat.ask(question);
    const groups = await gapsOf(chat);
    assert.deepEqual(named(groups), [
      ['My data: how do I export it?', 2],
      ['Are there any taxes?', 1],
    ]);
    assert.deepEqual(groups[0]?.nearest, [{id: 'report.md#3', title: 'Annual report'}]);
    assert.ok(Math.abs(Date.parse(groups[0].lastAsked) - Date.now()) < 60_000);
  });

  test('has a short question together with the one before it', async () => {
    await using chat = await start();
    const {chatId} = await chat.ask('How do I install it in React?');
    await chat.ask('And in Vue?', {chatId});
    assert.deepEqual(
      (await gapsOf(chat)).map(({question}) => question),
      ['How do I install it in React? And in Vue?', 'How do I install it in React?'],
    );
  });

  test('has no question that was not searched, whose answer is not kept, was answered again, or is deleted', async () => {
    await using chat = await start();
    await chat.ask('Not searched, please?', {retrieval: false});
    const body = {messages: [{role: 'user', content: 'Not kept, please?'}], ragEnabled: true};
    await (await chat.post('/chat/stream', body, {})).text();
    assert.deepEqual(await gapsOf(chat), []);
    const {chatId} = await chat.ask('How do I export my data?');
    const again = await chat.post('/api/chat', {chatId, trigger: 'regenerate'}, ownProtocol);
    await again.text();
    assert.deepEqual(named(await gapsOf(chat)), [['How do I export my data?', 1]]);
    await fetch(`${chat.url}/api/chats/${chatId}`, {method: 'DELETE'});
    assert.deepEqual(await gapsOf(chat), []);
  });

  test('has no command of the demo model, but questions that its documents do not answer', async () => {
    const provider = demoProvider({pace: 'instant'});
    await using chat = await start({providers: [provider]});
    for (const command of ['help', 'Hello!', 'Show a table', 'echo one two three four five'])
      assert.equal((await chat.ask(command)).answer.grounded, undefined, command);
    await chat.ask('Which zebras won the regatta of Kiel?');
    assert.deepEqual(named(await gapsOf(chat)), [['Which zebras won the regatta of Kiel?', 1]]);
  });
});

suite('GET /api/stale', () => {
  test('lists pages that have changed since they were cited, with the number of citations', async () => {
    let document = {...reportPassage.document, hash: '1', updatedAt: new Date().toISOString()};
    const retriever = {
      ...fakeRetriever(),
      search: async () => [{...reportPassage, document}],
      isEmpty: async () => false,
      documents: async () => [document],
    };
    await using chat = await start({retriever});
    await chat.ask('What about Q4?');
    // Counted for answers that are not kept, too: no words are.
    const body = {messages: [{role: 'user', content: 'What about Q4?'}], ragEnabled: true};
    await (await chat.post('/chat/stream', body, {})).text();
    assert.deepEqual(await staleOf(chat), []);
    document = {...document, updatedAt: new Date().toISOString()};
    assert.deepEqual(await staleOf(chat), [], 'the same content');
    document = {...document, hash: '2'};
    const [page, ...others] = await staleOf(chat);
    assert.ok(page);
    const {lastCited, ...rest} = page;
    const {id, title, url, updatedAt} = document;
    assert.deepEqual([rest, others], [{id, title, url, updatedAt, why: ['changed'], citations: 4}, []]);
    assert.ok(Math.abs(Date.parse(lastCited) - Date.now()) < 60_000);
    await chat.ask('What about Q4?');
    assert.deepEqual(await staleOf(chat), [], 'cited in the new version');
  });

  test('lists pages that are cited and older than a year, or than `days`', async () => {
    const daysAgo = (days: number) => new Date(Date.now() - days * 24 * 60 * 60 * 1000).toISOString();
    const document = {...reportPassage.document, updatedAt: daysAgo(364)};
    await using chat = await start({retriever: fakeRetriever({...reportPassage, document})});
    await chat.ask('Are there any taxes?');
    assert.deepEqual(await staleOf(chat, '?days=363'), [], 'not cited');
    await chat.ask('What about Q4?');
    assert.deepEqual(await staleOf(chat), []);
    const [page] = await staleOf(chat, '?days=363');
    assert.deepEqual([page?.id, page?.why, page?.citations], ['report.md', ['old'], 2]);
    for (const days of ['0', 'old', '1e9']) assert.equal((await chat.get(`/api/stale?days=${days}`)).status, 400);
  });

  test('is not found if nobody can list the documents', async () => {
    const {documents, ...retriever} = fakeRetriever(reportPassage);
    assert.ok(documents);
    await using chat = await start({retriever});
    assert.equal((await chat.get('/api/stale')).status, 404);
  });
});

test('/api/gaps and /api/stale are for programs on this machine, or for requests with the operator’s token', async () => {
  await using chat = await start();
  await using guarded = await start({metricsToken: 'let-me-look'});
  for (const path of ['/api/gaps', '/api/stale']) {
    assert.equal((await chat.get(path)).status, 200);
    assert.equal((await chat.get(path, {'x-forwarded-for': '192.0.2.1'})).status, 403);
    assert.equal((await guarded.get(path)).status, 401);
    assert.equal((await guarded.get(path, {authorization: 'Bearer let-me-in'})).status, 401);
    assert.equal((await guarded.get(path, {authorization: 'Bearer let-me-look'})).status, 200);
  }
});
