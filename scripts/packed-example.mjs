/**
 * Our packages as they are published, for apps outside of the workspace: packs them, or installs an example with them. Needs a
 * build with the guide.
 */
import {spawnSync} from 'node:child_process';
import {cpSync, mkdirSync, readFileSync, readdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {published} from './release.mjs';
import {toSpawn} from './shell.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * Writes a tarball of each package into a folder.
 * @param {string} folder made if it is missing
 * @param {readonly string[]} names of folders in `packages`
 */
export function packPackages(folder, names = published) {
  mkdirSync(folder, {recursive: true});
  for (const name of names) run(join(root, 'packages', name), 'pnpm', 'pack', '--pack-destination', folder);
}

/**
 * Copies an example into a folder, and installs it there with packed packages.
 * @param {string} name of a folder in `examples`
 * @param {string} folder
 */
export function installExample(name, folder) {
  cpSync(join(root, 'examples', name), folder, {
    recursive: true,
    filter: (path) => !/[\\/](?:node_modules|\.next)(?:[\\/]|$)/.test(path.slice(root.length)),
  });
  const packed = join(folder, 'packed');
  packPackages(packed, ['protocol', 'widget', 'server']);
  const path = join(folder, 'package.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8'));
  for (const file of readdirSync(packed)) {
    const [, each] = /^chatlet-(\w+)-/.exec(file) ?? [];
    manifest.dependencies[`@chatlet/${each}`] = `file:./packed/${file}`;
  }
  writeFileSync(path, JSON.stringify(manifest, null, 2));
  run(folder, 'npm', 'install', '--no-audit', '--no-fund', '--prefer-offline');
}

function run(cwd, ...command) {
  const [file, args, options] = toSpawn(command);
  const {status, stdout, stderr} = spawnSync(file, args, {cwd, encoding: 'utf8', ...options});
  if (status !== 0) throw new Error(`${command.join(' ')} failed:\n${stdout}${stderr}`);
}
