/**
 * The installed server on the oldest Node that its manifest allows: started, and asked one question. That Node comes from
 * the npm registry, because all tests run on a newer one.
 */
import assert from 'node:assert/strict';
import {execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, readFileSync, readdirSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {packPackages} from '../../../scripts/packed-example.mjs';
import {programEnvironment} from '../../server/src/testing/program-environment.ts';
import {urlOf} from './chat-server.ts';

const manifest = readFileSync(new URL('../../server/package.json', import.meta.url), 'utf8');
const [, oldest] = /"node": ">=(\d+\.\d+)"/.exec(manifest) ?? [];
const folder = mkdtempSync(join(tmpdir(), 'chatlet-oldest-'));
try {
  const packed = join(folder, 'packed');
  packPackages(packed, ['protocol', 'server']);
  const tarballs = readdirSync(packed).map((file) => join(packed, file));
  const options = {cwd: folder, encoding: 'utf8', shell: process.platform === 'win32'} as const;
  execFileSync(
    'npm',
    ['install', '--no-audit', '--no-fund', '--prefer-offline', `node@${oldest}`, ...tarballs],
    options,
  );
  const node = join(folder, 'node_modules/node/bin', process.platform === 'win32' ? 'node.exe' : 'node');
  const version = execFileSync(node, ['--version'], {encoding: 'utf8'}).trim();
  assert.ok(version.startsWith(`v${oldest}.`), `${version} is not ${oldest}`);

  const server = spawn(node, [join(folder, 'node_modules/@chatlet/server/dist/cli.js'), 'start'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {...programEnvironment, PORT: '0', CHATLET_LOG_LEVEL: 'error'},
  });
  try {
    const response = await fetch(`${await urlOf(server)}/v1/chat/completions`, {
      method: 'POST',
      headers: {'content-type': 'application/json'},
      body: JSON.stringify({model: 'default', messages: [{role: 'user', content: 'Show a table'}]}),
      signal: AbortSignal.timeout(60_000),
    });
    const text = await response.text();
    assert.equal(response.status, 200, text);
    assert.match(text, /\| ?---/);
    console.log(`Result: the installed server answers on Node ${version}.`);
  } finally {
    server.kill('SIGTERM');
    if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
  }
} finally {
  rmSync(folder, {recursive: true, force: true});
}
