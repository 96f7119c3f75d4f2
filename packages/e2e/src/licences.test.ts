/** That the script's file of licences has each library that the script is made of. */
import assert from 'node:assert/strict';
import {globSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';

const built = join(import.meta.dirname, '../../widget/dist/browser');

test('each library in the script tag is in the file of licences beside it, with its text', () => {
  const licences = readFileSync(join(built, 'chatlet/licenses.md'), 'utf8');
  const listed = new Set([...licences.matchAll(/^## (\S+) - /gm)].map(([, name = '']) => name));
  const bundled = new Set(['marked']);
  for (const map of globSync('chatlet{,/*}.js.map', {cwd: built})) {
    const {sources} = JSON.parse(readFileSync(join(built, map), 'utf8')) as {readonly sources: readonly string[]};
    for (const source of sources) {
      const [, name] = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(source) ?? [];
      if (name !== undefined) bundled.add(name);
    }
  }
  assert.ok(bundled.size > 5, [...bundled].join(' '));
  assert.deepEqual(
    [...bundled].filter((name) => !listed.has(name)),
    [],
  );
  for (const text of licences.split(/^## /m).slice(1)) assert.ok(text.length > 500, text.slice(0, 80));
});
