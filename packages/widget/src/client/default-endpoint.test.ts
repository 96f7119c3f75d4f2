/** The endpoint of chats that have none of their own. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {defaultEndpoint, setDefaultEndpoint} from './default-endpoint.ts';

test('the default endpoint is the origin of the page until a script says where it came from', (t) => {
  t.after(() => setDefaultEndpoint(''));
  assert.equal(defaultEndpoint(), '');
  setDefaultEndpoint('https://chat.example');
  assert.equal(defaultEndpoint(), 'https://chat.example');
});
