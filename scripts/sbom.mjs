/**
 * Writes the bill of materials (SBOM) of all published packages, as CycloneDX: what npm installs for them, and what is bundled
 * in them: `node scripts/sbom.mjs FILE`. Asks the registry for dependencies alone: our packages are packed here, as they would be
 * published. React and Vue are the app's own. Needs a build.
 */
import {spawnSync} from 'node:child_process';
import {mkdtempSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {addBundled, bundledPackages} from './bundled.mjs';
import {packPackages} from './packed-example.mjs';
import {toSpawn} from './shell.mjs';

const [target] = process.argv.slice(2);
if (target === undefined) throw new Error('Usage: node scripts/sbom.mjs FILE');

const folder = mkdtempSync(join(tmpdir(), 'chatlet-sbom-'));
try {
  packPackages(folder);
  const tarballs = readdirSync(folder).map((file) => `./${file}`);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({name: 'chatlet-installed', version: '0.0.0'}));
  npm('install', '--no-audit', '--no-fund', '--ignore-scripts', '--legacy-peer-deps', ...tarballs);
  const sbom = JSON.parse(npm('sbom', '--sbom-format', 'cyclonedx', '--legacy-peer-deps'));
  writeFileSync(target, JSON.stringify(addBundled(sbom, bundledPackages()), null, 2));
} finally {
  rmSync(folder, {recursive: true});
}

/** @param {string[]} words */
function npm(...words) {
  const [file, args, options] = toSpawn(['npm', ...words]);
  const ran = spawnSync(file, args, {cwd: folder, encoding: 'utf8', maxBuffer: 2 ** 26, ...options});
  if (ran.status !== 0) throw new Error(`npm ${words.join(' ')} failed:\n${ran.stdout}${ran.stderr}`);
  return ran.stdout;
}
