import assert from 'node:assert/strict';
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'node:test';
import {isInstalled, noteInstalled} from './installed.mjs';

test('an installation counts until the lockfile changes or the packages are gone', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'installed-'));
  t.after(() => rmSync(root, {recursive: true}));
  const write = (lockfile: string) => writeFileSync(join(root, 'pnpm-lock.yaml'), lockfile);
  const server = join(root, 'packages/server/node_modules');
  writeFileSync(join(root, 'pnpm-workspace.yaml'), 'packages: []');
  write('express: 5');
  mkdirSync(server, {recursive: true});
  assert.equal(isInstalled(root), false);
  noteInstalled(root);
  assert.equal(isInstalled(root), true);
  write('express: 6');
  assert.equal(isInstalled(root), false);
  write('express: 5');
  assert.equal(isInstalled(root), true);
  rmSync(server, {recursive: true});
  assert.equal(isInstalled(root), false);
});
