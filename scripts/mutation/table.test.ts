import assert from 'node:assert/strict';
import test from 'node:test';
import type {Folder} from './sample.ts';
import {type Tried, inWords, missedBars, page, table} from './table.ts';

function tried(folder: Folder, verdict: Tried['verdict']): Tried {
  const place = {start: 0, end: 1, replacement: '', line: 7, within: 'f', change: 'a → b'};
  return {mutant: {...place, folder, path: `${folder}.ts`}, verdict};
}

const killed = {is: 'killed', net: 'nearest tests', by: 'a.test.ts › a'} as const;
const survived = {is: 'survived'} as const;
const some = (folder: Folder, verdict: Tried['verdict'], count: number) =>
  Array.from({length: count}, () => tried(folder, verdict));

test('mutants that are equivalent do not count, and those that types refuse count as noticed', () => {
  const all = [
    ...some('protocol', killed, 2),
    tried('protocol', {is: 'refused', by: 'types'}),
    tried('protocol', {is: 'equivalent', reason: 'no difference'}),
    tried('protocol', survived),
  ];
  assert.equal(inWords(all), '3 of 4 noticed (75.0 %), 2 by tests');
  assert.match(table(all), /^\| protocol \| 5 \| 2 \| 1 \| 1 \| 1 \| 50 % \| 75 % \|$/m);
});

test('a folder below its bar is named, and so are all together', () => {
  const all = [...some('protocol', killed, 90), ...some('server/http', killed, 8), ...some('server/http', survived, 1)];
  assert.deepEqual(missedBars(all, {whole: true}), ['server/http: 88.9 % are noticed, and it should be 90 %.']);
  const worse = [...all, ...some('protocol', survived, 6)];
  assert.deepEqual(missedBars(worse, {whole: true}), [
    'server/http: 88.9 % are noticed, and it should be 90 %.',
    'all: 93.3 % are noticed, and it should be 95 %.',
  ]);
  assert.equal(missedBars(worse, {whole: false}).length, 1);
  assert.deepEqual(missedBars(some('protocol', {is: 'equivalent', reason: 'none'}, 3), {whole: true}), []);
});

test('the page names each survivor by file, line, function and change', () => {
  const written = page({seed: 5, commit: 'abc', tried: [tried('protocol', survived), tried('protocol', killed)]});
  assert.match(written, /--seed 5` at abc/);
  assert.match(written, /## Survived\n\n- protocol\.ts:7, f: `a → b`\n\n## Refused/);
});
