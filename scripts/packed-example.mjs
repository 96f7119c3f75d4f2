/**
 * An example outside of the workspace, with our packages as they are published: copies it into a folder, packs the
 * packages and installs them there. Needs a build.
 */
import {spawnSync} from 'node:child_process';
import {cpSync, mkdirSync, readFileSync, readdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * @param {string} name of a folder in `examples`
 * @param {string} folder
 */
export function installExample(name, folder) {
  cpSync(join(root, 'examples', name), folder, {
    recursive: true,
    filter: (path) => !/[\\/](?:node_modules|\.next)(?:[\\/]|$)/.test(path.slice(root.length)),
  });
  const packed = join(folder, 'packed');
  mkdirSync(packed, {recursive: true});
  for (const each of ['protocol', 'widget', 'server']) {
    run(join(root, 'packages', each), 'pnpm', 'pack', '--pack-destination', packed);
  }
  const path = join(folder, 'package.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8'));
  for (const file of readdirSync(packed)) {
    const [, each] = /^chatlet-(\w+)-/.exec(file) ?? [];
    manifest.dependencies[`@chatlet/${each}`] = `file:./packed/${file}`;
  }
  writeFileSync(path, JSON.stringify(manifest, null, 2));
  run(folder, 'npm', 'install', '--no-audit', '--no-fund', '--prefer-offline');
}

function run(cwd, file, ...args) {
  const {status, stdout, stderr} = spawnSync(file, args, {cwd, encoding: 'utf8', shell: process.platform === 'win32'});
  if (status !== 0) throw new Error(`${file} ${args.join(' ')} failed:\n${stdout}${stderr}`);
}
