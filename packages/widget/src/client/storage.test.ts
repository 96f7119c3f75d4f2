/** Storage of the browser, and its absence. */
import assert from 'node:assert/strict';
import {afterEach, test} from 'node:test';
import type {TestContext} from 'node:test';
import {createStorage as createUnusedStorage, findStorages} from './storage.ts';

const original = Object.getOwnPropertyDescriptor(globalThis, 'localStorage');

/** The storage of a visitor who has asked a question. */
function createStorage(name: string) {
  const storage = createUnusedStorage(name);
  storage.keep?.();
  return storage;
}

afterEach(() => {
  if (original) Object.defineProperty(globalThis, 'localStorage', original);
  else Reflect.deleteProperty(globalThis, 'localStorage');
});

function provide(get: () => unknown): void {
  Object.defineProperty(globalThis, 'localStorage', {configurable: true, get});
}

/** The part of the browser's Storage that a namespace uses. */
function area() {
  const map = new Map<string, string>();
  return {
    map,
    getItem: (key: string) => map.get(key) ?? null,
    setItem: (key: string, value: string) => void map.set(key, value),
    removeItem: (key: string) => void map.delete(key),
    key: (index: number) => [...map.keys()][index] ?? null,
    get length() {
      return map.size;
    },
  };
}

test('two chats on one page have storage apart from each other, and clearing one leaves the other and the page alone', () => {
  const local = area();
  provide(() => local);
  const one = createStorage('https://one.example').device;
  const two = createStorage('https://two.example').device;
  one.set('draft', 'Hello');
  two.set('draft', 'Bye');
  local.setItem('of-the-page', 'stays');
  one.clear();
  assert.equal(one.get('draft'), undefined);
  assert.equal(two.get('draft'), 'Bye');
  assert.equal(local.getItem('of-the-page'), 'stays');
});

test('an address with a port is another endpoint than the same address without one', () => {
  const local = area();
  provide(() => local);
  const others = ['http://x:8000', 'http://x:8000/api', 'http://x:8000#shop', 'http://xy'];
  for (const name of others) createStorage(name).device.set('visitor', name);
  assert.deepEqual(findStorages('http://x'), []);
  for (const name of ['http://x', 'http://x#shop']) createStorage(name).device.set('draft:new', name);
  const found = findStorages('http://x');
  assert.deepEqual(
    found.map(({device}) => device.get('draft:new')),
    ['http://x', 'http://x#shop'],
  );
  for (const {device} of found) device.clear();
  assert.deepEqual(
    [...local.map],
    others.map((name) => [`chatlet:${name}:visitor`, name]),
  );
});

test('the storage of an element is found by its whole id, also with colons in it', () => {
  const local = area();
  provide(() => local);
  const names = ['http://x#:r1:', 'http://x#:ra:', 'http://x#a:b', 'http://x#a'];
  for (const name of names) {
    const {device} = createStorage(name);
    for (const key of ['visitor', 'draft:new', 'queue:chat:1']) device.set(key, name);
  }
  assert.deepEqual(
    findStorages('http://x').map(({device}) => device.get('visitor')),
    names,
  );
});

test('stored values are there after a reload', () => {
  const local = area();
  provide(() => local);
  createStorage('site').device.set('draft', 'Hello');
  assert.equal(createStorage('site').device.get('draft'), 'Hello');
});

test('if the browser denies storage, values are remembered until the page closes', () => {
  provide(() => {
    throw new Error('SecurityError');
  });
  const {device} = createStorage('site');
  device.set('draft', 'Hello');
  assert.equal(device.get('draft'), 'Hello');
  device.set('draft', undefined);
  assert.equal(device.get('draft'), undefined);
  device.clear();
});

test('if the storage is full, values are remembered until the page closes', () => {
  const local = area();
  provide(() => ({
    ...local,
    setItem() {
      throw new Error('QuotaExceededError');
    },
  }));
  const {device} = createStorage('site');
  device.set('draft', 'Hello');
  assert.equal(device.get('draft'), 'Hello');
});

test('a value is stored under the name of its chat, in the storage of the device or of the tab', (t) => {
  const local = area();
  const session = area();
  provide(() => local);
  Object.defineProperty(globalThis, 'sessionStorage', {configurable: true, get: () => session});
  t.after(() => Reflect.deleteProperty(globalThis, 'sessionStorage'));
  const {device, tab} = createStorage('site');
  device.set('draft', 'Hello');
  tab.set('chat', 'chat_1');
  assert.deepEqual(
    [[...local.map], [...session.map]],
    [[['chatlet:site:draft', 'Hello']], [['chatlet:site:chat', 'chat_1']]],
  );
  device.set('draft', undefined);
  tab.clear();
  assert.deepEqual([local.map.size, session.map.size], [0, 0]);
  assert.deepEqual([device.get('draft'), tab.get('chat')], [undefined, undefined]);
});

test('a value that another tab removed is still remembered by the page that has set it, until that removes it', () => {
  const local = area();
  provide(() => local);
  const {device} = createStorage('site');
  device.set('draft', 'Hello');
  local.map.clear();
  assert.equal(device.get('draft'), 'Hello');
  device.clear();
  assert.equal(device.get('draft'), undefined);
});

test('clearing removes all values of a namespace, however many there are', () => {
  const local = area();
  provide(() => local);
  const {device} = createStorage('site');
  for (const key of ['a', 'b', 'c']) device.set(key, key);
  local.setItem('of-the-page', 'stays');
  device.clear();
  assert.deepEqual([...local.map.keys()], ['of-the-page']);
});

test('R-14: what another tab has cleared is cleared for a tab that does not see it yet, and the next visitor stays', () => {
  const local = area();
  provide(() => local);
  const {device} = createStorage('site');
  for (const [key, value] of Object.entries({visitor: 'former', 'draft:new': 'Secret'})) device.set(key, value);
  const another = createStorage('site').device;
  another.clearIf?.('visitor', 'somebody else');
  assert.equal(another.get('draft:new'), 'Secret');
  another.clearIf?.('visitor', 'former');
  assert.deepEqual([another.get('visitor'), another.get('draft:new'), local.map.size], [undefined, undefined, 0]);
  local.setItem('chatlet:site:visitor', 'next');
  device.clearIf?.('visitor', 'former');
  assert.equal(another.get('visitor'), 'next');
});

test('without any storage, values are remembered until the page closes', () => {
  provide(() => undefined);
  const {device} = createStorage('site');
  assert.equal(device.get('draft'), undefined);
  device.set('draft', 'Hello');
  assert.equal(device.get('draft'), 'Hello');
});

/** Both storages of a browser. */
function provideBoth(t: TestContext) {
  const [local, session] = [area(), area()];
  provide(() => local);
  Object.defineProperty(globalThis, 'sessionStorage', {configurable: true, get: () => session});
  t.after(() => Reflect.deleteProperty(globalThis, 'sessionStorage'));
  return {local: local.map, session: session.map};
}

test('R-17: nothing is written before the first question, and what was remembered is kept from then on', (t) => {
  const {local, session} = provideBoth(t);
  const storage = createUnusedStorage('site');
  storage.device.set('draft', 'Hel');
  storage.tab.set('chat', 'chat_1');
  assert.deepEqual([local.size, session.size], [0, 0]);
  assert.equal(storage.device.get('draft'), 'Hel');
  storage.keep?.();
  assert.deepEqual(
    [...local, ...session],
    [
      ['chatlet:site:draft', 'Hel'],
      ['chatlet:site:chat', 'chat_1'],
    ],
  );
  // On the next visit the device is in use.
  const next = createUnusedStorage('site');
  next.device.set('draft', 'Hello');
  assert.equal(local.get('chatlet:site:draft'), 'Hello');
});

test('R-17: `session` ends with the tab, and `none` with the page', (t) => {
  const {local, session} = provideBoth(t);
  const ofTab = createUnusedStorage('site', {mode: 'session'});
  ofTab.keep?.();
  ofTab.device.set('visitor', 'v');
  assert.deepEqual([local.size, [...session]], [0, [['chatlet:site:visitor', 'v']]]);
  session.clear();
  const ofPage = createUnusedStorage('site', {mode: 'none'});
  ofPage.keep?.();
  ofPage.device.set('visitor', 'v');
  ofPage.tab.set('chat', 'c');
  assert.deepEqual([local.size, session.size], [0, 0]);
  assert.deepEqual([ofPage.device.get('visitor'), ofPage.tab.get('chat')], ['v', 'c']);
});

test('R-17: without the required consent nothing is written or read; with it, what the page remembers is kept', (t) => {
  const {local} = provideBoth(t);
  const storage = createUnusedStorage('site', {needsConsent: true});
  storage.keep?.();
  storage.device.set('visitor', 'mine');
  assert.equal(local.size, 0);
  storage.consent?.();
  assert.deepEqual([...local], [['chatlet:site:visitor', 'mine']]);
  assert.equal(createUnusedStorage('site', {needsConsent: true}).device.get('visitor'), undefined);
});

test('R-17: consent does not overwrite the identity of an earlier visit, which has its chats', (t) => {
  const {local} = provideBoth(t);
  local.set('chatlet:site:visitor', 'earlier');
  const asked = createUnusedStorage('site', {needsConsent: true});
  asked.keep?.();
  asked.device.set('visitor', 'of this page');
  asked.consent?.();
  assert.equal(local.get('chatlet:site:visitor'), 'earlier');
  assert.equal(asked.device.get('visitor'), 'of this page');
  // A visitor who agrees before asking goes on with the earlier identity.
  const unasked = createUnusedStorage('site', {needsConsent: true});
  unasked.consent?.();
  assert.equal(unasked.device.get('visitor'), 'earlier');
});

test('R-17: consent alone writes nothing; the first question after it does', (t) => {
  const {local, session} = provideBoth(t);
  const storage = createUnusedStorage('site', {needsConsent: true});
  storage.device.set('draft', 'Hello');
  storage.tab.set('chat', 'chat_1');
  storage.consent?.();
  assert.deepEqual([local.size, session.size], [0, 0]);
  storage.keep?.();
  assert.deepEqual([local.size, session.size], [1, 1]);
});

test('R-17: consent on a device that has something of this chat already keeps what the page remembers', (t) => {
  const {local} = provideBoth(t);
  local.set('chatlet:site:model', 'large');
  const storage = createUnusedStorage('site', {needsConsent: true});
  storage.device.set('draft', 'Hello');
  assert.equal(storage.device.get('model'), undefined);
  storage.consent?.();
  assert.equal(storage.device.get('model'), 'large');
  assert.equal(local.get('chatlet:site:draft'), 'Hello');
  storage.device.set('draft', 'Hello there');
  assert.equal(local.get('chatlet:site:draft'), 'Hello there');
});

test('R-17: consent that was given, or is not needed, does not write again what another tab has cleared', (t) => {
  const {local} = provideBoth(t);
  for (const needsConsent of [true, false]) {
    const storage = createUnusedStorage('site', {needsConsent});
    storage.consent?.();
    storage.keep?.();
    storage.device.set('visitor', 'forgotten');
    assert.equal(local.size, 1);
    local.clear();
    storage.consent?.();
    assert.equal(local.size, 0);
  }
});
