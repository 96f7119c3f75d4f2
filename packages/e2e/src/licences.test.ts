/** That the script's file of licences, and the bill of materials, have each library that our packages are made of. */
import assert from 'node:assert/strict';
import {globSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {addBundled, bundledPackages} from '../../../scripts/bundled.mjs';

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

test('the bill of materials has what npm installs, and each package that is bundled or copied, as a dependency of ours', () => {
  const ref = (name: string) => ({'bom-ref': `${name}@1.0.0`, name, version: '1.0.0'});
  const installed = {
    components: [ref('@chatlet/widget'), ref('@chatlet/server'), ref('express')],
    dependencies: [
      {ref: '@chatlet/widget@1.0.0', dependsOn: []},
      {ref: '@chatlet/server@1.0.0', dependsOn: ['express@1.0.0']},
      {ref: 'express@1.0.0', dependsOn: []},
    ],
  };
  const {components, dependencies} = addBundled(installed, bundledPackages());
  const insideOf = (name: string) =>
    dependencies
      .filter(({ref: each}) => each.startsWith(`${name}@`))
      .flatMap(({dependsOn}) => dependsOn.map((each) => each.replace(/@[^@]+$/, '')));
  const licences = readFileSync(join(built, 'chatlet/licenses.md'), 'utf8');
  const inScripts = [...licences.matchAll(/^## (\S+) - /gm)].map(([, name = '']) => name);
  const copying = readFileSync(join(import.meta.dirname, '../../server/scripts/packed-files.mjs'), 'utf8');
  const copied = [...copying.matchAll(/(?:folderOf\('|resolve\(`)((?:@[\w-]+\/)?[\w-]+)/g)].map(
    ([, name = '']) => name,
  );
  assert.ok(copied.length >= 3, copied.join(' '));
  assert.deepEqual(insideOf('@chatlet/widget').toSorted(), inScripts.toSorted());
  for (const name of ['express', ...inScripts, ...copied]) assert.ok(insideOf('@chatlet/server').includes(name), name);
  assert.deepEqual(insideOf('express'), []);
  const refs = new Set(components.map((each) => each['bom-ref']));
  assert.deepEqual(
    dependencies.flatMap(({ref: each, dependsOn}) => [each, ...dependsOn]).filter((each) => !refs.has(each)),
    [],
  );
});
