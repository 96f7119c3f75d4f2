import assert from 'node:assert/strict';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {type Done, type Part, page, runPart} from './full-run.ts';

const root = mkdtempSync(join(tmpdir(), 'chatlet-full-run-'));
after(() => rmSync(root, {recursive: true, force: true}));

/** A part that runs a script with Node. */
function partOf(script: string, more: Partial<Part> = {}): Part {
  writeFileSync(join(root, 'part.mjs'), script);
  return {name: 'part', command: `"${process.execPath}" part.mjs`, ...more};
}

const run = (part: Part, longest = 60_000) => runPart(part, {root, longest});

test('a part of the full run gets its runs and its seed, and tells its result in words', async () => {
  const part = partOf(
    "console.log('Result: early');\nconsole.log(`Result: ${process.env.CHATLET_RUNS} of ${process.env.CHATLET_SEED}`);",
    {runs: 9, seed: 7},
  );
  const {passed, result} = await run(part);
  assert.deepEqual({passed, result}, {passed: true, result: '9 of 7'});
});

test('a part that says nothing passes or fails by its exit code', async () => {
  assert.deepEqual(await outcomeOf(partOf('')), {passed: true, result: 'passed'});
  assert.deepEqual(await outcomeOf(partOf('process.exitCode = 3;')), {passed: false, result: 'failed'});
});

const outcomeOf = async (part: Part) => {
  const {passed, result} = await run(part);
  return {passed, result};
};

test('a part that takes too long is ended with all that it started, and has not passed', async () => {
  const {passed, result} = await run(partOf("console.log('Result: half'); setInterval(() => {}, 1000);"), 1500);
  assert.deepEqual({passed, result}, {passed: false, result: 'not finished in 0 minutes'});
});

test('the table of the full run lists every part, also one that has not run', () => {
  const done: Done = {passed: false, result: '3 of 4', minutes: 1.25, commit: 'abc'};
  const written = page(
    [
      {name: 'a', command: '', runs: 4, seed: 7},
      {name: 'b', command: ''},
    ],
    new Map([['a', done]]),
  );
  assert.match(written, /^\| a \| 4 \| 7 \| \*\*no\*\* \| 3 of 4 \| 1\.3 \| abc \|$/m);
  assert.match(written, /^\| b \|  \|  \| not run \|/m);
});

test('the parts of the full run have names of their own and commands that exist', () => {
  const parts = JSON.parse(readFileSync(new URL('full-run.json', import.meta.url), 'utf8')) as readonly Part[];
  assert.equal(new Set(parts.map(({name}) => name)).size, parts.length);
  for (const {command} of parts) {
    const [program, ...words] = command.split(' ');
    const script = words.find((word) => !word.startsWith('-')) ?? '';
    if (program === 'node') assert.ok(readFileSync(new URL(`../${script}`, import.meta.url)).length > 0);
  }
});
