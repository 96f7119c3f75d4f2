/** Packs each published package as it would be released, looks for files that nobody needs, and lets publint and attw read the tarball. */
import {spawnSync} from 'node:child_process';
import {mkdtempSync, readdirSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {needlessFiles} from './packed-paths.mjs';
import {published} from './release.mjs';
import {toSpawn} from './shell.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

let failed = false;

function run(cwd, ...command) {
  const [file, args, options] = toSpawn(command);
  const ran = spawnSync(file, args, {cwd, stdio: 'inherit', ...options});
  if (ran.status !== 0) failed = true;
}

for (const name of published) {
  const folder = mkdtempSync(join(tmpdir(), 'chatlet-pack-'));
  try {
    run(join(root, 'packages', name), 'pnpm', 'pack', '--pack-destination', folder);
    const [tarball] = readdirSync(folder).filter((file) => file.endsWith('.tgz'));
    if (!tarball) throw new Error(`Nothing was packed for ${name}.`);
    const listed = spawnSync('tar', ['-tzf', tarball], {cwd: folder, encoding: 'utf8'});
    const needless = needlessFiles(listed.stdout.split('\n'));
    if (listed.status !== 0 || needless.length > 0) {
      failed = true;
      console.error(`${tarball} has files that its users do not need: ${needless.join(' ') || listed.stderr}`);
    }
    run(root, 'pnpm', 'exec', 'publint', '--strict', join(folder, tarball));
    run(root, 'pnpm', 'exec', 'attw', join(folder, tarball), '--profile', 'esm-only');
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
}
process.exitCode = failed ? 1 : 0;
