/** Runs test files until the first one fails, in bounded time, and leaves no process behind. Knows no mutants. */
import {type ChildProcess, spawn} from 'node:child_process';
import {existsSync, readFileSync, readdirSync} from 'node:fs';
import {join, sep} from 'node:path';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';
import {endTree, ownGroup, toSpawn} from '../shell.mjs';
import {suiteOf, suites} from '../suites.mjs';

export interface Failure {
  /** From the root of the copy; empty if the runner did not tell. */
  readonly file: string;
  readonly test: string;
}

/** `undefined` when all pass. */
export type Outcome = Failure | undefined;

/** A test that reports nothing for so long has failed. The slowest test takes 8 s on an idle machine. */
const longestSilence = 40_000;

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) killGroup(child);
});

/** Runs test files of one suite in a copy of the repository. */
export async function runTests(
  root: string,
  files: readonly string[],
  {silence = longestSilence}: {silence?: number} = {},
): Promise<Outcome> {
  const isBrowser = suites[suiteOf(files[0] ?? '') ?? '']?.runner === 'browser';
  const command = isBrowser
    ? [
        join(root, 'node_modules/@web/test-runner/dist/bin.js'),
        '--config',
        join(root, 'scripts/mutation/browser.config.mjs'),
        '--files',
      ]
    : [
        '--conditions=@chatlet/source',
        '--test',
        `--test-reporter=${fileURLToPath(new URL('first-failure.ts', import.meta.url))}`,
        '--test-concurrency=1',
      ];
  // The browser's runner has its own limits for a silent page, and tells of whole files only.
  const bound = isBrowser ? 150_000 : silence;
  const {failure, code} = await run([process.execPath, ...command, ...files], {root, silence: bound});
  if (failure) return {...failure, file: failure.file.replace(root + sep, '').replaceAll(sep, '/')};
  return code === 0 ? undefined : {file: '', test: 'the runner itself'};
}

/** Whether a command succeeds. */
export async function succeeds(root: string, command: readonly string[]): Promise<boolean> {
  const {failure, code} = await run(command, {root, silence: 180_000});
  return code === 0 && !failure;
}

interface Ran {
  readonly failure: Failure | undefined;
  readonly code: number | null;
}

function run(command: readonly string[], {root, silence}: {root: string; silence: number}): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const temporary = join(root, 'node_modules/.temporary');
    const [file, args, options] = toSpawn(command);
    const child = spawn(file, args, {
      ...options,
      cwd: root,
      // A group of its own: the tests and all processes that they started are ended together.
      detached: ownGroup,
      stdio: ['ignore', 'pipe', 'ignore'],
      env: {
        ...process.env,
        TMPDIR: temporary,
        NODE_COMPILE_CACHE: join(temporary, 'compiled'),
        // With this variable, Node's runner would take itself for a test file and run nothing.
        NODE_TEST_CONTEXT: undefined,
      },
    });
    running.add(child);
    let failure: Failure | undefined;
    let at: Failure = {file: '', test: ''};
    const fail = (why: Failure) => {
      if (failure) return;
      failure = why;
      end(child, temporary);
    };
    const silent = setTimeout(
      () => fail({...at, test: `${at.test} (nothing for ${silence / 1000} s)`.trim()}),
      silence,
    );
    createInterface(child.stdout).on('line', (line) => {
      silent.refresh();
      const told = readReport(line);
      if (told?.failed) fail(told.failed);
      at = told?.at ?? at;
    });
    child.on('error', reject);
    child.on('exit', () => killGroup(child));
    child.on('close', (code) => {
      clearTimeout(silent);
      running.delete(child);
      resolve({failure, code});
    });
  });
}

function readReport(line: string): {at?: Failure; failed?: Failure} | undefined {
  return /^\{"(?:at|failed)":/.test(line) ? (JSON.parse(line) as {at?: Failure; failed?: Failure}) : undefined;
}

/** Asks before it kills, because only the browser's runner can close its browser, which is in another group. */
function end(child: ChildProcess, temporary: string): void {
  child.kill('SIGINT');
  const patience = setTimeout(() => {
    killGroup(child);
    killBrowsers(temporary);
  }, 5000);
  child.once('close', () => clearTimeout(patience));
}

function killGroup({pid}: ChildProcess): void {
  if (pid !== undefined) endTree(pid, 'SIGKILL');
}

/** A browser keeps its profile in the temporary folder, and names it on its command line. */
function killBrowsers(temporary: string): void {
  if (!existsSync('/proc/self/cmdline')) return;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(temporary)) process.kill(Number(pid), 'SIGKILL');
    } catch {
      // The process has ended meanwhile, or belongs to another user.
    }
  }
}
