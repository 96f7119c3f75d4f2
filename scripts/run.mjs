/**
 * The one entry of the repository: `start`, `test`, `check`, `build` and the other tasks below. Needs nothing but Node 20
 * and npm: if this Node is too old to develop with, or pnpm is missing, both come from the npm registry for this run
 * alone (see toolchain.mjs), and everything below inherits them.
 */
import {spawn} from 'node:child_process';
import {existsSync, mkdtempSync, readFileSync, readdirSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {ensureBrowser, ensureFirefox, ensureWebKit} from './browser.mjs';
import {changedFiles, chooseTests, testsBeside} from './choose-tests.mjs';
import {isInstalled, noteInstalled} from './installed.mjs';
import {installExample} from './packed-example.mjs';
import {Report} from './report.mjs';
import {toSpawn} from './shell.mjs';
import {suiteCommand, suites, testCommand} from './suites.mjs';
import {useToolchain} from './toolchain.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

const steps = {
  install: ['pnpm', 'install', '--frozen-lockfile', '--prefer-offline'],
  // Without what only builds the guide's HTML: `npm start` has its text from `generate`.
  'install to run': ['pnpm', 'install', '--frozen-lockfile', '--prefer-offline', '--filter', '!@chatlet/guide'],
  // Sources that are generated and not committed.
  generate: ['pnpm', 'run', 'generate'],
  compile: ['pnpm', 'exec', 'tsc', '-b'],
  // Needs no generated sources.
  'compile the server': ['pnpm', 'exec', 'tsc', '-b', 'packages/server'],
  guide: ['pnpm', '--filter', '@chatlet/guide', 'run', 'build'],
  bundle: ['pnpm', '--filter', '@chatlet/widget', 'exec', 'vite', 'build'],
  lint: ['pnpm', 'run', 'lint'],
  format: ['pnpm', 'run', 'format:check'],
  types: ['pnpm', 'run', 'types'],
  'size budgets': ['pnpm', 'run', 'size:built'],
  'package checks': ['pnpm', 'run', 'packages:check'],
  'unused code': ['pnpm', 'run', 'knip'],
  ...Object.fromEntries(Object.keys(suites).map((name) => [name, suiteCommand(name)])),
};

const tasks = {
  async build() {
    await mustRun('install', 'generate', 'compile', 'bundle', 'guide');
  },

  async start() {
    endWithParent();
    await installToRun();
    await mustRun('generate', 'compile', 'bundle');
    return run(['node', 'packages/server/dist/cli.js', 'start', ...process.argv.slice(3)]);
  },

  /** Starts an example by its folder's name, and the chat server beside it unless the example has one itself. */
  async example() {
    const [name = ''] = process.argv.slice(3);
    const manifest = exampleManifest(name);
    if (!manifest) {
      console.error(`Usage: npm run example -- ${exampleNames().join(' | ')}`);
      return 2;
    }
    endWithParent();
    await mustRun('install', 'generate', 'compile', 'bundle');
    if (outsideWorkspace.has(name)) {
      await mustRun('guide');
      const folder = mkdtempSync(join(tmpdir(), 'chatlet-example-'));
      installExample(name, folder);
      return run(['npm', '--prefix', folder, 'start']);
    }
    const servesItself = manifest.dependencies?.['@chatlet/server'] ?? manifest.dependencies?.['@ag-ui/encoder'];
    const example = run(['pnpm', '--filter', manifest.name, 'start']);
    const server = servesItself ? 0 : run(['node', 'packages/server/dist/cli.js', 'start']);
    return Math.max(...(await Promise.all([example, server])));
  },

  /** Reads documents into the index of the server that `start` starts. */
  async ingest() {
    await installToRun();
    await mustRun('compile the server');
    return run(['node', 'packages/server/dist/cli.js', 'ingest', ...process.argv.slice(3)]);
  },

  async check() {
    await mustRun('install', 'generate', 'compile', 'bundle', 'guide');
    const files = testsBeside('unit tests', changedFiles(root), root);
    if (files.length > 0) steps['tests of changes'] = testCommand(suites['unit tests'], {files});
    return runAndReport('lint', 'format', 'types', ...(files.length > 0 ? ['tests of changes'] : []), 'size budgets');
  },

  async unit() {
    await mustRun('install', 'generate');
    return runAndReport('unit tests');
  },

  async browser() {
    await mustRun('install', 'generate');
    ensureBrowser();
    return runAndReport('browser tests');
  },

  /** Runs single test files, each with its suite's runner. Words that begin with `-` go to the runner. */
  async only() {
    const words = process.argv.slice(3);
    const options = words.filter((word) => word.startsWith('-'));
    const {chosen, complaints} = chooseTests(
      words.filter((word) => !word.startsWith('-')),
      {
        root,
        // npm runs scripts in the root, and names in INIT_CWD the folder in which it was called.
        from: process.env.INIT_CWD ?? process.cwd(),
      },
    );
    if (complaints.length > 0) {
      console.error(complaints.join('\n'));
      return 2;
    }
    await mustRun('install', 'generate');
    let worst = 0;
    for (const [name, files] of chosen) {
      if (suites[name].needs?.length || suites[name].runner === 'browser') ensureBrowser();
      await mustRun(...(suites[name].needs ?? []));
      worst = Math.max(worst, await run(testCommand(suites[name], {files, options})));
    }
    return worst;
  },

  /** Takes the pictures of the gallery anew, of all states or of those that are named. */
  async pictures() {
    await mustRun('install', 'generate', 'compile', 'bundle');
    ensureBrowser();
    const script = 'packages/e2e/src/update-pictures.ts';
    return run(['node', '--conditions=@chatlet/source', script, ...process.argv.slice(3)]);
  },

  /** Writes the api.txt of each published package anew. */
  async api() {
    await mustRun('install', 'generate');
    return run(['node', '--conditions=@chatlet/source', 'scripts/api-surface.ts']);
  },

  async mutation() {
    await mustRun('install', 'generate');
    ensureBrowser();
    return run(['node', 'scripts/mutation/mutate.ts', ...process.argv.slice(3)]);
  },

  async full() {
    await mustRun('install');
    ensureBrowser();
    await mustRun('generate', 'compile', 'bundle', 'guide');
    return run(['node', 'scripts/full-run.ts', ...process.argv.slice(3)]);
  },

  async test() {
    await mustRun('install');
    ensureBrowser();
    ensureFirefox();
    ensureWebKit();
    await mustRun('generate', 'compile', 'bundle', 'guide');
    return runAndReport(
      'lint',
      'format',
      'types',
      // The pages of the browser tests wait most of the time.
      ...Object.keys(suites)
        .filter((name) => name !== 'browser tests')
        .map((name) => (name === 'client tests' ? [name, 'browser tests'] : name)),
      'size budgets',
      'package checks',
      'unused code',
    );
  },
};

/** They are installed as their readers install them. */
const outsideWorkspace = new Set(['next']);

/** The folders of examples that can be started. */
function exampleNames() {
  return readdirSync(join(root, 'examples')).filter((name) => exampleManifest(name));
}

function exampleManifest(name) {
  const path = join(root, 'examples', name, 'package.json');
  const manifest = /^[\w-]+$/.test(name) && existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
  return manifest?.scripts?.start ? manifest : undefined;
}

/** Runs a command with this terminal as its own; signals reach it too. Gives its exit code. */
function run(command, {onOutput} = {}) {
  const [file, args, options] = toSpawn(command);
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      cwd: root,
      stdio: onOutput ? ['ignore', 'pipe', 'inherit'] : 'inherit',
      ...options,
    });
    if (onOutput) child.stdout.on('data', onOutput);
    const forward = (signal) => child.kill(signal);
    process.on('SIGINT', forward).on('SIGTERM', forward);
    child.on('error', reject);
    child.on('close', (code) => {
      process.off('SIGINT', forward).off('SIGTERM', forward);
      resolve(code ?? 1);
    });
  });
}

/** When `npm start` is asked to end it kills only its shell, so this process ends itself if its parent is gone. */
function endWithParent() {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM');
  }, 500).unref();
}

/** Installs what runs the server, unless nothing has changed since the last time. */
async function installToRun() {
  if (isInstalled(root)) return;
  await mustRun('install to run');
  noteInstalled(root);
}

/** Runs steps that all others need. The first failure ends the run. */
async function mustRun(...names) {
  for (const name of names) {
    const code = await run(steps[name]);
    if (code !== 0) {
      console.error(`\n${name} failed: ${steps[name].join(' ')}`);
      process.exit(code);
    }
  }
}

/**
 * Runs all the steps, also after a failure, and closes with the line `N passed, N failed`. Steps that stand together in a
 * list run at the same time; the output of all but the first of them comes when they have ended.
 * @param {...(string | string[])} names
 */
async function runAndReport(...names) {
  const report = new Report();
  for (const together of names.map((each) => [each].flat())) {
    console.log(`\n── ${together.join(', ')}`);
    await Promise.all(
      together.map(async (name, index) => {
        const step = report.begin(name);
        const later = [];
        const onOutput = (chunk) => {
          step.read(chunk);
          if (index === 0) process.stdout.write(chunk);
          else later.push(chunk);
        };
        step.finish(await run(steps[name], {onOutput}));
        process.stdout.write(Buffer.concat(later));
      }),
    );
  }
  console.log(report.summary());
  return report.failed === 0 ? 0 : 1;
}

const task = tasks[process.argv[2]];
if (!task) {
  console.error(`Usage: node scripts/run.mjs ${Object.keys(tasks).join(' | ')}`);
  process.exit(2);
}
useToolchain();
// Every test file runs in a process of its own. They share compiled modules through this cache.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('../node_modules/.cache/node', import.meta.url));
process.exitCode = await task();
