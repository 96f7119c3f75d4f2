/** The README's table of paths. */
import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import {test} from 'node:test';
import {servedApis} from './apis.ts';
import {operatorApi} from './operator/docs.ts';

const readme = new URL('../../README.md', import.meta.url);

/** Ignores the names of parameters. */
const named = (method: string, path: string) => `${method.toUpperCase()} ${path.replace(/[:*]\w+/g, ':x')}`;

/**
 * The operations of a row. Methods before a path all belong to it, a path without a method has the methods of the one
 * before, and "also under" adds prefixes.
 */
function operationsIn(cell: string): readonly string[] {
  const [paths = '', twins = ''] = cell.split('also under');
  const found: {readonly method: string; readonly path: string}[] = [];
  let methods: string[] = [];
  let complete = false;
  for (const [, words = ''] of paths.matchAll(/`([^`]+)`/g)) {
    const [, method, path] = /^([A-Z]+)? ?(\/\S*)?$/.exec(words) ?? [];
    if (method !== undefined) methods = complete ? [method] : [...methods, method];
    complete = path !== undefined;
    if (path !== undefined) for (const each of methods) found.push({method: each, path});
  }
  const prefixes = ['', ...[...twins.matchAll(/`([^`]+)`/g)].map(([, prefix = '']) => prefix)];
  return found.flatMap(({method, path}) => prefixes.map((prefix) => named(method, prefix + path)));
}

test('the README’s table of paths has every operation and no other', async () => {
  const [, section = ''] = (await readFile(readme, 'utf8')).split('\n## Paths\n');
  const [table = ''] = section.trim().split('\n\n');
  const [, , ...rows] = table.split('\n');
  const told = rows.flatMap((row) => operationsIn(row.split('|')[1] ?? ''));
  const served = [...servedApis({ollama: true}), operatorApi].flatMap(({operations}) =>
    operations.flatMap(({method, paths}) => paths.map((path) => named(method, path))),
  );
  const forPeople = new Set(['GET /docs', 'GET /guide/', 'GET /llms.txt', 'GET /gallery', 'GET /playground']);
  assert.deepEqual(told.filter((each) => !forPeople.has(each)).toSorted(), [...new Set(served)].toSorted());
});
