/** `reasoning_details` of a stream: put together from many pieces, up to a size. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {reasoningDetails} from './reasoning-details.ts';

const piece = (text: string, index = 0) => ({type: 'reasoning.text', text, index});

test('T2-04: details of reasoning are put together from their pieces, by type and index', () => {
  const details = reasoningDetails();
  for (let word = 0; word < 20_000; word += 1) details.add([piece('word ')]);
  details.add([{type: 'reasoning.text', signature: 'S', text: null, index: 0}, piece('two', 1), 'no object']);
  details.add([{type: 'reasoning.encrypted', data: 'X', index: 1}]);
  details.add([{type: 'reasoning.encrypted', data: 'Y', index: 1}]);
  details.add('no list');
  assert.deepEqual(details.list, [
    {...piece('word '.repeat(20_000)), signature: 'S'},
    piece('two', 1),
    {type: 'reasoning.encrypted', data: 'X', index: 1},
    {type: 'reasoning.encrypted', data: 'Y', index: 1},
  ]);
});

test('T2-04: details of reasoning beyond 4 million characters are dropped', () => {
  const details = reasoningDetails();
  const long = 'x'.repeat(3_000_000);
  details.add([piece(long)]);
  details.add([piece(long)]);
  assert.deepEqual(details.list, [piece(long)]);
});
