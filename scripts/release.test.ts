/** That nothing is published before the owner has named the repository, and that the packages are then named after it. */
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import test from 'node:test';
import {fileURLToPath} from 'node:url';
import {published, repositoryFields} from './release.mjs';

const script = fileURLToPath(new URL('release.mjs', import.meta.url));
const manifestOf = (name: string) =>
  JSON.parse(readFileSync(new URL(`../packages/${name}/package.json`, import.meta.url), 'utf8')) as {
    keywords?: readonly string[];
    repository?: unknown;
  };

test('the release refuses in a sentence without the address of the repository', () => {
  for (const address of [undefined, '', 'owner/name', 'http://example.com/owner/name', 'https://example.com/owner']) {
    assert.throws(() => repositoryFields(address, 'packages/server'), /Set CHATLET_REPOSITORY/, address);
  }
  const {CHATLET_REPOSITORY: _, ...env} = process.env;
  const {status, stderr} = spawnSync(process.execPath, [script], {env, encoding: 'utf8'});
  assert.equal(status, 1);
  assert.match(stderr, /^Set CHATLET_REPOSITORY to the address .*\n$/);
});

test('one variable names repository, homepage and bugs of each package', () => {
  for (const address of ['https://code.example/owner/name', 'https://code.example/owner/name.git']) {
    assert.deepEqual(repositoryFields(address, 'packages/server'), {
      repository: {type: 'git', url: 'git+https://code.example/owner/name.git', directory: 'packages/server'},
      homepage: 'https://code.example/owner/name#readme',
      bugs: {url: 'https://code.example/owner/name/issues'},
    });
  }
});

test('no manifest invents a repository, and each has keywords', () => {
  for (const name of published) {
    const {repository, keywords = []} = manifestOf(name);
    assert.equal(repository, undefined, name);
    assert.ok(keywords.length >= 5, name);
  }
});
