/** That what `pnpm new:…` begins passes lint, types and its own test, in a copy of the sources. */
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'node:test';
import {fileURLToPath} from 'node:url';
import {begin} from './new.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

function run(cwd: string, ...[file = '', ...args]: readonly string[]): void {
  // Within a test, Node would take the tests of the copy for parts of it, and run none.
  const env = {...process.env, NODE_TEST_CONTEXT: undefined};
  const {status, stdout, stderr} = spawnSync(file, args, {cwd, encoding: 'utf8', env});
  assert.equal(status, 0, `${args.join(' ')}\n${stdout}${stderr}`);
}

test('a new element, dialect and provider pass lint, types and their tests', (t) => {
  // Inside the root, so that packages of the root are found, but not in node_modules, where Node reads no TypeScript.
  mkdirSync(join(root, '.cache'), {recursive: true});
  const copy = mkdtempSync(join(root, '.cache', 'new-'));
  t.after(() => rmSync(copy, {recursive: true}));
  for (const name of ['protocol', 'widget', 'server']) {
    for (const part of ['src', 'package.json']) {
      cpSync(join(root, 'packages', name, part), join(copy, 'packages', name, part), {recursive: true});
    }
    symlinkSync(join(root, 'packages', name, 'node_modules'), join(copy, 'packages', name, 'node_modules'), 'junction');
  }
  for (const file of [
    '.oxlintrc.json',
    '.oxfmtrc.json',
    'tsconfig.base.json',
    'tsconfig.tests.json',
    'scripts/one-way-out.mjs',
  ]) {
    cpSync(join(root, file), join(copy, file));
  }
  const files = ['element', 'dialect', 'provider'].flatMap((kind) => begin(kind, 'acme-2-chat', copy));
  assert.equal(files.length, 7);
  writeFileSync(join(copy, 'tsconfig.json'), JSON.stringify({extends: './tsconfig.tests.json', include: files}));
  const tool = (name: string, file: string) => join(root, 'node_modules', name, 'bin', file);
  run(copy, process.execPath, tool('typescript', 'tsc'), '-p', 'tsconfig.json');
  run(copy, process.execPath, tool('oxfmt', 'oxfmt'), '--check', ...files);
  run(copy, process.execPath, tool('oxlint', 'oxlint'), '--deny-warnings', ...files);
  const tests = files.filter((path) => /(?:protocol|server).*\.test\.ts$/.test(path));
  assert.equal(tests.length, 2);
  run(copy, process.execPath, '--conditions=@chatlet/source', '--test', ...tests);
  assert.throws(() => begin('provider', 'acme-2-chat', copy), /is there already/);
  assert.throws(() => begin('provider', 'Acme', copy), /small letters with dashes/);
  assert.throws(() => begin('endpoint', 'acme', copy), /no template/);
});
