import assert from 'node:assert/strict';
import {test} from 'node:test';
import {duration} from './duration.ts';

test('a duration is written in seconds, minutes or hours, and always rounded up', () => {
  for (const [seconds, words] of [
    [1, '1 s'],
    [119, '119 s'],
    [120, '2 min'],
    [121, '3 min'],
    [7140, '119 min'],
    [7141, '2 h'],
    [86_399, '24 h'],
  ] as const) {
    assert.equal(duration(seconds), words);
  }
});
