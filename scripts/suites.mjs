/**
 * The suites of tests, with their files and their runners. This is the only list of test files: `npm test`,
 * `npm run only` and the browser's runner all read it. Runs nothing itself.
 */
import {availableParallelism} from 'node:os';

// Node would leave one core free, which is half of a small machine.
const allCores = availableParallelism();

/**
 * @typedef {object} Suite
 * @property {'node' | 'browser'} runner
 * @property {readonly string[]} files patterns, from the root of the repository
 * @property {readonly string[]} [needs] steps of run.mjs that come first
 * @property {number} [concurrency] files at a time
 * @property {number} [timeout] milliseconds for one test
 * @property {string} [setup] a module that prepares what all files share, and clears it away
 * @property {readonly string[]} [groups] patterns of files that may share a process
 * @property {readonly string[]} [alone] patterns of exceptions: they measure or change their process
 */

/** @type {Readonly<Record<string, Suite>>} */
export const suites = {
  'unit tests': {
    runner: 'node',
    files: [
      'packages/{protocol,server}/src/**/*.test.ts',
      'packages/widget/src/{*,client/**/*,translations/**/*}.test.ts',
      'scripts/**/*.test.ts',
    ],
    groups: [
      'packages/protocol/src/**/*.test.ts',
      'packages/server/src/{engine,http,limiters,logs,providers,tools,turn-logs}/**/*.test.ts',
    ],
    alone: [
      'packages/protocol/src/case-coverage.test.ts',
      'packages/server/src/engine/tokenizer-thread.test.ts',
      'packages/server/src/providers/anthropic.test.ts',
    ],
    // They wait for programs and clocks now and then.
    concurrency: allCores + 1,
    timeout: 300_000,
  },
  'client tests': {
    runner: 'node',
    files: ['packages/compat/src/**/*.test.ts'],
    concurrency: 2,
    timeout: 60_000,
  },
  'browser tests': {
    runner: 'browser',
    files: ['packages/widget/src/{elements,controllers,markdown}/**/*.test.ts'],
  },
  'end-to-end tests': {
    runner: 'node',
    files: ['packages/{e2e,bench}/**/*.test.ts', 'packages/frameworks/src/*.test.ts'],
    needs: ['compile', 'bundle', 'guide'],
    setup: 'packages/e2e/src/shared-browser.ts',
    // They wait for pages and clocks half of the time.
    concurrency: allCores + 1,
    timeout: 120_000,
  },
  // Alone, because packing writes into the packages' folders.
  'ten-minute test': {
    runner: 'node',
    files: ['packages/frameworks/src/ten-minutes/*.test.ts'],
    needs: ['compile', 'bundle', 'guide'],
    concurrency: 1,
    timeout: 600_000,
  },
};

/**
 * The command that runs some files of a suite, or all of them with a process for each.
 * @param {Suite} suite
 * @param {{files?: readonly string[], options?: readonly string[]}} [chosen] `options` go to the runner
 * @returns {string[]}
 */
export function testCommand({runner, files: all, concurrency, timeout, setup}, {files = all, options = []} = {}) {
  if (runner === 'browser') {
    return ['pnpm', 'exec', 'wtr', '--config', 'web-test-runner.config.mjs', ...options, '--files', ...files];
  }
  return [
    'node',
    '--conditions=@chatlet/source',
    '--test',
    '--test-reporter=spec',
    `--test-concurrency=${concurrency}`,
    `--test-timeout=${timeout}`,
    ...(setup ? [`--test-global-setup=${setup}`] : []),
    ...options,
    ...files,
  ];
}

/**
 * The command that runs a whole suite.
 * @param {string} name
 * @returns {string[]}
 */
export function suiteCommand(name) {
  return suites[name].groups ? ['node', 'scripts/run-in-groups.mjs', name] : testCommand(suites[name]);
}

/**
 * The name of the suite that a file belongs to.
 * @param {string} path from the root of the repository, with `/`
 * @returns {string | undefined}
 */
export function suiteOf(path) {
  return Object.keys(suites).find((name) => suites[name].files.some((pattern) => matches(pattern, path)));
}

/**
 * Node has `path.matchesGlob`, but the oldest Node that may start run.mjs has not.
 * @param {string} pattern with `*`, `**` and `{a,b}`
 * @param {string} path
 */
export function matches(pattern, path) {
  const source = pattern.replace(/\*\*\/|[*{},.]/g, (sign) => signs[sign]);
  return new RegExp(`^${source}$`).test(path);
}

const signs = {'**/': '(?:[^/]+/)*', '*': '[^/]*', '{': '(?:', '}': ')', ',': '|', '.': String.raw`\.`};
