import assert from 'node:assert/strict';
import test from 'node:test';
import {apply, canBeParsed, mutantsOf} from './mutants.ts';

/** The source after each mutant, with single spaces. */
const mutated = (source: string) => mutantsOf(source).map((mutant) => apply(source, mutant).replaceAll(/\s+/g, ' '));

const examples: readonly [name: string, source: string, mutants: readonly string[]][] = [
  ['a condition is negated', 'if (a) b;', ['if (!(a)) b;', 'if (a) {}']],
  ['a condition of ?: is negated', 'f = a ? b : c;', ['', 'f = !(a) ? b : c;']],
  ['a comparison moves its border', 'x = a < b;', ['', 'x = a <= b;']],
  ['an equality is swapped', 'x = a === b;', ['', 'x = a !== b;']],
  ['a sum becomes a difference', 'x = a + b;', ['', 'x = a - b;']],
  ['texts are put together and not subtracted', 'x = `${a}b` + c;', ['', "x = '' + c;"]],
  ['and becomes or, and each side alone', 'x = a && b;', ['', 'x = a;', 'x = b;', 'x = (a || b);']],
  ['a default is dropped, or taken always', 'x = a ?? b;', ['', 'x = a;', 'x = b;']],
  ['a not is dropped', 'x = !a;', ['', 'x = a;']],
  ['an await is dropped', 'async () => await a();', ['', 'async () => a();']],
  ['a break is dropped', 'while (a) { break; }', ['while (!(a)) { break; }', 'while (a) { }']],
  ['a throw is dropped', 'if (a) throw b;', ['if (!(a)) throw b;', 'if (a) {}']],
  ['a constant is one more or one less', 'const x = 16;', ['const x = 17;', 'const x = 15;']],
  ['a boolean is flipped', 'const x = true;', ['const x = false;']],
  [
    'a text is emptied, and an empty one is not',
    "const x = ['a', ''];",
    ["const x = [ ''];", "const x = ['', ''];", "const x = ['a', ];", "const x = ['a', 'mutated'];"],
  ],
  ['a function returns at once', 'function f() { g; }', ['function f() { return; g; }', 'function f() { }']],
  ['two arguments are swapped', 'const x = f(a, b, c);', ['const x = f(b, a, c);']],
  ['an entry of an object is removed', 'const x = {a: b, ...c};', ['const x = { ...c};', 'const x = {a: b, };']],
  [
    'a regular expression loses an anchor, or counts otherwise',
    'const x = /^[+$]a+(?:b)*$/g;',
    [
      'const x = /[+$]a+(?:b)*$/g;',
      'const x = /^[+$]a*(?:b)*$/g;',
      'const x = /^[+$]a+(?:b)+$/g;',
      'const x = /^[+$]a+(?:b)*/g;',
    ],
  ],
];
for (const [name, source, expected] of examples) {
  test(`in a mutant ${name}`, () => assert.deepEqual(mutated(source).toSorted(), [...expected].toSorted()));
}

const untouched = [
  "import {a} from './a.ts';",
  "export * from './a.ts';",
  "type A = {readonly b: 'c' | 1};",
  'interface A { b: true }',
  "const load = () => import('./a.ts');",
  "const a = b.describe('A text');",
  "const a = b satisfies C<'d'>;",
  'const a = css`b { c: d }`;',
];
for (const source of untouched) {
  test(`there is nothing to mutate in ${source}`, () => assert.deepEqual(mutated(source), []));
}

test('texts of the documentation stay in their objects', () => {
  assert.deepEqual(mutated("const a = {summary: 'b', description: `c` + 'd'};"), []);
});

test('a mutant that cannot be parsed is told apart', () => {
  assert.ok(canBeParsed('const a: number = 1;'));
  assert.ok(!canBeParsed('const a = x--1;'));
});

test('a mutant names its line, the functions around it and its change', () => {
  const [mutant] = mutantsOf('\nclass A {\n  #b = {\n    c() {\n      d();\n    },\n  };\n}').filter(({change}) =>
    change.startsWith('d()'),
  );
  assert.deepEqual(
    {line: mutant?.line, within: mutant?.within, change: mutant?.change},
    {line: 5, within: 'A › #b › c', change: 'd(); → nothing'},
  );
});
