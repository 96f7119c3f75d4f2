/** Lists the files of the working tree, and fingerprints some of them, so that old results are not taken for new ones. */
import {execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';

/** All files that git would commit, from the root. */
export function filesOf(root: string): readonly string[] {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const names = execFileSync('git', args, {cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26}).split('\0');
  return [...new Set(names)].filter((name) => name !== '' && existsSync(join(root, name)));
}

export function fingerprint(root: string, paths: readonly string[]): string {
  const sum = createHash('sha256');
  for (const path of paths) sum.update(path).update(readFileSync(join(root, path)));
  return sum.digest('hex');
}

/** The commit that is checked out, in short, and whether the packages differ from it. */
export function commitOf(root: string): string {
  const git = (...args: string[]) => execFileSync('git', args, {cwd: root, encoding: 'utf8'}).trim();
  const changed = git('status', '--porcelain', '--', 'packages') === '' ? '' : ' with changes';
  return git('rev-parse', '--short', 'HEAD') + changed;
}
