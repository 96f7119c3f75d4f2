import assert from 'node:assert/strict';
import {mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync} from 'node:fs';
import {connect} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {runTests} from './run-tests.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'chatlet-run-tests-')));
mkdirSync(join(root, 'node_modules/.temporary'), {recursive: true});
mkdirSync(join(root, 'scripts'));
after(() => rmSync(root, {recursive: true, force: true}));

/** Writes a test file and gives its path. */
function lay(name: string, lines: readonly string[]): string {
  const path = `scripts/${name}.test.ts`;
  writeFileSync(join(root, path), ["import test from 'node:test';", ...lines].join('\n'));
  return path;
}

const passing = lay('passing', [
  "test('is fine', () => {});",
  "test('is to be done', {todo: true}, () => { throw 1; });",
]);

test('test files that pass have no failure', async () => {
  assert.equal(await runTests(root, [passing]), undefined);
});

test('the first test that fails ends the run, and is named with its file', async () => {
  const failing = lay('failing', [
    "test('is wrong', () => { throw new Error('x'); });",
    'setInterval(() => {}, 1000);',
  ]);
  const marker = join(root, 'marker');
  const later = lay('later', [
    `import {writeFileSync} from 'node:fs';`,
    `writeFileSync(${JSON.stringify(marker)}, '');`,
  ]);
  assert.deepEqual(await runTests(root, [passing, failing, later]), {file: failing, test: 'is wrong'});
  assert.throws(() => readFileSync(marker));
});

test('a test file that cannot be loaded has failed', async () => {
  const broken = lay('broken', ['import {nothing} from "./nowhere.ts";', 'nothing();']);
  assert.equal((await runTests(root, [broken]))?.file, broken);
});

test('a test that never ends has failed, and the processes that it started end with it', async () => {
  const told = join(root, 'port');
  const server = `require('net').createServer().listen(0, function () {
    require('fs').writeFileSync(${JSON.stringify(told)}, String(this.address().port));
    console.log('listening');
  })`;
  const hanging = lay('hanging', [
    "import {spawn} from 'node:child_process';",
    "import {once} from 'node:events';",
    `const child = spawn(process.execPath, ['-e', ${JSON.stringify(server)}]);`,
    "await once(child.stdout, 'data');",
    "test('never ends', () => new Promise(() => {}));",
  ]);
  const failure = await runTests(root, [hanging], {silence: 6000});
  assert.match(failure?.test ?? '', /nothing for 6 s/);
  const socket = connect(Number(readFileSync(told, 'utf8')));
  const outcome = await new Promise((resolve) => {
    socket.on('connect', () => resolve('connected')).on('error', ({message}) => resolve(message));
  });
  socket.destroy();
  assert.match(String(outcome), /ECONNREFUSED/);
});
