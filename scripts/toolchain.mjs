/**
 * Puts a Node that can run the tests and a pnpm that reads this workspace onto PATH, from the npm registry if the
 * machine has none. Changes nothing outside this process and npm's own cache.
 */
import {spawnSync} from 'node:child_process';

/** The oldest Node to develop with: 24 runs TypeScript and `await using`, which all tests of the server are written with. */
export const node = {major: 24, install: 'node@24'};
/** The oldest pnpm that reads the workspace file. */
export const pnpm = {major: 12, install: 'pnpm@12'};

/** After this, `node` and `pnpm` on PATH are new enough, for this process and all that it starts. */
export function useToolchain() {
  const missing = [...(nodeIsNewEnough() ? [] : [node.install]), ...(pnpmIsNewEnough() ? [] : [pnpm.install])];
  if (missing.length === 0) return;
  console.log(`Fetching ${missing.join(' and ')} for this run …`);
  process.env.PATH = pathWith(missing);
}

function nodeIsNewEnough() {
  return Number.parseInt(process.versions.node, 10) >= node.major;
}

function pnpmIsNewEnough() {
  const asked = spawnSync('pnpm', ['--version'], {encoding: 'utf8', shell: process.platform === 'win32'});
  return asked.status === 0 && Number.parseInt(asked.stdout, 10) >= pnpm.major;
}

/** PATH as `npx` sets it for these packages. */
function pathWith(packages) {
  const print = 'console.log(JSON.stringify(process.env.PATH))';
  const named = packages.flatMap((name) => ['-p', name]);
  const args = ['--yes', '--prefer-offline', ...named, '--', 'node', '-e', `"${print}"`];
  const asked = spawnSync(['npx', ...args].join(' '), {
    encoding: 'utf8',
    shell: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const line = asked.stdout?.trim().split('\n').at(-1);
  if (asked.status !== 0 || !line) {
    console.error(
      `npx could not fetch ${packages.join(' and ')}. Install Node ${node.major} or newer and pnpm ${pnpm.major} yourself.`,
    );
    process.exit(1);
  }
  return JSON.parse(line);
}
