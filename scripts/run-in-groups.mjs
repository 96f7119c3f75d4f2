/**
 * Runs the files of a suite, those of its `groups` many to a process: most of the time of a small test file is the start of
 * Node and the load of the server's modules. Prints a line for each process, the whole output of those that failed, and the
 * sums in the form of Node's own reporter. Knows no test.
 */
import {spawn} from 'node:child_process';
import {closeSync, mkdtempSync, openSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {testFiles} from './choose-tests.mjs';
import {countsIn} from './report.mjs';
import {matches, suites} from './suites.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const filesPerProcess = 12;

/**
 * The files of each process, the ones that run alone first: among them are the longest.
 * @param {import('./suites.mjs').Suite} suite
 * @param {(patterns: readonly string[]) => readonly string[]} find gives the files that fit
 * @returns {string[][]}
 */
export function toJobs({files, groups = [], alone = []}, find) {
  const grouped = groups.map((pattern) => unlessListed(find([pattern]), find(alone)));
  const rest = unlessListed(find(files), grouped.flat());
  return [...rest.map((file) => [file]), ...grouped.flatMap(toChunks)];
}

/**
 * @param {readonly string[]} files
 * @param {readonly string[]} listed
 */
const unlessListed = (files, listed) => files.filter((file) => !listed.includes(file));

/** @param {readonly string[]} files */
function toChunks(files) {
  const count = Math.ceil(files.length / filesPerProcess);
  // By turns, so that a folder of long tests does not end up in one process.
  return Array.from({length: count}, (_, chunk) => files.filter((_file, index) => index % count === chunk));
}

/**
 * @param {string[]} files
 * @param {number} timeout milliseconds for one test
 * @returns {Promise<{passed: number, failed: number, output: string}>}
 */
export function runProcess(files, timeout) {
  const options = ['--conditions=@chatlet/source', '--test-reporter=spec', `--test-timeout=${timeout}`];
  if (files.length > 1) {
    // A test that waits for nothing but a stream keeps no process alive. In a process of its own, that ends the file.
    const keepAlive = 'data:text/javascript,setInterval(() => {}, 1e6)';
    options.push(`--import=${keepAlive}`, '--test', '--test-isolation=none', '--test-force-exit');
  }
  // Into a file, because a process that is told to exit leaves behind what a pipe has not taken yet.
  const folder = mkdtempSync(join(tmpdir(), 'chatlet-tests-'));
  const path = join(folder, 'output');
  const file = openSync(path, 'w');
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...options, ...files], {
      cwd: root,
      stdio: ['ignore', file, file],
      // In a test of ours it would take itself for a part of that test.
      env: {...process.env, NODE_TEST_CONTEXT: undefined},
    });
    // Beyond the timeouts of its tests: a file that keeps its process alive would be waited for without end.
    const timer = setTimeout(() => child.kill('SIGKILL'), timeout * 2);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      closeSync(file);
      const end = signal ? `\nThe process was ended by ${signal}: its tests had ended or hung.\n` : '';
      const output = readFileSync(path, 'utf8') + end;
      rmSync(folder, {recursive: true});
      const counts = countsIn(output);
      // Without counts it ended before its tests did.
      const failed = counts && (code === 0 || counts.failed > 0) ? counts.failed : 1;
      resolve({passed: counts?.passed ?? 0, failed, output});
    });
  });
}

/** @param {string} name of the suite */
async function runSuite(name) {
  const suite = suites[name];
  const all = testFiles(root).toSorted();
  const jobs = toJobs(suite, (patterns) => all.filter((path) => patterns.some((pattern) => matches(pattern, path))));
  const sums = {passed: 0, failed: 0};
  const lane = async () => {
    for (let files = jobs.shift(); files; files = jobs.shift()) {
      const started = performance.now();
      const {passed, failed, output} = await runProcess(files, suite.timeout);
      sums.passed += passed;
      sums.failed += failed;
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      const what = files.length === 1 ? files[0] : `${files[0]} and ${files.length - 1} more`;
      console.log(`${failed ? '✖' : '✔'} ${what}: ${passed} passed, ${failed} failed, ${seconds} s`);
      if (failed) console.log(output);
    }
  };
  await Promise.all(Array.from({length: suite.concurrency}, lane));
  console.log(`ℹ pass ${sums.passed}\nℹ fail ${sums.failed}\nℹ cancelled 0`);
  return sums.failed === 0 ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await runSuite(process.argv[2]);
