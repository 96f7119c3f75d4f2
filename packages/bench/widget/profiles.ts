/** Writes CPU profiles and lists the functions that take most time. Knows no scenario. */
import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {BenchPage} from './chromium.ts';

interface ProfileNode {
  readonly id: number;
  readonly callFrame: {readonly functionName: string; readonly url: string; readonly lineNumber: number};
}

interface Profile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

function isProfile(value: unknown): value is Profile {
  return typeof value === 'object' && value !== null && 'nodes' in value && 'samples' in value && 'timeDeltas' in value;
}

/** For `Bed.around`: writes a CPU profile of the time between the two calls to `folder`. */
export function profileInto(folder: string): (page: BenchPage, label: string) => Promise<() => Promise<void>> {
  return async (page, label) => {
    await page.startCpuProfile();
    return async () => {
      const profile = await page.stopCpuProfile();
      await mkdir(folder, {recursive: true});
      await writeFile(join(folder, `${label}.cpuprofile`), JSON.stringify(profile));
      if (isProfile(profile)) console.log(`\n${label}: milliseconds by function\n${topFunctions(profile, 25)}`);
    };
  };
}

function topFunctions(profile: Profile, count: number): string {
  const names = new Map(
    profile.nodes.map(({id, callFrame}) => [
      id,
      `${callFrame.functionName || '(anonymous)'} ${callFrame.url.split('/').at(-1) ?? ''}:${callFrame.lineNumber}`,
    ]),
  );
  const spent = new Map<string, number>();
  for (const [index, sample] of profile.samples.entries()) {
    const name = names.get(sample) ?? '?';
    if (name.startsWith('(idle)')) continue;
    spent.set(name, (spent.get(name) ?? 0) + (profile.timeDeltas[index] ?? 0) / 1000);
  }
  return [...spent]
    .sort(([, a], [, b]) => b - a)
    .slice(0, count)
    .map(([name, milliseconds]) => `${milliseconds.toFixed(1).padStart(9)}  ${name}`)
    .join('\n');
}
