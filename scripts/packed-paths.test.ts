import assert from 'node:assert/strict';
import {test} from 'node:test';
import {needlessFiles} from './packed-paths.mjs';

test('a tarball with sources, their compiled modules and documents has nothing needless', () => {
  const names = [
    'dist/a.js',
    'dist/a.js.map',
    'dist/a.d.ts',
    'dist/a.d.ts.map',
    'src/a.ts',
    'README.md',
    'package.json',
  ];
  assert.deepEqual(needlessFiles(names.concat('dist/browser/chatlet.js').map((name) => `package/${name}`)), []);
});

test('tests, their helpers, notes of the compiler, maps of bundled scripts, and modules without a source are needless in a tarball', () => {
  const needless = [
    'dist/testing/server.js',
    'src/a.test.ts',
    'src/testing/server.ts',
    'tsconfig.tsbuildinfo',
    'tsconfig.json',
    'api.txt',
    '.DS_Store',
    'dist/renamed.js',
    'dist/renamed.d.ts.map',
    'dist/browser/chatlet.js.map',
    'dist/browser/chatlet/chat-1a2b.js.map',
    'widget/chatlet/chat-1a2b.js.map',
  ].map((name) => `package/${name}`);
  assert.deepEqual(needlessFiles(['package/src/a.ts', 'package/dist/a.js', ...needless]), needless);
});
