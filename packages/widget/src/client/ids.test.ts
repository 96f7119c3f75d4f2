/** Ids that the page makes. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {newId} from './ids.ts';

test('ids have their prefix and 24 characters, and no two are equal', () => {
  const ids = Array.from({length: 1000}, () => newId('msg'));
  assert.equal(new Set(ids).size, 1000);
  for (const id of ids) assert.match(id, /^msg_[0-9a-z]{24}$/);
  assert.equal(new Set(ids.flatMap((id) => id.slice(4).split(''))).size, 36);
  assert.match(newId('chat'), /^chat_/);
});
