/**
 * Draws a sample of mutants: from each folder of the product some lines, and on each line one mutant. The same seed
 * draws the same sample from the same sources. Runs nothing.
 */
import {seededRandom} from '../../packages/bench/widget/statistics.ts';
import {globSync, readFileSync} from 'node:fs';
import {join, sep} from 'node:path';
import {type Mutant, apply, canBeParsed, mutantsOf} from './mutants.ts';

/** The folders that are measured, by their names in the table. */
export const folders = {
  protocol: 'packages/protocol/src',
  'server/engine': 'packages/server/src/engine',
  'server/http': 'packages/server/src/http',
  'server/stores': 'packages/server/src/stores',
  'server/turn-logs': 'packages/server/src/turn-logs',
  'server/limiters': 'packages/server/src/limiters',
  'server/providers': 'packages/server/src/providers',
  'server/retrieval': 'packages/server/src/retrieval',
  'widget/client': 'packages/widget/src/client',
  'widget/controllers': 'packages/widget/src/controllers',
  'widget/elements': 'packages/widget/src/elements',
  'widget/markdown': 'packages/widget/src/markdown',
} as const satisfies Readonly<Record<string, string>>;

export type Folder = keyof typeof folders;

export const folderNames = Object.keys(folders).filter((name) => isFolder(name));

export function isFolder(name: string): name is Folder {
  return Object.hasOwn(folders, name);
}

export interface Drawn extends Mutant {
  readonly folder: Folder;
  /** From the root, with `/`. */
  readonly path: string;
}

/** Sources that are shipped: no tests, nothing made by a generator, no style sheets. */
export function sourcesIn(root: string, folder: string): readonly string[] {
  return globSync(`${folder}/**/*.ts`, {cwd: root})
    .map((path) => path.split(sep).join('/'))
    .filter((path) => !/\.(?:test|styles|d)\.ts$|\/testing\/|\/markdown\/marked\.ts$/.test(path))
    .toSorted();
}

/** A sample of `count` mutants over the named folders. */
export function drawSample(root: string, {count, seed, among}: SampleOptions): readonly Drawn[] {
  const lines = new Map(among.map((folder) => [folder, linesOf(root, folder)]));
  const shares = shareOut(count, new Map([...lines].map(([folder, {length}]) => [folder, length])));
  const parses = (mutant: Drawn) => canBeParsed(apply(readFileSync(join(root, mutant.path), 'utf8'), mutant));
  return among.flatMap((folder) => {
    const drawn: Drawn[] = [];
    for (const mutant of shuffled(lines.get(folder) ?? [], seededRandom(seed))) {
      if (drawn.length === shares.get(folder)) break;
      if (parses(mutant)) drawn.push(mutant);
    }
    return drawn;
  });
}

export interface SampleOptions {
  readonly count: number;
  readonly seed: number;
  readonly among: readonly Folder[];
}

/** The mutants of a folder, by line. */
function linesOf(root: string, folder: Folder): readonly (readonly Drawn[])[] {
  return sourcesIn(root, folders[folder]).flatMap((path) => {
    const mutants = mutantsOf(readFileSync(join(root, path), 'utf8')).map((mutant) => ({...mutant, folder, path}));
    return Object.values(Object.groupBy(mutants, ({line}) => line)).flatMap((onLine) => (onLine ? [onLine] : []));
  });
}

/** Half of the sample is shared equally, so that small folders count, and half by the number of lines. */
export function shareOut(count: number, lines: ReadonlyMap<Folder, number>): ReadonlyMap<Folder, number> {
  const all = [...lines.values()].reduce((sum, n) => sum + n, 0);
  const exact = [...lines].map(([folder, n]) => {
    const share = count / 2 / lines.size + ((count / 2) * n) / all;
    return {folder, whole: Math.floor(share), rest: share % 1};
  });
  let left = count - exact.reduce((sum, {whole}) => sum + whole, 0);
  const byRest = exact.toSorted((a, b) => b.rest - a.rest);
  return new Map(byRest.map(({folder, whole}) => [folder, whole + (left-- > 0 ? 1 : 0)]));
}

/** One mutant of each line, the lines in random order. */
function* shuffled(lines: readonly (readonly Drawn[])[], random: () => number): Generator<Drawn> {
  const left = [...lines];
  while (left.length > 0) {
    const [line = []] = left.splice(Math.floor(random() * left.length), 1);
    const mutant = line[Math.floor(random() * line.length)];
    if (mutant) yield mutant;
  }
}
