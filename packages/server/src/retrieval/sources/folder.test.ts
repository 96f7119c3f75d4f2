import assert from 'node:assert/strict';
import {chmod, mkdir, mkdtemp, rm, symlink, utimes, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {after, suite, test} from 'node:test';
import type {SourceDocument} from '../document-index.ts';
import {openExtractionThreads} from '../extract/threads.ts';
import type {Finding} from './finding.ts';
import {type FolderReading, readFolder} from './folder.ts';

const threads = openExtractionThreads();
const folders: string[] = [];
after(async () => {
  await threads.close();
  for (const folder of folders) await rm(folder, {recursive: true, force: true});
});

async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'chatlet-folder-'));
  folders.push(folder);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), {recursive: true});
    await writeFile(join(folder, path), text);
  }
  return folder;
}

async function read(target: string, options: Partial<FolderReading> = {}): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for await (const finding of readFolder({
    source: 'docs',
    target,
    known: new Map(),
    read: threads.read,
    readers: threads.size,
    signal: new AbortController().signal,
    ...options,
  })) {
    findings.push(finding);
  }
  return findings;
}

function documentsIn(findings: readonly Finding[]): readonly SourceDocument[] {
  return findings
    .flatMap((each) => (each.type === 'read' ? [each.document] : []))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

function leftOutIn(findings: readonly Finding[]): Readonly<Record<string, string>> {
  return Object.fromEntries(findings.flatMap((each) => (each.type === 'left-out' ? [[each.id, each.why]] : [])));
}

suite('the documents of a folder', () => {
  test('hidden files, node_modules, links, and what cannot be read are left out', async () => {
    const folder = await folderWith({
      'a.md': '# A\n\nText',
      'sub/b.txt': 'Opening hours\nNine to five',
      '.git/c.md': 'no',
      'node_modules/d.md': 'no',
      'e.png': 'no',
      'f.md': ' ',
      'g.html': '<meta name=robots content=noindex><p>no',
      'h.pdf': 'no',
      'i.md': '---\ndraft: true\n---\nno',
    });
    await symlink('/etc', join(folder, 'etc'));
    await symlink(join(folder, 'a.md'), join(folder, 'j.md'));
    const findings = await read(folder);
    assert.deepEqual(
      documentsIn(findings).map(({id, title}) => `${id} ${title}`),
      ['docs/a.md A', 'docs/sub/b.txt Opening hours'],
    );
    assert.deepEqual(leftOutIn(findings), {
      'docs/e.png': 'files like .png cannot be read',
      'docs/etc': 'it is a link',
      'docs/f.md': 'it holds no text',
      'docs/g.html': 'it says noindex',
      'docs/h.pdf': 'it is a broken PDF',
      'docs/i.md': 'it is a draft',
      'docs/j.md': 'it is a link',
    });
  });

  test('a file alone is a source', async () => {
    const folder = await folderWith({'report.md': '# Report\n\nQ4 was good.', 'b.md': 'no'});
    assert.deepEqual(
      documentsIn(await read(join(folder, 'report.md'))).map(({id}) => id),
      ['docs/report.md'],
    );
  });

  test('patterns choose files and folders', async () => {
    const folder = await folderWith({'a.md': 'x', 'guide/b.md': 'x', 'guide/old/c.md': 'x', 'guide/d.txt': 'x'});
    const ids = async (options: Partial<FolderReading>) => documentsIn(await read(folder, options)).map(({id}) => id);
    assert.deepEqual(await ids({include: ['guide'], exclude: ['guide/old/']}), ['docs/guide/b.md', 'docs/guide/d.txt']);
    assert.deepEqual(await ids({include: ['**/*.md']}), ['docs/a.md', 'docs/guide/b.md', 'docs/guide/old/c.md']);
    assert.deepEqual(await ids({include: ['*.md', 'guide/?.txt']}), ['docs/a.md', 'docs/guide/d.txt']);
  });

  test('a folder that is published gives its files their addresses', async () => {
    const folder = await folderWith({'a b.md': 'x', 'index.md': 'x', 'guide/README.md': 'x', 'guide/c.html': '<p>x'});
    const documents = documentsIn(await read(folder, {baseUrl: 'https://docs.example/v1'}));
    assert.deepEqual(
      documents.map(({url}) => url),
      [
        'https://docs.example/v1/a%20b',
        'https://docs.example/v1/guide/',
        'https://docs.example/v1/guide/c.html',
        'https://docs.example/v1/',
      ],
    );
  });

  test('a file that has not changed is not read', async () => {
    const folder = await folderWith({'a.md': 'one', 'b.md': 'two'});
    const known = new Map(documentsIn(await read(folder)).map((document) => [document.id, document]));
    await utimes(join(folder, 'b.md'), new Date(), new Date(Date.now() + 5_000));
    const again = await read(folder, {known});
    assert.deepEqual(
      again.filter(({type}) => type === 'unchanged'),
      [{type: 'unchanged', id: 'docs/a.md'}],
    );
    // Its content is the same as before, which its hash tells.
    assert.equal(documentsIn(again)[0]?.hash, known.get('docs/b.md')?.hash);
    assert.equal(
      (await read(folder, {known, baseUrl: 'https://docs.example'})).every(({type}) => type === 'read'),
      true,
    );
  });

  test('a folder inside that may not be read is named, a missing one is an error', async () => {
    const folder = await folderWith({'a.md': 'x', 'closed/b.md': 'x'});
    await chmod(join(folder, 'closed'), 0);
    const findings = await read(folder);
    // The user root may read everything, and so may everybody on Windows, which has no such modes.
    const readsAll = process.platform === 'win32' || process.getuid?.() === 0;
    if (!readsAll) assert.deepEqual(leftOutIn(findings), {'docs/closed': 'it may not be read'});
    await chmod(join(folder, 'closed'), 0o700);
    await assert.rejects(read(join(folder, 'missing')), /ENOENT/);
  });
});
