/** The committed `api.txt` of each package is its public API. */
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {before, suite, test} from 'node:test';
import {compile, fileOf, firstDifference, printApi} from './api-surface.ts';
import {published} from './release.mjs';

suite('the public API', () => {
  before(compile);

  for (const name of published) {
    test(`api.txt of ${name} has every public name with its declaration`, () => {
      const difference = firstDifference(readFileSync(fileOf(name), 'utf8'), printApi(name));
      if (difference === undefined) return;
      assert.fail(
        `The public API of @chatlet/${name} is no longer the one in packages/${name}/api.txt: ${difference}. ` +
          'If this is meant, run `npm run api` and commit the file, with a changeset for the people who use the name.',
      );
    });
  }

  test('api.txt has what an exported name refers to, and nothing that only its own code can use', () => {
    const widget = printApi('widget');
    assert.match(widget, /^ {2}defineElements$/m);
    assert.match(widget, /^export declare class ChatletChat extends /m);
    assert.match(widget, /^interface ConversationState |^export interface ConversationState /m);
    assert.match(widget, /^declare module 'react' \{$/m);
    assert.doesNotMatch(widget, /\bprivate\b|#private|\/\*\*/);
  });
});

test('the first difference of two texts is told with its line', () => {
  assert.equal(firstDifference('a\nb\n', 'a\nb\n'), undefined);
  assert.equal(firstDifference('a\nb\nc', 'a\nx\nc'), 'line 2 was “b” and is “x”');
  assert.equal(firstDifference('a\n', 'a\nb\n'), 'line 2 was “” and is “b”');
});
