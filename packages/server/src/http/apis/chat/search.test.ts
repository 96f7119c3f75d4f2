/** `/api/search` over an index with public and private documents. */
import assert from 'node:assert/strict';
import {suite, test, type TestContext} from 'node:test';
import {type TestServer, json, startChat} from '../../../testing/chat-server.ts';
import {goldAndDefault, lampRetriever} from '../../../testing/lamp-index.ts';

const long = 'Nothing of interest stands here. '.repeat(20);
const updatedAt = '2026-01-02T03:04:05.000Z';

async function start(t: TestContext, more: Parameters<typeof startChat>[0] = {}): Promise<TestServer> {
  const retriever = await lampRetriever(
    {
      id: '/lamps',
      title: 'Lamps',
      updatedAt,
      chunks: [
        {
          headings: ['Oil'],
          text: `${long}The **lamp** burns [whale oil](https://x.example), _slowly_. ${long}`,
          anchor: 'oil',
        },
        {headings: ['Wick'], text: 'The wick of the lamp.'},
      ],
    },
    {
      id: '/manual.pdf',
      title: 'Manual',
      updatedAt,
      chunks: [{headings: [], text: 'How a lamp is lit.', page: 7}],
    },
  );
  t.after(() => retriever.close());
  const chat = await startChat({retriever, ...goldAndDefault, ...more});
  t.after(() => chat.close());
  return chat;
}

interface Result {
  readonly id: string;
  readonly title: string;
  readonly url?: string;
  readonly snippet: string;
}

async function search(chat: TestServer, query: string, headers: Readonly<Record<string, string>> = {}) {
  const response = await fetch(`${chat.url}/api/search?${query}`, {headers});
  return {status: response.status, ...((await json(response)) as {readonly results: readonly Result[]})};
}

const titles = ({results}: {readonly results: readonly Result[]}) => results.map(({title}) => title).toSorted();

suite('/api/search', () => {
  test('finds each page once, with its best passage, the place of that and the words around what was searched', async (t) => {
    const chat = await start(t);
    const {status, results} = await search(chat, 'q=lamp+oil');
    assert.equal(status, 200);
    const {snippet, ...first} = results[0] ?? assert.fail('nothing found');
    assert.deepEqual(first, {
      id: '/lamps#0',
      title: 'Lamps',
      section: 'Oil',
      url: 'https://x.example/lamps#oil',
      updatedAt: '2026-01-02T03:04:05.000Z',
    });
    assert.match(snippet, /^….*The lamp burns whale oil, slowly\..*…$/);
    assert.ok(snippet.length <= 182, String(snippet.length));
    assert.deepEqual(
      results.slice(1).map(({url}) => url),
      ['https://x.example/manual.pdf#page=7'],
    );
  });

  test('finds a word before it is finished, and nothing before the first', async (t) => {
    const chat = await start(t);
    assert.deepEqual(titles(await search(chat, 'q=wic')), ['Lamps']);
    assert.deepEqual(titles(await search(chat, 'q=')), []);
    assert.deepEqual(titles(await search(chat, 'q=%20%3F')), []);
  });

  test('finds only what the caller may read', async (t) => {
    const chat = await start(t);
    const as = (key: string) => search(chat, 'q=lamp', {authorization: `Bearer ${key}`});
    assert.deepEqual(titles(await search(chat, 'q=lamp')), ['Lamps', 'Manual']);
    assert.deepEqual(titles(await as('key-of-bob')), ['Lamps', 'Manual']);
    assert.deepEqual(titles(await as('key-of-alice')), ['Lamps', 'Manual', 'Secret lamp']);
    assert.equal((await as('wrong')).status, 401);
  });

  test('gives as many pages as asked for, and prefers the section where the visitor is', async (t) => {
    const chat = await start(t);
    assert.deepEqual(titles(await search(chat, 'q=lamp&limit=1&section=/manual.pdf')), ['Manual']);
    assert.deepEqual(titles(await search(chat, 'q=lamp&limit=1&section=/lamps')), ['Lamps']);
  });

  test('refuses what it cannot understand', async (t) => {
    const chat = await start(t);
    for (const query of ['', 'q=a&limit=0', 'q=a&limit=21', 'q=a&limit=x', `q=${'a'.repeat(501)}`]) {
      assert.equal((await search(chat, query)).status, 400, query.slice(0, 20));
    }
  });

  test('finds nothing without documents, or if documents are off', async (t) => {
    assert.deepEqual(titles(await search(await start(t, {retrieval: {mode: 'off'}}), 'q=lamp')), []);
    const chat = await startChat();
    t.after(() => chat.close());
    assert.deepEqual(titles(await search(chat, 'q=lamp')), []);
  });
});
