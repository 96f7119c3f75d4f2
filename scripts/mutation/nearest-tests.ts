/** Sorts the tests by their nearness to a source, so that the likeliest to notice a mistake run first. Runs nothing. */
import {globSync, readFileSync} from 'node:fs';
import {dirname, join, posix, sep} from 'node:path';
import {parseSync} from 'oxc-parser';
import {testFiles} from '../choose-tests.mjs';
import {suiteOf} from '../suites.mjs';
import type {Folder} from './sample.ts';

/** How many files the first look takes. */
const nearestCount = 6;

/** Test files that run together, the runner of all being the same. */
export interface Net {
  readonly name: string;
  readonly files: readonly string[];
}

export type FindNets = (source: {path: string; folder: Folder}) => readonly Net[];

/** Reads all imports once. */
export function createNets(root: string): FindNets {
  const importers = readImporters(root);
  const all = testFiles(root);
  const inSuite = (suite: string, ...folders: string[]) =>
    all.filter((path) => suiteOf(path) === suite && folders.some((folder) => path.startsWith(folder)));

  const unit = (name: string) => ({name: `unit tests of ${name}`, files: inSuite('unit tests', `packages/${name}/`)});
  const browser = (...names: string[]) => ({
    name: `browser tests of ${names.join(' and ')}`,
    files: inSuite('browser tests', ...names.map((name) => `packages/widget/src/${name}/`)),
  });
  const compat = {name: 'client tests', files: inSuite('client tests', '')};

  const wider = (folder: Folder): readonly Net[] => {
    switch (folder) {
      case 'protocol':
        return [unit('protocol'), unit('server'), unit('widget'), compat];
      case 'widget/client':
        return [unit('widget'), browser('elements', 'controllers')];
      case 'widget/controllers':
      case 'widget/elements':
        return [browser('elements', 'controllers'), unit('widget')];
      case 'widget/markdown':
        return [browser('markdown'), browser('elements')];
      default:
        return [unit('server'), compat];
    }
  };

  return ({path, folder}) => {
    const [first, ...rest] = wider(folder);
    if (!first) return [];
    const distances = distancesFrom(path, importers);
    // The test of the same name comes first, then tests that import the source, then those of its folder and around it.
    const rank = (test: string) => {
      if (test === path.replace(/\.ts$/, '.test.ts')) return -Infinity;
      const distance = distances.get(test) ?? Infinity;
      return (distance === 1 ? 0 : 100 + distance) - 10 * sharedFolders(test, path);
    };
    const sorted = first.files.filter((test) => distances.has(test)).toSorted((a, b) => rank(a) - rank(b));
    const nearest = sorted.slice(0, nearestCount);
    const others = first.files.filter((test) => !nearest.includes(test));
    return [
      // Alone, because Node sorts the files that it gets.
      {name: 'nearest test', files: nearest.slice(0, 1)},
      {name: 'nearest tests', files: nearest.slice(1)},
      {...first, files: others},
      ...rest,
    ].filter(({files}) => files.length > 0);
  };
}

function sharedFolders(a: string, b: string): number {
  const [ours, theirs] = [dirname(a).split('/'), dirname(b).split('/')];
  const different = ours.findIndex((folder, index) => folder !== theirs[index]);
  return different === -1 ? ours.length : different;
}

/** The modules that import each module, by path from the root. */
function readImporters(root: string): ReadonlyMap<string, readonly string[]> {
  const importers = new Map<string, string[]>();
  for (const name of globSync('packages/{protocol,server,widget}/src/**/*.ts', {cwd: root})) {
    const path = name.split(sep).join('/');
    const source = readFileSync(join(root, path), 'utf8');
    const {staticImports, staticExports, dynamicImports} = parseSync(path, source).module;
    const requests = [
      ...staticImports.map(({moduleRequest}) => moduleRequest.value),
      ...staticExports.flatMap(({entries}) => entries.flatMap(({moduleRequest}) => moduleRequest?.value ?? [])),
      ...dynamicImports.map(({moduleRequest: {start, end}}) => source.slice(start + 1, end - 1)),
    ];
    for (const request of new Set(requests)) {
      const imported = resolve(path, request);
      if (imported) importers.set(imported, [...(importers.get(imported) ?? []), path]);
    }
  }
  return importers;
}

function resolve(from: string, request: string): string | undefined {
  if (request.startsWith('.')) return posix.join(posix.dirname(from), request);
  const [, name, entry = 'index'] = /^@chatlet\/(\w+)(?:\/(\w+))?$/.exec(request) ?? [];
  return name && `packages/${name}/src/${entry}.ts`;
}

/** How many imports lie between a module and each one that needs it. */
function distancesFrom(path: string, importers: ReadonlyMap<string, readonly string[]>): ReadonlyMap<string, number> {
  const distances = new Map([[path, 0]]);
  for (const [module, distance] of distances) {
    for (const importer of importers.get(module) ?? []) {
      if (!distances.has(importer)) distances.set(importer, distance + 1);
    }
  }
  return distances;
}
