/** Finds out whether the tests notice a mutant: the nearest ones first, then wider nets, types and lint at the end. */
import {join} from 'node:path';
import type {Copy} from './copy.ts';
import type {FindNets, Net} from './nearest-tests.ts';
import {type Failure, runTests, succeeds} from './run-tests.ts';
import type {Drawn} from './sample.ts';

export type Verdict =
  | {readonly is: 'killed'; readonly net: string; readonly by: string}
  /** No test notices it, but `npm run check` refuses the edit. */
  | {readonly is: 'refused'; readonly by: 'types' | 'lint'}
  | {readonly is: 'survived'};

export type Judge = (mutant: Drawn, copy: Copy) => Promise<Verdict>;

export function createJudge(findNets: FindNets): Judge {
  /** Tests that have passed without a mutant. Only such a test proves anything when it fails. */
  const sound = new Set<string>();

  async function judge(mutant: Drawn, copy: Copy): Promise<Verdict> {
    for (const net of findNets(mutant)) {
      const failure = await copy.mutate(mutant, () => runTests(copy.root, net.files));
      if (!failure) continue;
      await proveSound(copy, suspects(failure, net));
      return {is: 'killed', net: net.name, by: [failure.file, failure.test].filter((text) => text !== '').join(' › ')};
    }
    for (const [by, commands] of refusals(copy.root, mutant.path)) {
      if (await copy.mutate(mutant, () => allSucceed(copy, commands))) continue;
      if (!sound.has(by) && !(await allSucceed(copy, commands))) throw new Error(`${by} fails without any mutant.`);
      sound.add(by);
      return {is: 'refused', by};
    }
    return {is: 'survived'};
  }

  /** Runs tests without the mutant, twice if they fail, so that no mutant is blamed for a red or a slow test. */
  async function proveSound(copy: Copy, files: readonly string[]): Promise<void> {
    const unproven = files.filter((file) => !sound.has(file));
    if (unproven.length === 0) return;
    const failure = (await runTests(copy.root, unproven)) && (await runTests(copy.root, unproven));
    if (failure) throw new Error(`Without any mutant, ${failure.file || unproven.join(', ')} fails: ${failure.test}.`);
    for (const file of unproven) sound.add(file);
  }

  return judge;
}

/** The file of a failure can be a contract suite that many test files share. Then any of them may be the one. */
const suspects = ({file}: Failure, net: Net) => (net.files.includes(file) ? [file] : net.files);

function refusals(root: string, path: string) {
  const bin = (name: string) => join(root, 'node_modules/.bin', name);
  return [
    [
      'types',
      [
        [bin('tsc'), '-b'],
        [bin('tsc'), '-p', 'tsconfig.tests.json'],
      ],
    ],
    ['lint', [[bin('oxlint'), '--deny-warnings', path]]],
  ] as const;
}

async function allSucceed(copy: Copy, commands: readonly (readonly string[])[]): Promise<boolean> {
  for (const command of commands) if (!(await succeeds(copy.root, command))) return false;
  return true;
}
