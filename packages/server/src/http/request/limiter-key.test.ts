import assert from 'node:assert/strict';
import {test} from 'node:test';
import {limiterKeysOfAddress} from './limiter-key.ts';

const keys = {
  '203.0.113.7': 'ip:203.0.113.7',
  '::ffff:203.0.113.7': 'ip:203.0.113.7',
  '::ffff:cb00:7107': 'ip:203.0.113.7',
  '0:0:0:0:0:FFFF:203.0.113.7': 'ip:203.0.113.7',
  '64:ff9b::203.0.113.7': 'ip:203.0.113.7',
  '2001:db8:1:2:aaaa::1': 'ip:2001:db8:1:2::/64',
  '2001:0DB8:0001:0002:ffff:ffff:ffff:ffff': 'ip:2001:db8:1:2::/64',
  '2001:db8:1:3::1': 'ip:2001:db8:1:3::/64',
  '2001:db8::1': 'ip:2001:db8:0:0::/64',
  '::1': 'ip:0:0:0:0::/64',
  '::': 'ip:0:0:0:0::/64',
  'fe80::1%eth0': 'ip:fe80:0:0:0::/64',
  '': 'ip:unknown',
  'evil, 1.2.3.4': 'ip:unknown',
  '203.0.113.7:4711': 'ip:203.0.113.7',
  '[2001:db8:1:2::1]:4711': 'ip:2001:db8:1:2::/64',
  '[2001:db8:1:2::1]': 'ip:2001:db8:1:2::/64',
  '1.2.3.4:': 'ip:unknown',
  '1.2.3:80': 'ip:unknown',
  '[1.2.3.4': 'ip:unknown',
};

for (const [address, key] of Object.entries(keys)) {
  test(`the limiter’s key of the address ${JSON.stringify(address)} is ${key}`, () =>
    assert.equal(limiterKeysOfAddress(address)[0]?.key, key));
}

test('all callers without an address share one limiter’s key', () => {
  assert.deepEqual(limiterKeysOfAddress(undefined), [{key: 'ip:unknown', times: 1}]);
});

test('R-15: an IPv6 address counts for its /64, and with rising limits for its /48 and /32', () => {
  assert.deepEqual(limiterKeysOfAddress('2001:db8:1:2::1'), [
    {key: 'ip:2001:db8:1:2::/64', times: 1},
    {key: 'ip:2001:db8:1::/48', times: 4},
    {key: 'ip:2001:db8::/32', times: 16},
  ]);
  assert.deepEqual(limiterKeysOfAddress('::ffff:203.0.113.7'), [{key: 'ip:203.0.113.7', times: 1}]);
});
