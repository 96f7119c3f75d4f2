import assert from 'node:assert/strict';
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'node:test';
import {fileURLToPath} from 'node:url';
import {chooseTests, testFiles, testsBeside} from './choose-tests.mjs';
import {runProcess, toJobs} from './run-in-groups.mjs';
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

test('npm run check runs the unit tests in the folders of what has changed', () => {
  assert.deepEqual(testsBeside('unit tests', ['packages/server/src/limiters/memory.ts', 'README.md'], root), [
    'packages/server/src/limiters/memory.test.ts',
  ]);
  assert.deepEqual(testsBeside('unit tests', ['packages/e2e/src/stage.ts'], root), []);
});

test('files of a group share processes, a dozen at a time; all others run alone, and none runs twice', () => {
  const grouped = Array.from({length: 25}, (_, index) => `a/${index}.test.ts`);
  const find = (patterns: readonly string[]) =>
    patterns.flatMap((pattern) =>
      pattern === 'all' ? [...grouped, 'b.test.ts'] : pattern === 'a' ? grouped : [pattern],
    );
  const jobs = toJobs({runner: 'node', files: ['all'], groups: ['a'], alone: ['a/3.test.ts']}, find);
  assert.deepEqual(jobs.slice(0, 2), [['a/3.test.ts'], ['b.test.ts']]);
  assert.deepEqual(
    jobs.slice(2).map(({length}) => length),
    [12, 12],
  );
  assert.equal(new Set(jobs.flat()).size, 26);
});

test('a process of grouped files that fails, ends early or hangs is counted as failed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'chatlet-groups-'));
  const write = (name: string, source: string) => {
    writeFileSync(join(folder, name), `import test from 'node:test';\n${source}`);
    return join(folder, name);
  };
  try {
    const passes = write('passes.test.mjs', "test('passes', () => {});");
    const fails = write('fails.test.mjs', "test('fails', () => { throw new Error('No.'); });");
    const ends = write('ends.test.mjs', "test('ends', () => process.exit(0));");
    const hangs = write('hangs.test.mjs', "test('hangs', () => new Promise(() => {}));");
    const result = async (files: string[], timeout = 20_000) => {
      const {passed, failed} = await runProcess(files, timeout);
      return [passed, failed];
    };
    assert.deepEqual(await result([passes, passes]), [1, 0]);
    assert.deepEqual(await result([passes, fails]), [1, 1]);
    assert.deepEqual(await result([passes, hangs], 2000), [1, 1]);
    assert.ok(((await result([passes, ends]))[1] ?? 0) > 0);
    assert.deepEqual(await result([fails]), [0, 1]);
  } finally {
    rmSync(folder, {recursive: true});
  }
});
