import assert from 'node:assert/strict';
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'node:test';
import {fileURLToPath} from 'node:url';
import {chooseTests, testFiles} from './choose-tests.mjs';
import {suiteOf, suites, testCommand} from './suites.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

test('every test file of the repository is run by a suite', () => {
  const files = testFiles(root);
  assert.ok(files.length > 100);
  assert.deepEqual(
    files.filter((path) => suiteOf(path) === undefined),
    [],
  );
});

test('every suite has test files', () => {
  const used = new Set(testFiles(root).map(suiteOf));
  assert.deepEqual(
    Object.keys(suites).filter((name) => !used.has(name)),
    [],
  );
});

test('a test file is run by the suite of its folder', () => {
  assert.equal(suiteOf('packages/server/src/cli.test.ts'), 'unit tests');
  assert.equal(suiteOf('packages/server/src/engine/deep/er/turns.test.ts'), 'unit tests');
  assert.equal(suiteOf('packages/widget/src/client/chat-store.test.ts'), 'unit tests');
  assert.equal(suiteOf('packages/widget/src/markdown/view.test.ts'), 'browser tests');
  assert.equal(suiteOf('packages/e2e/src/chat.test.ts'), 'end-to-end tests');
  assert.equal(suiteOf('packages/compat/src/rows-x.test.ts'), 'client tests');
  assert.equal(suiteOf('packages/server/src/cli.ts'), undefined);
  assert.equal(suiteOf('packages/widget/src/styles/base.test.ts'), undefined);
});

test('options stand before the files, as node and web-test-runner want them', () => {
  const chosen = {files: ['a.test.ts', 'b.test.ts'], options: ['--watch']};
  assert.deepEqual(testCommand(suites['unit tests']!, chosen).slice(-3), ['--watch', 'a.test.ts', 'b.test.ts']);
  assert.deepEqual(testCommand(suites['browser tests']!, chosen).slice(-4), [
    '--watch',
    '--files',
    'a.test.ts',
    'b.test.ts',
  ]);
});

test('npm run only finds a file from the folder in which it was typed, and from the root', () => {
  const from = join(root, 'packages/server');
  const {chosen, complaints} = chooseTests(['src/cli.test.ts', 'packages/widget/src/markdown/view.test.ts'], {
    root,
    from,
  });
  assert.deepEqual(complaints, []);
  assert.deepEqual(
    [...chosen],
    [
      ['unit tests', ['packages/server/src/cli.test.ts']],
      ['browser tests', ['packages/widget/src/markdown/view.test.ts']],
    ],
  );
});

test('npm run only says why it cannot run a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'chatlet-suites-'));
  try {
    mkdirSync(join(folder, 'packages/server/src/http'), {recursive: true});
    mkdirSync(join(folder, 'tools'));
    for (const path of [
      'packages/server/src/http/auth.ts',
      'packages/server/src/http/auth.test.ts',
      'tools/x.test.ts',
    ]) {
      writeFileSync(join(folder, path), '');
    }
    const complaintAbout = (...names: string[]) =>
      chooseTests(names, {root: folder, from: folder}).complaints.join('\n');
    const auth = 'packages/server/src/http/auth';
    assert.equal(
      complaintAbout('src/auth.test.ts'),
      `There is no file src/auth.test.ts. Did you mean ${auth}.test.ts?`,
    );
    assert.equal(complaintAbout('nothing.test.ts'), 'There is no file nothing.test.ts.');
    assert.equal(complaintAbout(`${auth}.ts`), `${auth}.ts is not a test file. Did you mean ${auth}.test.ts?`);
    assert.equal(complaintAbout('packages/server'), 'packages/server is a folder. Name its test files one by one.');
    assert.match(complaintAbout('tools/x.test.ts'), /^tools\/x\.test\.ts is in no suite\..*scripts\/suites\.mjs/);
    assert.match(complaintAbout(), /^Name one test file or more: npm run only -- /);
  } finally {
    rmSync(folder, {recursive: true});
  }
});
