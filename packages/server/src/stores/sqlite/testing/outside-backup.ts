/** A backup by another program than ours: SQLite's shell, or Python's module, which opens and closes files alike. */
import {execFileSync, spawnSync} from 'node:child_process';

const python =
  'import sqlite3, sys; a = sqlite3.connect(sys.argv[1]); b = sqlite3.connect(sys.argv[2]); a.backup(b); b.close(); a.close()';

/** Copies a database that is in use; undefined if neither program is installed. */
export const backUpOutside: ((path: string, copy: string) => void) | undefined = findProgram();

function findProgram(): typeof backUpOutside {
  const isThere = (program: string) => spawnSync(program, ['--version']).status === 0;
  if (isThere('sqlite3')) {
    return (path, copy) => void execFileSync('sqlite3', [path, '.timeout 5000', `.backup ${copy}`]);
  }
  if (isThere('python3')) return (path, copy) => void execFileSync('python3', ['-c', python, path, copy]);
  return undefined;
}
