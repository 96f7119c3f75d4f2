/**
 * Publishes the packages: `CHATLET_REPOSITORY=https://github.com/owner/name npm run release`. The owner's variable is the
 * one place that knows the repository; without it nothing is published. `--dry-run` packs and publishes nothing.
 */
import {spawnSync} from 'node:child_process';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {toSpawn} from './shell.mjs';

export const published = ['protocol', 'widget', 'server', 'react', 'vue'];

/**
 * The fields of a manifest that name the repository.
 * @param {string | undefined} address
 * @param {string} folder of the package in the repository
 * @throws {Error} with a sentence for the owner
 */
export function repositoryFields(address, folder) {
  const url = URL.parse(address ?? '');
  if (url?.protocol !== 'https:' || !/^\/[\w.-]+\/[\w.-]+\/?$/.test(url.pathname)) {
    throw new Error(
      'Set CHATLET_REPOSITORY to the address of the repository, as https://github.com/owner/name. Nothing is published without it.',
    );
  }
  const home = `${url.origin}${url.pathname.replace(/(?:\.git)?\/?$/, '')}`;
  return {
    repository: {type: 'git', url: `git+${home}.git`, directory: folder},
    homepage: `${home}#readme`,
    bugs: {url: `${home}/issues`},
  };
}

function release(dryRun) {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const manifests = published.map((name) => {
    const path = join(root, 'packages', name, 'package.json');
    const text = readFileSync(path, 'utf8');
    const fields = repositoryFields(process.env.CHATLET_REPOSITORY, `packages/${name}`);
    return {path, text, named: `${JSON.stringify({...JSON.parse(text), ...fields}, null, 2)}\n`};
  });
  const run = (...command) => {
    const [file, args, options] = toSpawn(command);
    const {status} = spawnSync(file, args, {cwd: root, stdio: 'inherit', ...options});
    if (status !== 0) throw new Error(`${command.join(' ')} failed.`);
  };
  run('node', 'scripts/run.mjs', 'build');
  try {
    for (const {path, named} of manifests) writeFileSync(path, named);
    run('pnpm', 'run', 'packages:check');
    if (!dryRun) run('pnpm', 'exec', 'changeset', 'publish');
  } finally {
    for (const {path, text} of manifests) writeFileSync(path, text);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    release(process.argv.includes('--dry-run'));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
