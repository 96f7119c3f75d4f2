/** Every public name of the published packages has a docstring. */
import assert from 'node:assert/strict';
import {join} from 'node:path';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {undocumentedExports, undocumentedMembers} from './docstrings.ts';

const root = fileURLToPath(new URL('../packages/', import.meta.url));

for (const entry of [
  'protocol/src/index.ts',
  'widget/src/index.ts',
  'widget/src/define.ts',
  'widget/src/wrapping.ts',
  'server/src/index.ts',
  'react/src/index.ts',
  'vue/src/index.ts',
]) {
  test(`every export of ${entry} has a docstring`, () => {
    assert.deepEqual(undocumentedExports(join(root, entry)), []);
  });

  test(`every member of an export of ${entry} has a docstring if its type does not say all`, () => {
    assert.deepEqual(undocumentedMembers(join(root, entry)), []);
  });
}
