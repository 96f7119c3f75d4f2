import assert from 'node:assert/strict';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, suite, test} from 'node:test';
import {setTimeout as pause} from 'node:timers/promises';
import {lazyIndex} from './index/lazy.ts';
import {ingestAll} from './ingest-all.ts';
import {startSchedule} from './schedule.ts';
import {indexPathOf, readInterval, toIngestSource} from './source-settings.ts';

const folder = await mkdtemp(join(tmpdir(), 'chatlet-schedule-'));
after(() => rm(folder, {recursive: true, force: true}));
const path = join(folder, 'index.db');
const source = toIngestSource({id: 'docs', target: join(folder, 'docs.md')});

async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await holds())) await pause(50);
}

suite('a schedule', () => {
  test('reads its sources again and again, and reports one that cannot be read', async () => {
    const reports: string[] = [];
    const missing = toIngestSource({target: join(folder, 'missing')});
    const schedule = startSchedule({
      path,
      sources: [
        {source: missing, every: 3_600_000},
        {source, every: 50},
      ],
      report: (error) => void reports.push(String(error instanceof Error ? error.cause : error)),
      firstAfter: 0,
    });
    const index = lazyIndex({path});
    const titles = async () => (await index.documents('docs')).map(({title}) => title);
    try {
      await writeFile(source.target, '# One\n\nText');
      await until(async () => (await titles()).includes('One'));
      await writeFile(source.target, '# Number two\n\nText');
      await until(async () => (await titles()).includes('Number two'));
      await until(() => reports.some((report) => /The source “missing” was not read: .*ENOENT/.test(report)));
    } finally {
      await schedule.close();
      await index.close();
    }
  });

  test('one ingest of an index runs at a time, and the other one is named', async () => {
    const options = {path, signal: new AbortController().signal};
    const first = ingestAll([source, source], options);
    await first.next();
    await assert.rejects(
      ingestAll([source], options).next(),
      new RegExp(`Another ingest writes .*process ${process.pid}`),
    );
    await first.return(undefined);
    assert.equal((await ingestAll([source], options).next()).done, false);
  });
});

suite('settings of sources', () => {
  test('a source is named after its target', () => {
    const idOf = (target: string) => toIngestSource({target}).id;
    assert.deepEqual(
      [
        'https://docs.example.com/',
        'https://docs.example.com/guide/v1/',
        './docs',
        '/srv/My docs/',
        'a/report.pdf',
        '/',
      ].map(idOf),
      ['docs.example.com', 'docs.example.com-guide-v1', 'docs', 'My-docs', 'report.pdf', 'documents'],
    );
    assert.equal(toIngestSource({target: './docs'}).target, join(process.cwd(), 'docs'));
  });

  test('intervals are minutes, hours or days', () => {
    assert.deepEqual(['30m', '24h', '7d', '0h', '1w', '', 'h', '1.5h'].map(readInterval), [
      1_800_000,
      86_400_000,
      604_800_000,
      ...Array.from({length: 5}, () => undefined),
    ]);
  });

  test('the index is beside the database, unless it has a name', () => {
    assert.equal(indexPathOf({}, 'sqlite:/var/chat/chat.db'), '/var/chat/index.db');
    assert.equal(indexPathOf({index: 'own.db'}, 'sqlite::memory:'), 'own.db');
    assert.equal(indexPathOf({}, 'sqlite::memory:'), undefined);
  });
});
