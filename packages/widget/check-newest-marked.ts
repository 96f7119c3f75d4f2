/**
 * Trims the newest marked as `trim-marked.ts` trims the installed one, and compares the result with all of it, on every
 * example of CommonMark and GFM and on random texts. Changes nothing here. A job runs it every week; if it fails, marked is
 * written in another way by now, and `trim-marked.ts` has to follow before marked can be updated.
 *
 *     node check-newest-marked.ts [version]
 */
import {spawnSync} from 'node:child_process';
import {cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

const widget = fileURLToPath(new URL('.', import.meta.url));
const [version = 'latest'] = process.argv.slice(2);

/** Throws with what the command said if it failed. */
function run(cwd: string, command: string, ...args: string[]): void {
  const {status, stdout, stderr} = spawnSync(command, args, {cwd, encoding: 'utf8'});
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${stdout}${stderr}`);
}

/** The version that a file of ours names in its notice. */
const versionIn = (path: string): string => /marked v?([\d.]+)/.exec(readFileSync(path, 'utf8'))?.[1] ?? 'unknown';

// Below this package, so that the copy finds all other packages.
mkdirSync(join(widget, 'dist'), {recursive: true});
const folder = mkdtempSync(join(widget, 'dist/newest-marked-'));
try {
  writeFileSync(join(folder, 'package.json'), '{"private": true, "type": "module"}\n');
  for (const name of ['src', 'trim-marked.ts']) cpSync(join(widget, name), join(folder, name), {recursive: true});
  run(folder, 'npm', 'install', '--no-audit', '--no-fund', `marked@${version}`);
  run(folder, process.execPath, 'trim-marked.ts');
  run(folder, process.execPath, '--conditions=@chatlet/source', '--test', 'src/trim-marked.test.ts');
  const [ours, newest] = [widget, folder].map((root) => versionIn(join(root, 'src/markdown/marked.ts')));
  console.log(`marked ${newest} can be trimmed and reads all texts alike. Here it is ${ours}.`);
} finally {
  rmSync(folder, {recursive: true});
}
