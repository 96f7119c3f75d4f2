import assert from 'node:assert/strict';
import {existsSync} from 'node:fs';
import {mkdtemp, rename, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite, test, type TestContext} from 'node:test';
import type {Worker} from 'node:worker_threads';
import type {DocumentIndex} from '../document-index.ts';
import {sqliteIndex} from './sqlite.ts';
import {documentIndexContract} from './testing/document-index-contract.ts';
import {indexThread} from './thread.ts';

const source = {id: 'docs', target: '/docs', readers: 'everybody'} as const;
const pageOf = (id: string, text = 'A lamp needs oil.') => ({
  document: {id, source: 'docs', title: 'Lamps', hash: '1'},
  chunks: [{headings: [], text}],
});
const failOnReport = (error: unknown) => assert.fail(String(error));
const find = async (index: DocumentIndex, query: string) =>
  (await index.search(query, {sources: ['docs'], limit: 9})).map(({id}) => id);

documentIndexContract('an index on a thread', () => indexThread({path: ':memory:', report: failOnReport}));

suite('an index on a thread', () => {
  test('is empty while there is no file, creates none to be read, and sees one as soon as it is there', async (t) => {
    const {path, open} = await place(t);
    const index = open();
    assert.deepEqual(await find(index, 'lamp'), []);
    assert.deepEqual(await index.sources(), []);
    assert.deepEqual(await index.documents('docs'), []);
    await index.remove(['a']);
    await index.removeSource('docs');
    await index.touch([pageOf('a').document]);
    assert.equal(await index.isEmpty(), true);
    assert.equal(existsSync(path), false);

    const other = sqliteIndex({path});
    await other.setSource(source);
    await other.put([pageOf('a')]);
    assert.deepEqual(await find(index, 'lamp'), ['a#0']);
    await other.put([pageOf('b')]);
    assert.deepEqual((await find(index, 'lamp')).toSorted(), ['a#0', 'b#0']);
    await other.close();
  });

  test('sees a file that replaces the one that it has opened', async (t) => {
    const {path, open} = await place(t);
    const index = open();
    await index.setSource(source);
    await index.put([pageOf('old')]);
    const other = sqliteIndex({path: `${path}-new`});
    await other.setSource(source);
    await other.put([pageOf('new')]);
    await other.close();
    for (const end of ['', '-wal', '-shm']) await rm(path + end, {force: true});
    assert.deepEqual(await find(index, 'lamp'), []);
    await rename(`${path}-new`, path);
    assert.deepEqual(await find(index, 'lamp'), ['new#0']);
  });

  test('lets the server go on while it works', async (t) => {
    const index = (await place(t)).open();
    await index.setSource(source);
    const pages = Array.from({length: 1_500}, (_, i) => pageOf(`p${i}`, `lamp ${i} `.repeat(200)));
    let turns = 0;
    const count = setInterval(() => turns++, 1);
    const put = index.put(pages);
    const before = turns;
    await put;
    clearInterval(count);
    assert.ok(turns - before > 20, String(turns - before));
  });

  test('a search that is aborted rejects at once, whether it waits or runs, and the others go on', async (t) => {
    const index = (await place(t)).open();
    await index.setSource(source);
    await index.put([pageOf('a')]);
    const [running, waiting] = [new AbortController(), new AbortController()];
    const search = (signal: AbortSignal) => index.search('lamp', {sources: ['docs'], limit: 1, signal});
    const aborted = [search(running.signal), search(waiting.signal)].map((found) => assert.rejects(found, /left/));
    const third = find(index, 'lamp');
    waiting.abort(new Error('left'));
    running.abort(new Error('left'));
    await Promise.all(aborted);
    assert.deepEqual(await third, ['a#0']);
  });

  test('a thread that dies is reported, its request fails, and the next ones are answered by another thread', async (t) => {
    const workers: Worker[] = [];
    const note = (worker: Worker) => workers.push(worker);
    process.on('worker', note);
    t.after(() => process.off('worker', note));
    const reports: unknown[] = [];
    const index = (await place(t)).open((error) => reports.push(error));
    await index.setSource(source);
    await index.put([pageOf('a')]);
    const failing = assert.rejects(index.search('lamp', {sources: ['docs'], limit: 1}), {code: 'internal'});
    const next = find(index, 'lamp');
    await workers[0]?.terminate();
    await failing;
    assert.deepEqual(await next, ['a#0']);
    assert.equal(reports.length, 1);
    assert.equal(workers.length, 2);
  });

  test('errors keep their code and their cause', async (t) => {
    const {path, open} = await place(t);
    const foreign = open();
    await assert.rejects(foreign.put([pageOf('a')]), {
      code: 'not-found',
      message: 'There is no source “docs” in the index.',
    });
    assert.equal(existsSync(path), true);
  });

  test('a closed index refuses, and what waited is refused, too', async (t) => {
    const index = (await place(t)).open();
    await index.setSource(source);
    const [running, ...waiting] = [1, 2, 3].map(() => find(index, 'lamp'));
    const refused = waiting.map((found) => assert.rejects(found, {code: 'shutting-down'}));
    await Promise.all([index.close(), ...refused, Promise.allSettled([running])]);
    await assert.rejects(find(index, 'lamp'), {code: 'shutting-down'});
  });

  test('more requests than it can answer soon are refused', async (t) => {
    const index = (await place(t)).open();
    const many = await Promise.allSettled(Array.from({length: 700}, () => index.isEmpty()));
    const refused = many.filter(({status}) => status === 'rejected').length;
    assert.equal(refused, 199);
  });
});

async function place(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'chatlet-index-'));
  const path = join(folder, 'index.db');
  const opened: DocumentIndex[] = [];
  t.after(async () => {
    for (const index of opened) await index.close();
    await rm(folder, {recursive: true});
  });
  const open = (report: (error: unknown) => void = failOnReport) => {
    const index = indexThread({path, report});
    opened.push(index);
    return index;
  };
  return {path, open};
}
