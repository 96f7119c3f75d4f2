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

/** Compilers are slow: `npm test` asks those of React 19 and Vue, the full run all. */
const all = Number(process.env['CHATLET_RUNS'] ?? 1) > 1;

suite('types of the tags and wrappers', () => {
  after(() =>
    console.log(`Result: ${all ? 'seven' : 'two'} compilers agree with the fixtures, or the tests have failed.`),
  );

  for (const [name, folder, config] of [
    ['React 19', 'react', 'tsconfig.json'],
    ['React 18', 'react', 'tsconfig-18.json'],
    ['Preact', 'preact', 'tsconfig.json'],
    ['Solid', 'solid', 'tsconfig.json'],
  ] as const) {
    if (!all && name !== 'React 19') continue;
    test(`E4: ${name} takes what the elements take, and refuses wrong values and payloads`, async () => {
      assert.deepEqual(await findErrors([typescript7, '-p', config], folder), []);
    });
  }

  for (const [name, folder, args] of [
    ['Vue', 'vue', [inModules('vue-tsc/bin/vue-tsc.js'), '-p', '.']],
    [
      'Svelte',
      'svelte',
      [inModules('svelte-check/bin/svelte-check'), '--tsconfig', 'tsconfig.json', '--output', 'machine'],
    ],
    ['Angular', 'angular', [inModules('@angular/compiler-cli/bundles/src/bin/ngc.js'), '-p', '.']],
  ] as const) {
    if (!all && name !== 'Vue') continue;
    test(`E7: ${name} takes what the elements take, and refuses wrong values and payloads`, async () => {
      const mistakes = findMistakes(folder);
      assert.ok(mistakes.length > 1, 'There are no mistakes to find.');
      assert.deepEqual(new Set(await findErrors(args, folder)), new Set(mistakes));
    });
  }
});
