/**
 * Remembers for which lockfile the packages were installed, because an installation that changes nothing still takes seconds.
 * Knows no package manager.
 */
import {createHash} from 'node:crypto';
import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';

/**
 * Whether everything that runs the server is installed as the lockfile says.
 * @param {string} root of the repository
 * @returns {boolean}
 */
export function isInstalled(root) {
  const note = noteIn(root);
  return (
    existsSync(join(root, 'packages/server/node_modules')) &&
    existsSync(note) &&
    readFileSync(note, 'utf8') === hashOfLockfile(root)
  );
}

/**
 * Notes that an installation has succeeded.
 * @param {string} root of the repository
 */
export function noteInstalled(root) {
  const note = noteIn(root);
  mkdirSync(dirname(note), {recursive: true});
  writeFileSync(note, hashOfLockfile(root));
}

// It goes when somebody deletes the folder.
const noteIn = (root) => join(root, 'node_modules/.cache/installed-lockfile');

function hashOfLockfile(root) {
  const hash = createHash('sha256');
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml']) hash.update(readFileSync(join(root, file)));
  return hash.digest('hex');
}
