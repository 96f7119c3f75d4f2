import assert from 'node:assert/strict';
import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'node:test';
import {fileURLToPath} from 'node:url';
import {apply, canBeParsed, mutantsOf} from './mutants.ts';
import {createNets} from './nearest-tests.ts';
import {equivalentTo} from './results.ts';
import {type Drawn, drawSample, folderNames, folders, shareOut, sourcesIn} from './sample.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const draw = (count: number, seed: number) => drawSample(root, {count, seed, among: ['server/limiters']});

test('the same seed draws the same sample, and another seed another one', () => {
  assert.deepEqual(draw(5, 1), draw(5, 1));
  assert.notDeepEqual(draw(5, 1), draw(5, 2));
});

test('a larger sample begins with the smaller one, so that nothing is tried twice', () => {
  assert.deepEqual(draw(9, 1).slice(0, 5), draw(5, 1));
});

test('each mutant of a sample is on a line of its own and can be parsed', () => {
  const sample = draw(20, 3);
  assert.equal(new Set(sample.map(({path, line}) => `${path}:${line}`)).size, 20);
  for (const mutant of sample) {
    const source = readFileSync(join(root, mutant.path), 'utf8');
    const mutated = apply(source, mutant);
    assert.notEqual(mutated, source);
    assert.ok(canBeParsed(mutated));
  }
});

test('a sample is shared out to the last mutant, and no folder goes without', () => {
  const shares = shareOut(150, new Map(folderNames.map((folder, index) => [folder, 10 ** (index % 4)])));
  assert.equal(
    [...shares.values()].reduce((sum, share) => sum + share),
    150,
  );
  assert.ok([...shares.values()].every((share) => share >= 6));
});

test('every measured folder has sources, and no test, fake or style sheet is among them', () => {
  for (const folder of folderNames) {
    const sources = sourcesIn(root, folders[folder]);
    assert.ok(sources.length > 0, folder);
    assert.deepEqual(
      sources.filter((path) => /test|styles|testing|marked\.ts/.test(path)),
      [],
    );
  }
});

test('the nearest tests of a source are those beside it, and every net holds files that exist', () => {
  const findNets = createNets(root);
  for (const folder of folderNames) {
    const [path = ''] = sourcesIn(root, folders[folder]);
    const nets = findNets({path, folder});
    assert.ok(nets.length > 1, folder);
    for (const {files} of nets) for (const file of files) assert.ok(existsSync(join(root, file)), file);
    const first = nets[0]!.files;
    assert.ok(first.length > 0 && nets.slice(1).every(({files}) => !files.includes(first[0]!)), folder);
  }
  const [nearest] = findNets({path: 'packages/server/src/limiters/memory.ts', folder: 'server/limiters'});
  assert.deepEqual(nearest?.files, ['packages/server/src/limiters/memory.test.ts']);
});

test('a mutant that is listed as equivalent is found again after edits above it', () => {
  const at = (source: string): Drawn => ({
    ...mutantsOf(source).find(({change}) => change === '1000 → 1001')!,
    folder: 'protocol',
    path: 'a.ts',
  });
  const source = 'function wait() {\n  return 1000;\n}';
  const {path, within, change} = at(source);
  const known = {path, within, change, reason: 'a millisecond'};
  assert.equal(equivalentTo(at(`const other = 1;\n${source}`), [known]), known);
  assert.equal(equivalentTo(at(source.replace('wait', 'ask')), [known]), undefined);
});
