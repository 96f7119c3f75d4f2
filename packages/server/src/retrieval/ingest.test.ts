import assert from 'node:assert/strict';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {createServer} from 'node:http';
import {once} from 'node:events';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, beforeEach, suite, test} from 'node:test';
import type {DocumentIndex} from './document-index.ts';
import {openExtractionThreads} from './extract/threads.ts';
import {sqliteIndex} from './index/sqlite.ts';
import {type IngestSource, ingest} from './ingest.ts';
import {page} from './sources/testing/trap-site.ts';

const threads = openExtractionThreads();
const folder = await mkdtemp(join(tmpdir(), 'chatlet-ingest-'));
after(async () => {
  await threads.close();
  await rm(folder, {recursive: true, force: true});
});
let index: DocumentIndex;
beforeEach(() => {
  index = sqliteIndex({path: ':memory:'});
});

async function run(source: Partial<IngestSource> = {}, signal = new AbortController().signal) {
  const result = await ingest({id: 'docs', target: folder, readers: 'everybody', ...source}, {index, threads, signal});
  const {added, changed, unchanged, removed, leftOut} = result;
  return {counts: [added, changed, unchanged, removed], leftOut: leftOut.map(({id, why}) => `${id}: ${why}`)};
}

async function find(query: string): Promise<readonly string[]> {
  const found = await index.search(query, {sources: ['docs'], limit: 5, signal: new AbortController().signal});
  return found.map(({id}) => id);
}

suite('bringing an index up to date', () => {
  test('documents are added, changed, kept and removed', async () => {
    await writeFile(join(folder, 'lamp.md'), '# Lamp\n\nA lamp burns for nine hours.');
    await writeFile(join(folder, 'horn.md'), '# Horn\n\nThe horn is loud.');
    await writeFile(join(folder, 'broken.pdf'), 'no PDF');
    assert.deepEqual(await run(), {counts: [2, 0, 0, 0], leftOut: ['docs/broken.pdf: it is a broken PDF']});
    assert.deepEqual(await find('nine hours'), ['docs/lamp.md#0']);
    assert.deepEqual((await run()).counts, [0, 0, 2, 0]);
    await writeFile(join(folder, 'lamp.md'), '# Lamp\n\nA lamp glows for ten hours.');
    await rm(join(folder, 'horn.md'));
    assert.deepEqual((await run()).counts, [0, 1, 0, 1]);
    assert.deepEqual([await find('burns'), await find('glows'), await find('horn')], [[], ['docs/lamp.md#0'], []]);
  });

  test('a file that was good and is broken now stays as it was', async () => {
    await writeFile(join(folder, 'lamp.md'), '# Lamp\n\nA lamp burns.');
    await run();
    await writeFile(join(folder, 'lamp.md'), '# Lamp\0');
    assert.deepEqual((await run({include: ['lamp.md']})).counts, [0, 0, 0, 0]);
    assert.deepEqual(await find('lamp'), ['docs/lamp.md#0']);
  });

  test('a run that is ended or whose source is gone removes nothing', async () => {
    await writeFile(join(folder, 'lamp.md'), '# Lamp\n\nA lamp burns.');
    await run();
    const reason = new Error('enough');
    await assert.rejects(run({}, AbortSignal.abort(reason)), reason);
    await assert.rejects(run({target: join(folder, 'missing')}), /There is a source “docs” already/);
    await index.setSource({id: 'docs', target: join(folder, 'missing'), readers: 'everybody'});
    await assert.rejects(run({target: join(folder, 'missing')}), /ENOENT/);
    assert.deepEqual(await find('lamp'), ['docs/lamp.md#0']);
  });

  test('the readers of a source are those of its last run', async () => {
    await writeFile(join(folder, 'lamp.md'), '# Lamp');
    await run();
    await run({readers: 'users'});
    assert.deepEqual(await index.sources(), [{id: 'docs', target: folder, readers: 'users'}]);
  });
});

suite('a site that changes', () => {
  test('a page that failed is read by the next run, although the page that leads to it is the same', async () => {
    let isBroken = true;
    const server = createServer((request, response) => {
      const {url, headers} = request;
      if (url === '/hub' && headers['if-none-match'] === '"1"') response.writeHead(304).end();
      else if (url === '/hub')
        response
          .writeHead(200, {etag: '"1"', 'content-type': 'text/html'})
          .end(page('Hub', '<p>Hub.</p><a href=/lamp>x</a>'));
      else if (url === '/lamp' && isBroken) response.writeHead(500).end();
      else if (url === '/lamp')
        response.writeHead(200, {'content-type': 'text/html'}).end(page('Lamp', '<p>It burns.</p>'));
      else if (url === '/')
        response.writeHead(200, {'content-type': 'text/html'}).end(page('Start', '<p>Hi.</p><a href=/hub>x</a>'));
      else response.writeHead(404).end();
    });
    server.listen({port: 0, host: '127.0.0.1'});
    await once(server, 'listening');
    const address = server.address();
    const target = `http://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}/`;
    try {
      const site = {target, limits: {interval: 0}};
      assert.deepEqual(await run(site), {counts: [2, 0, 0, 0], leftOut: [`${target}lamp: the server answers 500`]});
      isBroken = false;
      assert.deepEqual(await run(site), {counts: [1, 0, 2, 0], leftOut: []});
      assert.deepEqual(await run(site), {counts: [0, 0, 3, 0], leftOut: []});
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
