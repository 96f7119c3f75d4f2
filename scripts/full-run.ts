/**
 * Runs the long suites with their full counts, part by part, and writes docs/full-run.md. A run that was ended goes on
 * with the parts that are missing or failed; a change of the packages begins it anew. Knows no suite: they are listed in
 * scripts/full-run.json.
 *
 *     npm run test:full
 *     npm run test:full -- --only mutation   # the parts with names that begin so
 *     npm run test:full -- --fresh           # forgets the parts that have passed
 */
import {execFileSync, spawn} from 'node:child_process';
import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import {endTree, ownGroup} from './shell.mjs';
import {commitOf, filesOf, fingerprint} from './tree.ts';

export interface Part {
  readonly name: string;
  /** Run in the root. Its last line that begins with `Result:` goes into the table, its exit code tells if it passed. */
  readonly command: string;
  /** Handed to the command as CHATLET_RUNS. */
  readonly runs?: number;
  /** Handed to the command as CHATLET_SEED. */
  readonly seed?: number;
}

export interface Done {
  readonly passed: boolean;
  readonly result: string;
  readonly minutes: number;
  readonly commit: string;
}

interface Bounds {
  /** Milliseconds for one part. */
  readonly longest: number;
}

/** Runs one part. A part that takes too long is ended; if it keeps its findings, it can go on in the next run. */
export function runPart(
  {command, runs, seed}: Part,
  {root, longest}: Bounds & {root: string},
): Promise<Omit<Done, 'commit'>> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(command, {
      cwd: root,
      shell: true,
      detached: ownGroup,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...process.env,
        ...(runs !== undefined && {CHATLET_RUNS: `${runs}`}),
        ...(seed !== undefined && {CHATLET_SEED: `${seed}`}),
      },
    });
    const end = () => child.pid !== undefined && child.exitCode === null && endTree(child.pid, 'SIGTERM');
    process.once('exit', end);
    let late = false;
    const deadline = setTimeout(() => {
      late = true;
      end();
    }, longest);
    let result = '';
    createInterface(child.stdout).on('line', (line) => {
      console.log(line);
      if (line.startsWith('Result: ')) result = line.slice('Result: '.length);
    });
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(deadline);
      process.off('exit', end);
      const minutes = (performance.now() - started) / 60_000;
      const passed = code === 0 && !late;
      const otherwise = late ? `not finished in ${Math.round(longest / 60_000)} minutes` : passed ? 'passed' : 'failed';
      resolve({passed, result: late || result === '' ? otherwise : result, minutes});
    });
  });
}

/** The page that is committed. */
export function page(parts: readonly Part[], done: ReadonlyMap<string, Done>): string {
  const rows = parts.map(({name, runs, seed}) => {
    const ran = done.get(name);
    const cells = ran
      ? [ran.passed ? 'yes' : '**no**', ran.result, ran.minutes.toFixed(1), ran.commit]
      : ['not run', '', '', ''];
    return `| ${[name, runs ?? '', seed ?? '', ...cells].join(' | ')} |`;
  });
  return `# The long suites, in full

Written by \`npm run test:full\`. \`npm test\` runs each of them as a small sample.

| part | runs | seed | passed | result | minutes | commit |
| --- | --: | --: | --- | --- | --: | --- |
${rows.join('\n')}
`;
}

async function main(): Promise<void> {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const {values} = parseArgs({
    options: {only: {type: 'string', default: ''}, fresh: {type: 'boolean', default: false}},
  });
  const parts = JSON.parse(readFileSync(join(root, 'scripts/full-run.json'), 'utf8')) as readonly Part[];
  const state = join(root, 'node_modules/.cache/full-run.json');
  const tree = fingerprint(
    root,
    filesOf(root).filter((path) => /^(?:packages|scripts)\//.test(path) && !path.endsWith('.md')),
  );
  const saved =
    !values.fresh && existsSync(state)
      ? (JSON.parse(readFileSync(state, 'utf8')) as {tree: string; done: Record<string, Done>})
      : undefined;
  const done = new Map(saved?.tree === tree ? Object.entries(saved.done) : []);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  for (const part of parts.filter(({name}) => name.startsWith(values.only) && !done.get(name)?.passed)) {
    console.log(`\n── ${part.name}${part.seed === undefined ? '' : `, seed ${part.seed}`}`);
    done.set(part.name, {...(await runPart(part, {root, longest: 20 * 60_000})), commit: commitOf(root)});
    mkdirSync(dirname(state), {recursive: true});
    writeFileSync(state, JSON.stringify({tree, done: Object.fromEntries(done)}));
    writeFileSync(join(root, 'docs/full-run.md'), page(parts, done));
  }
  if (existsSync(join(root, 'docs/full-run.md'))) {
    execFileSync('pnpm', ['exec', 'oxfmt', 'docs/full-run.md'], {cwd: root, shell: process.platform === 'win32'});
  }
  const missing = parts.filter(({name}) => !done.get(name)?.passed).map(({name}) => name);
  console.log(
    missing.length === 0 ? '\nAll parts have passed.' : `\nNot passed: ${missing.join('; ')}. Run it again to go on.`,
  );
  process.exit(missing.length === 0 ? 0 : 1);
}

if (import.meta.main) await main();
