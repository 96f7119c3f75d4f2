/** The setting `retrieval.embeddings`, from the upstream that makes vectors to the prompt that gets passages. */
import assert from 'node:assert/strict';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite, test, type TestContext} from 'node:test';
import {setTimeout} from 'node:timers/promises';
import {createChatServer} from '../index.ts';
import {sqliteIndex} from '../retrieval/index/sqlite.ts';
import {startChat} from '../testing/chat-server.ts';

async function indexFile(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'chatlet-embeddings-'));
  t.after(() => rm(folder, {recursive: true}));
  const path = join(folder, 'index.db');
  const index = sqliteIndex({path});
  await index.setSource({id: 'docs', target: '/docs', readers: 'everybody'});
  const document = {id: 'a', source: 'docs', title: 'Harbour', hash: ''};
  await index.put([{document, chunks: [{headings: [], text: 'The ferry leaves at noon.'}]}]);
  await index.close();
  return path;
}

suite('with embeddings of the upstream', () => {
  test('a question finds a passage that has none of its words', async (t) => {
    const index = await indexFile(t);
    await using chat = await startChat({retrieval: {index, embeddings: {model: 'embed-1'}}});
    const embedded = () => chat.upstream.requests.filter(({path}) => path.endsWith('/embeddings'));
    const asked = () => chat.upstream.requests.filter(({path}) => path.endsWith('/chat/completions')).at(-1)?.body;
    while (!JSON.stringify(asked() ?? '').includes('The ferry leaves at noon.')) {
      await chat.ask('When does the boat depart?');
      await setTimeout(50);
    }
    assert.deepEqual(embedded()[0]?.body, {
      model: 'embed-1',
      input: ['Harbour\nThe ferry leaves at noon.'],
      encoding_format: 'float',
    });
    assert.deepEqual(chat.reported, []);
  });

  test('an upstream that does not exist is an error at the start', async (t) => {
    const index = await indexFile(t);
    const openai = {baseUrl: 'http://127.0.0.1:9/v1', apiKey: 'key'};
    const retrieval = {index, embeddings: {upstream: 'none', model: 'm'}};
    assert.throws(() => createChatServer({openai, databaseUrl: 'sqlite::memory:', retrieval}), {
      code: 'invalid-request',
      message: /there is no upstream “none”, only /,
    });
  });
});
