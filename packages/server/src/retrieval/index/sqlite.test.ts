import assert from 'node:assert/strict';
import {mkdtempSync} from 'node:fs';
import {mkdtemp, rm, stat, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {after, suite, test, type TestContext} from 'node:test';
import {documentIndexContract} from './testing/document-index-contract.ts';
import {sqliteIndex} from './sqlite.ts';
import {rightsOfOthers} from '../../testing/of-the-system.ts';

const signal = new AbortController().signal;
const source = {id: 'docs', target: '/docs', readers: 'everybody'} as const;
const document = {id: 'a', source: 'docs', title: 'Lamps', hash: '1'};
const chunks = [{headings: [], text: 'A lamp needs oil.'}];

documentIndexContract('sqlite in memory', () => sqliteIndex({path: ':memory:'}));

suite('an index file', () => {
  const files = mkdtempSync(join(tmpdir(), 'chatlet-index-'));
  after(() => rm(files, {recursive: true}));
  let count = 0;
  documentIndexContract('sqlite in a file', () => sqliteIndex({path: join(files, `${count++}.db`)}));

  test('is created with its folders, only its own user may read it, and it keeps its documents', async (t) => {
    const path = join(await folder(t), 'new', 'index.db');
    const first = sqliteIndex({path});
    await first.setSource(source);
    await first.put([{document, chunks}]);
    await first.close();
    assert.equal(await rightsOfOthers(path), 0);

    const second = sqliteIndex({path});
    t.after(() => second.close());
    assert.equal((await second.search('oil', {sources: ['docs'], limit: 1, signal})).length, 1);
  });

  test('shows what another connection writes, and can be read while that one writes', async (t) => {
    const path = join(await folder(t), 'index.db');
    const [reader, writer] = [sqliteIndex({path}), sqliteIndex({path})];
    t.after(() => Promise.all([reader.close(), writer.close()]));
    await writer.setSource(source);
    assert.equal(await reader.isEmpty(), true);
    await writer.put([{document, chunks}]);
    assert.equal((await reader.search('oil', {sources: ['docs'], limit: 1, signal})).length, 1);

    const other = new DatabaseSync(path);
    t.after(() => other.close());
    other.exec("begin immediate; delete from documents where id = 'none'");
    assert.equal((await reader.search('oil', {sources: ['docs'], limit: 1, signal})).length, 1);
  });

  test('holds the text of a passage once', async (t) => {
    const path = join(await folder(t), 'index.db');
    const index = sqliteIndex({path});
    await index.setSource(source);
    const text = Array.from({length: 20_000}, (_, i) => `word${i % 500}`).join(' ');
    await index.put([{document, chunks: [{headings: [], text}]}]);
    await index.close();
    assert.ok((await stat(path)).size < text.length * 1.8);
  });

  test('of the version before finds words in other forms, too, and needs no new ingest', async (t) => {
    const path = join(await folder(t), 'index.db');
    const first = sqliteIndex({path});
    await first.setSource(source);
    const text = 'Alle Zahlungen an den Wärter';
    await first.put([{document: {...document, language: 'de'}, chunks: [{headings: ['Die Gebühren'], text}]}]);
    await first.close();
    const db = new DatabaseSync(path);
    db.exec(`
      delete from words;
      insert into words (rowid, title, headings, text)
        select key, 'lamps', 'die gebuhren', 'alle zahlungen an den warter' from chunks;
      pragma user_version = 2;
    `);
    db.close();

    const [second, third] = [sqliteIndex({path}), sqliteIndex({path})];
    t.after(() => Promise.all([second.close(), third.close()]));
    const find = async (index: typeof second, query: string) =>
      (await index.search(query, {sources: ['docs'], limit: 9, signal})).map(({text: found}) => found);
    assert.deepEqual(await Promise.all([find(second, 'Zahlung'), find(third, 'Gebühr')]), [[text], [text]]);
    await second.put([{document: {...document, language: 'de', hash: '2'}, chunks}]);
    assert.deepEqual(await find(second, 'Zahlung'), []);
    assert.deepEqual(await find(second, 'lamp'), ['A lamp needs oil.']);
  });

  test('of another kind or another version is refused with a sentence, and not changed', async (t) => {
    const place = await folder(t);
    const foreign = join(place, 'foreign.db');
    const db = new DatabaseSync(foreign);
    db.exec('create table mine (id text)');
    db.close();
    assert.throws(() => sqliteIndex({path: foreign}), {code: 'internal', message: /Delete the file, and ingest again/});

    const text = join(place, 'notes.txt');
    await writeFile(text, 'not a database '.repeat(1_000));
    assert.throws(() => sqliteIndex({path: text}), {code: 'internal', message: /cannot be used as a database/});
  });
});

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'chatlet-index-'));
  t.after(() => rm(path, {recursive: true}));
  return path;
}
