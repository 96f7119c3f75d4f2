/** What the built declarations of the server import. */
import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));

test('E11: the server’s declarations need no types that do not come with it, such as those of Express', async () => {
  const server = join(root, 'packages/server');
  const {dependencies} = JSON.parse(await readFile(join(server, 'package.json'), 'utf8')) as {dependencies: object};
  const foreign = new Set<string>();
  const seen = new Set<string>();
  const visit = async (file: string): Promise<void> => {
    if (seen.has(file)) return;
    seen.add(file);
    const text = await readFile(file, 'utf8');
    for (const [, name = ''] of text.matchAll(/(?:\bfrom|\bimport\(?)\s*['"]([^'"]+)['"]/g)) {
      if (name.startsWith('.')) await visit(join(file, '..', name.replace(/\.[jt]s$/, '.d.ts')));
      else foreign.add(name);
    }
  };
  await visit(join(server, 'dist/index.d.ts'));
  assert.ok(seen.size > 50);
  const typed = Object.keys(dependencies).filter((name) => name !== 'express');
  assert.deepEqual(
    [...foreign].filter((name) => !name.startsWith('node:') && !typed.includes(name)),
    [],
  );
});
