import assert from 'node:assert/strict';
import {mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'node:test';
import {weigh} from '../packages/bench/widget/bundles.ts';
import {type Budget, judge, judgeAll} from './budgets.ts';
import {installedPackages, loadedAtOnce} from './measures.ts';

const engine: Budget = {name: 'engine', counts: 'its code', measure: 'engine', unit: 'bytes', limit: 20_000};

test('a budget that is kept says how much is left', () => {
  assert.deepEqual(judge(engine, 12_345), {state: 'fits', lines: ['✔ engine: 12 345 of 20 000 bytes, 7 655 left']});
  assert.equal(judge(engine, 19_000).state, 'fits');
});

test('budgets with less than 5 % left are kept, and named once at the end', () => {
  assert.equal(judge(engine, 19_001).state, 'near');
  assert.equal(judge(engine, 20_000).state, 'near');
  const values = new Map([
    ['engine', 19_951],
    ['tag', 10],
  ]);
  const {lines, kept} = judgeAll([engine, {...engine, name: 'tag', measure: 'tag'}], values);
  assert.ok(kept);
  assert.deepEqual(lines, [
    '✔ engine: 19 951 of 20 000 bytes, 49 left',
    '✔ tag: 10 of 20 000 bytes, 19 990 left',
    '! Less than 5 % left: engine. Make room, or raise the limit, before the next feature needs it.',
  ]);
});

test('a budget that is exceeded fails, says by how much, and names two ways out', () => {
  const {lines, kept} = judgeAll([engine], new Map([['engine', 20_136]]));
  assert.ok(!kept);
  assert.match(lines.join('\n'), /^✖ engine: 20 136 of 20 000 bytes, 136 over \(its code\)\.$/m);
  assert.match(lines.join('\n'), /To stay below it: /);
  assert.match(lines.join('\n'), /To raise it: set its limit in budgets\.json to 21 200, .* what the bytes buy\.$/m);
});

test('a limit that was raised as told has 5 % left', () => {
  for (const value of [111, 20_136, 71_999, 65_635_979]) {
    const told = /to ([\d ]+), in/.exec(judge({...engine, limit: 1}, value).lines.join(' '))?.[1];
    const limit = Number(told?.replaceAll(' ', ''));
    assert.ok(limit >= value / 0.95 && limit < (value / 0.95) * 1.02, `${value}: ${told}`);
    assert.equal(judge({...engine, limit}, value).state, 'fits');
  }
});

test('a budget that nothing measures is an error and not a budget that is kept', () => {
  assert.throws(() => judgeAll([engine], new Map()), /nothing measures engine/);
});

test('an installed package counts once, with all that it needs and nothing for development', () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'chatlet-installed-')));
  const lay = (path: string, manifest: object) => {
    mkdirSync(join(folder, path), {recursive: true});
    writeFileSync(join(folder, path, 'package.json'), JSON.stringify(manifest));
  };
  try {
    lay('.', {
      dependencies: {a: '1', b: '1'},
      devDependencies: {tool: '1'},
      optionalDependencies: {'only-elsewhere': '1'},
    });
    lay('node_modules/a', {dependencies: {b: '1'}});
    lay('node_modules/b', {dependencies: {a: '1'}});
    lay('node_modules/tool', {});
    const found = [...installedPackages(folder)].map((path) => path.slice(folder.length));
    assert.deepEqual(found, ['', '/node_modules/a', '/node_modules/b']);
    lay('node_modules/b', {dependencies: {missing: '1'}});
    assert.throws(() => installedPackages(folder), /missing is not installed/);
  } finally {
    rmSync(folder, {recursive: true});
  }
});

test('the script tag is counted with the modules that it imports at once, without those that it loads later', () => {
  const folder = mkdtempSync(join(tmpdir(), 'chatlet-bundle-'));
  const lay = (name: string, source: string) => writeFileSync(join(folder, name), source);
  try {
    mkdirSync(join(folder, 'parts'));
    lay('tag.js', 'import{a as t}from"./parts/a.js";import"./parts/b.js";const x=()=>import("./parts/later.js");');
    lay('parts/a.js', 'export * from "./c.js";');
    for (const name of ['b', 'c', 'later']) lay(`parts/${name}.js`, 'export const c = 1;');
    const found = [...loadedAtOnce(join(folder, 'tag.js'))].map((path) => path.slice(folder.length + 1));
    assert.deepEqual(found.toSorted(), ['parts/a.js', 'parts/b.js', 'parts/c.js', 'tag.js']);
  } finally {
    rmSync(folder, {recursive: true});
  }
});

test('the Markdown engine loads its highlighter and its formulas only when they are needed', async () => {
  const {later} = await weigh('./weights/ours.ts');
  assert.ok(later.length > 1);
});
