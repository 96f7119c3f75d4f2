/** A copy of the working tree with its packages installed, to break things in. The tree itself is never touched. */
import {execFileSync} from 'node:child_process';
import {cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {filesOf} from '../tree.ts';
import {apply} from './mutants.ts';
import type {Drawn} from './sample.ts';

export interface Copy {
  readonly root: string;
  /** Runs `use` while the mutant is in its file. */
  mutate<Result>(mutant: Drawn, use: () => Promise<Result>): Promise<Result>;
}

export function makeCopy(root: string): Copy {
  const copy = realpathSync(mkdtempSync(join(tmpdir(), 'chatlet-mutation-')));
  process.on('exit', () => rmSync(copy, {recursive: true, force: true, maxRetries: 3}));
  for (const file of filesOf(root)) {
    mkdirSync(dirname(join(copy, file)), {recursive: true});
    cpSync(join(root, file), join(copy, file));
  }
  const inCopy = {cwd: copy, stdio: 'ignore', shell: process.platform === 'win32'} as const;
  execFileSync('pnpm', ['install', '--frozen-lockfile', '--prefer-offline'], inCopy);
  execFileSync('pnpm', ['--filter', '@chatlet/widget', 'run', 'trim-marked'], inCopy);
  mkdirSync(join(copy, 'node_modules/.temporary'));
  return {
    root: copy,
    async mutate(mutant, use) {
      const path = join(copy, mutant.path);
      const source = readFileSync(path, 'utf8');
      writeFileSync(path, apply(source, mutant));
      try {
        return await use();
      } finally {
        writeFileSync(path, source);
      }
    },
  };
}
