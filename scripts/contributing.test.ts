/** That CONTRIBUTING.md shows the folders and names the files that are there. */
import assert from 'node:assert/strict';
import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'node:test';
import {fileURLToPath} from 'node:url';
import {testFiles} from './choose-tests.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const text = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8');

/** Written by runs that take long, so a clone may be without them. */
const written = ['docs/full-run.md', 'docs/mutation.md'];

const exists = (path: string) => existsSync(join(root, path));

/** `server/…` stands for `packages/server/src/…`. */
const withPackage = (path: string) => path.replace(/^(protocol|widget|server)\//, 'packages/$1/src/');

test('every file and folder that CONTRIBUTING.md names exists', () => {
  const prose = text.replace(/^```[^]*?^```/gm, '');
  const spans = [...prose.matchAll(/`([\w.-]+(?:\/[\w.-]+)+|[\w-]+\.json)`/g)].map(([, path = '']) =>
    withPackage(path),
  );
  const links = [...prose.matchAll(/\]\(([^):]+)\)/g)].map(([, path = '']) => path);
  assert.ok(spans.length > 90 && links.length > 5, `${spans.length} paths, ${links.length} links`);
  assert.deepEqual(
    [...new Set([...spans, ...links])].filter((path) => !exists(path) && !written.includes(path)),
    [],
  );
});

test('every folder in the picture of CONTRIBUTING.md exists, below the one that it is drawn in', () => {
  const [, picture = ''] = /## Folders\n\n```\n([^]*?)^```/m.exec(text) ?? [];
  const above: string[] = [];
  const folders = picture.split('\n').flatMap((line) => {
    const [, space = '', name] = /^( *)([\w/-]+)\/ /.exec(`${line} `) ?? [];
    if (name === undefined) return [];
    above.length = space.length / 2;
    above.push(name);
    return above.join('/');
  });
  assert.ok(folders.length > 25, `${folders.length} folders`);
  assert.deepEqual(
    folders.filter((path) => !exists(path)),
    [],
  );
});

test('CONTRIBUTING.md explains every kind of id that begins the name of a test', () => {
  const kinds = testFiles(root).flatMap((path) => {
    const names = readFileSync(join(root, path), 'utf8').matchAll(
      /\b(?:test|it)\(\s*['"`]([A-Z]+\d?-|[A-Z])\d[\d.]*[:,]/g,
    );
    return [...names].map(([, kind = '']) => kind);
  });
  assert.ok(kinds.length > 50, `${kinds.length} ids`);
  assert.deepEqual(
    [...new Set(kinds)].filter((kind) => !new RegExp(`\`${kind}\\d`).test(text)),
    [],
  );
});
