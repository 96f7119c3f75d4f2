/**
 * The tags and the wrappers have the right types in the templates of each framework, by the framework's own compiler. The
 * fixtures hold what must compile, and mistakes: behind `@ts-expect-error`, or where the compiler of a template does not
 * know that, each in the line after a comment that begins with `wrong:`.
 */
import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {globSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, suite, test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {stripVTControlCharacters} from 'node:util';
import {sampling} from '../../e2e/src/sampling.ts';

const own = fileURLToPath(new URL('../', import.meta.url));
const typescript7 = fileURLToPath(new URL('../../../node_modules/typescript/bin/tsc', import.meta.url));
const inModules = (path: string) => join(own, 'node_modules', path);

/** The places of the errors that a compiler prints, as `file:line`. */
function findErrors(args: readonly string[], folder: string): Promise<readonly string[]> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, {cwd: join(own, 'fixtures', folder)}, (_, out, err) => {
      // tsc: `a.tsx(3,4): error`, svelte-check: `1796 ERROR "A.svelte" 3:4 "…"`, ngc: `a.ts:3:4 - error`
      const places = stripVTControlCharacters(out + err).matchAll(/([\w-]+\.\w+)(?:\(|:|" )(\d+)[,:]\d+/g);
      resolve([...places].map(([, file, line]) => `${file}:${line}`));
    });
  });
}

/** The lines after each comment that begins with `wrong:`. */
function findMistakes(folder: string): readonly string[] {
  return globSync('*.{vue,svelte,ts}', {cwd: join(own, 'fixtures', folder)}).flatMap((file) =>
    readFileSync(join(own, 'fixtures', folder, file), 'utf8')
      .split('\n')
      .flatMap((line, index) => (line.includes('<!-- wrong:') ? [`${file}:${index + 2}`] : [])),
  );
}

interface Compiler {
  readonly name: string;
  /** The folder of its fixtures. */
  readonly folder: string;
  readonly args: readonly string[];
  /** Whether mistakes stand behind `@ts-expect-error`, so that the compiler itself misses one that is none. */
  readonly expectsErrors: boolean;
}

const byTypescript = (name: string, folder: string, config = 'tsconfig.json'): Compiler => ({
  name,
  folder,
  args: [typescript7, '-p', config],
  expectsErrors: true,
});
const byOwnCompiler = (name: string, folder: string, [program, ...args]: readonly [string, ...string[]]): Compiler => ({
  name,
  folder,
  args: [inModules(program), ...args],
  expectsErrors: false,
});

const compilers: readonly Compiler[] = [
  byTypescript('React 19', 'react'),
  byTypescript('React 18', 'react', 'tsconfig-18.json'),
  byTypescript('Preact', 'preact'),
  byTypescript('Solid', 'solid'),
  byOwnCompiler('Vue', 'vue', ['vue-tsc/bin/vue-tsc.js', '-p', '.']),
  byOwnCompiler('Svelte', 'svelte', [
    'svelte-check/bin/svelte-check',
    '--tsconfig',
    'tsconfig.json',
    '--output',
    'machine',
  ]),
  byOwnCompiler('Angular', 'angular', ['@angular/compiler-cli/bundles/src/bin/ngc.js', '-p', '.']),
];

/** Compilers are slow: `npm test` asks one that chance chooses, the full run all. */
const {runs, random, tellResult} = sampling('types of the tags', 1);
const chosen = new Set(
  compilers
    .map((compiler) => ({compiler, place: random()}))
    .toSorted((one, other) => one.place - other.place)
    .slice(0, runs)
    .map(({compiler}) => compiler),
);

suite('types of the tags and wrappers', () => {
  after(() =>
    tellResult(`${chosen.size} of ${compilers.length} compilers agree with the fixtures, or the tests have failed`),
  );

  for (const {name, folder, args, expectsErrors} of chosen) {
    test(`${expectsErrors ? 'E4' : 'E7'}: ${name} takes what the elements take, and refuses wrong values and payloads`, async () => {
      const mistakes = expectsErrors ? [] : findMistakes(folder);
      assert.ok(expectsErrors || mistakes.length > 1, 'There are no mistakes to find.');
      assert.deepEqual(new Set(await findErrors(args, folder)), new Set(mistakes));
    });
  }
});
