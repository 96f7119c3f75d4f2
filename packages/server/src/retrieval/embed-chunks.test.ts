/** Vectors from the embedder to the search: what is found by them, and what happens without them. */
import assert from 'node:assert/strict';
import {suite, test, type TestContext} from 'node:test';
import {setTimeout} from 'node:timers/promises';
import type {Embedder} from '../engine/embedder.ts';
import {startEmbedding} from './embed-chunks.ts';
import {sqliteIndex} from './index/sqlite.ts';
import {indexRetriever} from './retriever.ts';

const asker = {owner: 'visitor:1'};
const {signal} = new AbortController();

/** Knows that a vessel is a ship, and nothing else. */
const embedShips: Embedder['embed'] = async (texts) =>
  texts.map((text) => (/ship|vessel/.test(text) ? Float32Array.of(1, 0) : Float32Array.of(0, 1)));

async function indexOf(t: TestContext, count: number) {
  const index = sqliteIndex({path: ':memory:'});
  t.after(() => index.close());
  await index.setSource({id: 'docs', target: '/docs', readers: 'everybody'});
  const put = (id: string, text: string) =>
    index.put([{document: {id, source: 'docs', title: 'Page', hash: ''}, chunks: [{headings: [], text}]}]);
  for (let i = 0; i < count; i++) await put(`p${i}`, `The lamp ${i}`);
  await put('s', 'The ship');
  return {index, put};
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await setTimeout(5);
}

const isEmbedded = async ({chunksWithoutVector}: Pick<ReturnType<typeof sqliteIndex>, 'chunksWithoutVector'>) =>
  (await chunksWithoutVector('m', {limit: 1})).length === 0;

suite('vectors of an embedder', () => {
  test('are made for all chunks, and for those that come later, and find passages by their meaning', async (t) => {
    const {index, put} = await indexOf(t, 150);
    const sizes: number[] = [];
    const embed: Embedder['embed'] = async (texts, options) => {
      sizes.push(texts.length);
      return embedShips(texts, options);
    };
    const embedder = {model: 'm', embed};
    const embedding = startEmbedding({index, embedder, report: (error) => assert.fail(String(error)), every: 20});
    t.after(() => embedding.close());
    await until(() => isEmbedded(index));
    assert.deepEqual(sizes, [64, 64, 23]);
    await put('t', 'Another ship');
    await until(() => isEmbedded(index));

    const retriever = indexRetriever(index, {embedder});
    const found = await retriever.search('vessel', {asker, limit: 2, signal});
    assert.deepEqual(found.map(({id}) => id).toSorted(), ['s#0', 't#0']);
    assert.deepEqual(await indexRetriever(index).search('vessel', {asker, limit: 2, signal}), []);
    assert.deepEqual(await retriever.search('vessel', {asker, limit: 2, signal, typing: true}), []);
  });

  test('that fail are reported and tried again', async (t) => {
    const {index} = await indexOf(t, 1);
    const reports: unknown[] = [];
    let isDown = true;
    const embed: Embedder['embed'] = async (texts, options) => {
      if (isDown) throw new Error('down');
      return embedShips(texts, options);
    };
    const embedding = startEmbedding({
      index,
      embedder: {model: 'm', embed},
      report: (error) => reports.push(error),
      every: 10,
    });
    t.after(() => embedding.close());
    await until(async () => reports.length >= 2);
    assert.equal(await isEmbedded(index), false);
    isDown = false;
    await until(() => isEmbedded(index));
  });

  test('end at once when they are closed', async (t) => {
    const {index} = await indexOf(t, 1);
    const embed: Embedder['embed'] = (_, options) =>
      new Promise((_resolve, reject) => options.signal.addEventListener('abort', () => reject(options.signal.reason)));
    const embedding = startEmbedding({
      index,
      embedder: {model: 'm', embed},
      report: (error) => assert.fail(String(error)),
    });
    await setTimeout(10);
    await embedding.close();
  });
});

suite('a search whose question cannot be embedded', () => {
  const failing: Readonly<Record<string, Embedder['embed']>> = {
    'because the model fails': async () => {
      throw new Error('down');
    },
    'because the model is slow': () => new Promise(() => {}),
  };
  for (const [why, embed] of Object.entries(failing)) {
    test(`${why}, finds passages by their words, and reports it once`, async (t) => {
      const {index} = await indexOf(t, 1);
      const reports: unknown[] = [];
      const retriever = indexRetriever(index, {
        embedder: {model: 'm', embed},
        report: (error) => reports.push(error),
        patience: 20,
      });
      for (let i = 0; i < 3; i++) {
        const found = await retriever.search('ship', {asker, limit: 2, signal});
        assert.deepEqual(
          found.map(({id}) => id),
          ['s#0'],
        );
      }
      assert.equal(reports.length, 1);
    });
  }

  test('because the asker has left, ends with his reason', async (t) => {
    const {index} = await indexOf(t, 1);
    const retriever = indexRetriever(index, {
      embedder: {model: 'm', embed: () => new Promise(() => {})},
      report: (error) => assert.fail(String(error)),
    });
    const leaving = new AbortController();
    const search = retriever.search('ship', {asker, limit: 2, signal: leaving.signal});
    const refused = assert.rejects(search, /left/);
    await setTimeout(10);
    leaving.abort(new Error('left'));
    await refused;
  });
});
