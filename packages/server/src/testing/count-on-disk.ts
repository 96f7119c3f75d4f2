/** Looks for words on the disk, where deleted ones must not stay. */
import {execFileSync} from 'node:child_process';
import {readdirSync} from 'node:fs';
import {join} from 'node:path';

const printFiles =
  "for (const file of process.argv.slice(1)) process.stdout.write(require('node:fs').readFileSync(file))";

/**
 * How often a text stands in the files of the folder. Another process reads them, because closing a file that SQLite has
 * open in this one would drop SQLite's locks.
 */
export function countOnDisk(folder: string, text: string): number {
  const files = readdirSync(folder).map((name) => join(folder, name));
  const all = execFileSync(process.execPath, ['-e', printFiles, ...files], {encoding: 'latin1', maxBuffer: 1e9});
  return all.split(text).length - 1;
}
