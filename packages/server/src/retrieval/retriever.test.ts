import assert from 'node:assert/strict';
import {suite, test, type TestContext} from 'node:test';
import type {Asker, Readers} from '../engine/retriever.ts';
import {sqliteIndex} from './index/sqlite.ts';
import {indexRetriever} from './retriever.ts';

const {signal} = new AbortController();
const readersOf: Readonly<Record<string, Readers>> = {
  open: 'everybody',
  users: 'users',
  gold: {plans: ['gold']},
  ada: {owners: ['user:ada']},
  both: {plans: ['gold'], owners: ['user:ada']},
  nobody: {},
};
const owners = ['visitor:1', 'user:ada', 'user:bob', 'key:k1', 'user', 'visitor:user:ada', 'user:ada2'];
const plans = [undefined, 'gold', 'silver'];

suite('a search by an asker', () => {
  test('finds passages of all sources that he may read, and never one of another', async (t) => {
    const retriever = await open(t);
    let checked = 0;
    for (const owner of owners) {
      for (const plan of plans) {
        const asker: Asker = {owner, ...(plan !== undefined && {plan})};
        const found = await retriever.search('the secret lamp', {asker, limit: 200, neighbours: 2, signal});
        const sources = new Set(found.map(({document}) => document.id.split('/')[0]));
        for (const source of Object.keys(readersOf)) {
          assert.equal(sources.has(source), expected(source, asker), `${owner} with ${plan} in ${source}`);
          checked++;
        }
      }
    }
    assert.ok(checked >= 60);
  });

  test('finds what the configuration allows, also if the index was told otherwise before', async (t) => {
    const retriever = await open(t, new Map([['open', 'users']]));
    const find = async (owner: string) =>
      (await retriever.search('lamp', {asker: {owner}, limit: 200, signal})).some(({id}) => id.startsWith('open/'));
    assert.deepEqual([await find('visitor:1'), await find('user:bob')], [false, true]);
  });

  test('hands on its section and its limit, and is refused after an abort', async (t) => {
    const retriever = await open(t);
    const asker = {owner: 'visitor:1'};
    const found = await retriever.search('lamp', {asker, limit: 1, section: '/open/7', signal});
    assert.deepEqual(
      found.map(({document}) => document.id),
      ['open/7'],
    );
    await assert.rejects(
      retriever.search('lamp', {asker, limit: 1, signal: AbortSignal.abort(new Error('left'))}),
      /left/,
    );
    assert.equal(await retriever.isEmpty(), false);
  });
});

function expected(source: string, {owner, plan}: Asker): boolean {
  if (source === 'open') return true;
  if (source === 'users') return ['user:ada', 'user:bob', 'user:ada2'].includes(owner);
  const isGold = plan === 'gold' && (source === 'gold' || source === 'both');
  const isAda = owner === 'user:ada' && (source === 'ada' || source === 'both');
  return isGold || isAda;
}

async function open(t: TestContext, readers: ReadonlyMap<string, Readers> = new Map()) {
  const index = sqliteIndex({path: ':memory:'});
  for (const [id, own] of Object.entries(readersOf)) {
    await index.setSource({id, target: `/${id}`, readers: own});
    await index.put(
      Array.from({length: 8}, (_, i) => ({
        document: {id: `${id}/${i}`, source: id, title: id, hash: '1', url: `https://x.example/${id}/${i}`},
        chunks: [1, 2, 3].map((n) => ({headings: [], text: `The secret lamp ${n} of ${id}`})),
      })),
    );
  }
  const retriever = indexRetriever(index, {readers});
  t.after(() => retriever.close());
  return retriever;
}
