/** Keeps the verdicts of a run, so that it can go on after an end, and reads the list of equivalent mutants. */
import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {filesOf, fingerprint} from '../tree.ts';
import type {Verdict} from './judge.ts';
import type {Drawn} from './sample.ts';

/** A mutant that makes no difference, or none that a test should look at. */
export interface Equivalent {
  readonly path: string;
  readonly within: string;
  readonly change: string;
  readonly reason: string;
}

export const readEquivalents = (): readonly Equivalent[] =>
  JSON.parse(readFileSync(new URL('equivalent.json', import.meta.url), 'utf8')) as readonly Equivalent[];

/** Found again by its function and its text, not by its line. */
export const equivalentTo = ({path, within, change}: Drawn, equivalents: readonly Equivalent[]) =>
  equivalents.find((known) => known.path === path && known.within === within && known.change === change);

interface Saved {
  /** Fingerprints of the files that the verdicts depend on. */
  readonly sources: string;
  readonly tests: string;
  readonly verdicts: Readonly<Record<string, Verdict>>;
}

export interface Results {
  get(mutant: Drawn): Verdict | undefined;
  set(mutant: Drawn, verdict: Verdict): void;
}

/**
 * The verdicts so far. If a source has changed, all are void. If only tests have changed, killed mutants stay killed,
 * because tests are added and not removed, and the others are tried again.
 */
export function openResults(root: string, {fresh}: {fresh: boolean}): Results {
  const path = join(root, 'node_modules/.cache/mutation.json');
  const now = fingerprints(root);
  const saved = !fresh && existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Saved) : undefined;
  const kept = Object.entries(saved?.sources === now.sources ? saved.verdicts : {});
  const verdicts = new Map(kept.filter(([, verdict]) => verdict.is === 'killed' || saved?.tests === now.tests));
  return {
    get: (mutant) => verdicts.get(keyOf(mutant)),
    set(mutant, verdict) {
      verdicts.set(keyOf(mutant), verdict);
      mkdirSync(dirname(path), {recursive: true});
      writeFileSync(path, JSON.stringify({...now, verdicts: Object.fromEntries(verdicts)} satisfies Saved));
    },
  };
}

const keyOf = ({path, start, end, replacement}: Drawn) => `${path}:${start}-${end}:${replacement}`;

function fingerprints(root: string): {sources: string; tests: string} {
  const files = filesOf(root).filter((path) => path.startsWith('packages/') && !path.endsWith('.md'));
  const isTest = (path: string) => /\.test\.ts$|\/testing\/|^packages\/(?:compat|testdata|e2e|bench)\//.test(path);
  return {
    sources: fingerprint(
      root,
      files.filter((path) => !isTest(path)),
    ),
    tests: fingerprint(root, files.filter(isTest)),
  };
}
