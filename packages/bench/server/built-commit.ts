/** Builds our server as it was at another commit, once, in a work tree of its own. Knows no measurement. */
import {spawnSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import {mkdir} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));
/** Outside of any `node_modules`, in which Node refuses to run TypeScript. */
const cache = join(tmpdir(), 'chatlet-bench-against');

export interface BuiltCommit {
  /** The full hash. */
  readonly commit: string;
  /** The path of the built `chatlet-server` command. */
  readonly cli: string;
}

/**
 * Checks a commit out into the system's temporary folder, installs its packages and compiles them, unless that was done
 * before.
 *
 * @throws Error if the commit is unknown or a step fails, with the output of that step
 */
export async function buildCommit(ref: string): Promise<BuiltCommit> {
  const commit = run(root, 'git', 'rev-parse', '--verify', `${ref}^{commit}`).trim();
  const folder = join(cache, commit);
  const cli = join(folder, 'packages', 'server', 'dist', 'cli.js');
  if (existsSync(cli)) return {commit, cli};
  await mkdir(cache, {recursive: true});
  // A build that was broken off has left its folder, and git refuses to make it twice.
  if (!existsSync(folder)) run(root, 'git', 'worktree', 'add', '--detach', '--force', folder, commit);
  run(folder, 'pnpm', 'install', '--frozen-lockfile', '--prefer-offline');
  run(folder, 'pnpm', '--filter', '@chatlet/widget', 'run', 'trim-marked');
  run(folder, 'pnpm', 'exec', 'tsc', '-b');
  return {commit, cli};
}

function run(cwd: string, file: string, ...args: readonly string[]): string {
  const ran = spawnSync(file, args, {cwd, encoding: 'utf8', shell: process.platform === 'win32'});
  if (ran.status === 0) return ran.stdout;
  throw new Error(`${[file, ...args].join(' ')} failed in ${cwd}:\n${ran.stdout}${ran.stderr}`, {cause: ran.error});
}
