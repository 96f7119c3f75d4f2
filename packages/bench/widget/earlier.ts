/** Our widget as it was at an earlier commit, for comparisons within one run. */
import {execFileSync} from 'node:child_process';
import {mkdtemp, symlink} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/**
 * Puts the sources of the widget and of the protocol as they were at a commit in a new folder, beside the packages that are
 * installed here, and returns the folder.
 * @throws {Error} if this clone does not have the commit
 */
export async function checkOutWidget(commit: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `chatlet-${commit}-`));
  const archive = execFileSync('git', ['archive', commit, 'packages/widget', 'packages/protocol'], {
    cwd: root,
    maxBuffer: 1e9,
  });
  execFileSync('tar', ['-x', '-C', folder], {input: archive});
  for (const name of ['packages/widget', 'packages/protocol']) {
    await symlink(join(root, name, 'node_modules'), join(folder, name, 'node_modules'));
  }
  // At that commit this file was made at each build.
  execFileSync(process.execPath, ['trim-marked.ts'], {cwd: join(folder, 'packages/widget')});
  return folder;
}
