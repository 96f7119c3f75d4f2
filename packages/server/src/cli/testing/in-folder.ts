/** The command line in a folder of its own, with a document in it. */
import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {TestContext} from 'node:test';
import {programEnvironment} from '../../testing/program-environment.ts';

const cli = join(import.meta.dirname, '../../cli.ts');

export interface Program {
  readonly child: ChildProcess;
  /** Resolves when its output so far fits. */
  read(pattern: RegExp): Promise<RegExpExecArray>;
  readonly exit: Promise<readonly [code: unknown, output: string]>;
}

/** A folder with documents, and the program in it. */
export async function inFolder(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'chatlet-ingest-'));
  await mkdir(join(folder, 'docs'));
  await writeFile(join(folder, 'docs/report.md'), '# Report\n\n## Q4\n\nRevenue was 4.2 million euros.');
  const children: ChildProcess[] = [];
  t.after(async () => {
    for (const child of children) child.kill('SIGKILL');
    await rm(folder, {recursive: true, force: true});
  });
  const start = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Program => {
    const child = spawn(process.execPath, ['--conditions=@chatlet/source', cli, ...args], {
      cwd: folder,
      env: {...programEnvironment, PORT: '0', ...env},
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.push(child);
    let output = '';
    child.stdout.on('data', (piece) => (output += String(piece)));
    child.stderr.on('data', (piece) => (output += String(piece)));
    return {
      child,
      async read(pattern) {
        for (;;) {
          const found = pattern.exec(output);
          if (found) return found;
          await Promise.race([once(child.stdout, 'data'), once(child.stderr, 'data')]);
        }
      },
      exit: once(child, 'close').then(([code]) => [code, output]),
    };
  };
  return {folder, run: (args: readonly string[], env?: NodeJS.ProcessEnv) => start(args, env).exit, start};
}
