/** The identity of an anonymous visitor, without any requests. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import type {TestContext} from 'node:test';
import {memoryStorage} from './testing/memory-storage.ts';
import {getOrCreateVisitor, isOwnVisitor} from './visitor.ts';

const provideLocks = (t: TestContext, request: (name: string, work: () => string) => Promise<string>) =>
  t.mock.getter(globalThis, 'navigator', () => ({locks: {request}}));

suite('the identity of a visitor', () => {
  test('is 32 random bytes in base64url after its version', async (t) => {
    t.mock.method(globalThis.crypto, 'getRandomValues', (bytes: Uint8Array) => bytes.fill(0xfb, 0, 30).fill(0xff, 30));
    const made = await getOrCreateVisitor(memoryStorage().device, 'site');
    assert.equal(made, `v2.${'-_v7'.repeat(10)}__8`);
    assert.deepEqual(Buffer.from(made.slice(3), 'base64url'), Buffer.alloc(32, 0xfb).fill(0xff, 30));
  });

  test('is made under a lock of the endpoint, and not if another tab has made one by then', async (t) => {
    const {device} = memoryStorage();
    const names: string[] = [];
    provideLocks(t, async (name, work) => {
      names.push(name);
      device.set('visitor', 'v2.of-another-tab');
      return work();
    });
    assert.equal(await getOrCreateVisitor(device, 'https://chat.example'), 'v2.of-another-tab');
    assert.equal(await getOrCreateVisitor(device, 'https://chat.example'), 'v2.of-another-tab');
    assert.deepEqual(names, ['chatlet:visitor:https://chat.example']);
  });

  for (const [name, provide] of [
    ['denies locks', (t: TestContext) => provideLocks(t, () => Promise.reject(new Error('SecurityError')))],
    ['has no locks', (t: TestContext) => t.mock.getter(globalThis, 'navigator', () => ({}))],
    ['has no navigator', (t: TestContext) => t.mock.getter(globalThis, 'navigator', () => undefined)],
  ] as const) {
    test(`is made once in a browser that ${name}`, async (t) => {
      provide(t);
      const {device} = memoryStorage();
      const made = await getOrCreateVisitor(device, 'site');
      assert.match(made, /^v2\.[\w-]{43}$/);
      assert.equal(device.get('visitor'), made);
      assert.equal(await getOrCreateVisitor(device, 'site'), made);
    });
  }

  test('is told from a token of the server by its version', () => {
    for (const [token, isOwn] of [
      ['v2.abc', true],
      ['v2abc', false],
      ['v1.v2.abc', false],
      ['', false],
      [undefined, false],
    ] as const) {
      assert.equal(isOwnVisitor(token), isOwn, token);
    }
  });
});
