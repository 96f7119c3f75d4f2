/** That each document names the Node version that is really needed: to develop with, or to run the packages. */
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import test from 'node:test';
import {node, pnpm} from './toolchain.mjs';

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const enginesOf = (path: string) => (JSON.parse(read(path)) as {engines?: {node: string}}).engines?.node;

/** All versions that a text names: `Node 22.16`, `Node ≥ 24`, `pnpm 12`. */
function versionsIn(text: string, program: string): string[] {
  return [...text.matchAll(new RegExp(String.raw`\b${program} (?:≥ )?(\d+(?:\.\d+)?)`, 'g'))].map((match) => match[1]!);
}

test('the published packages ask for the same Node, and the README of the server names it', () => {
  const needed = enginesOf('packages/server/package.json');
  assert.equal(enginesOf('packages/protocol/package.json'), needed);
  assert.equal(`>=${versionsIn(read('packages/server/README.md'), 'Node')[0]}`, needed);
  assert.ok(versionsIn(read('docs/decisions/node-sqlite.md'), 'Node').includes(needed!.replace('>=', '')));
});

test('README and CONTRIBUTING name the Node and the pnpm that the toolchain asks for', () => {
  const begin = enginesOf('package.json')!.replace('>=', '');
  const installed = enginesOf('packages/server/package.json')!.replace('>=', '');
  assert.deepEqual(new Set(versionsIn(read('README.md'), 'Node')), new Set([installed, begin, `${node.major}`]));
  for (const path of ['README.md', 'CONTRIBUTING.md']) {
    const text = read(path);
    assert.ok(versionsIn(text, 'Node').includes(`${node.major}`), path);
    assert.deepEqual(
      versionsIn(text, 'Node').filter(
        (version) => ![...(path === 'README.md' ? [installed] : []), begin, `${node.major}`].includes(version),
      ),
      [],
      path,
    );
    assert.deepEqual(new Set(versionsIn(text, 'pnpm')), new Set([`${pnpm.major}`]), path);
  }
});
