/** Signing out in one tab and hearing of it in another, over real broadcast channels. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {TestContext} from 'node:test';
import {connectOtherTabs} from './other-tabs.ts';

/** A tab that notes how often another one has announced a sign-out, and tells when it hears the first. */
function openTab(t: TestContext, endpoint: string) {
  const heard = Promise.withResolvers<void>();
  const tab = {signOuts: 0, left: [] as readonly string[], turns: [] as string[], heard: heard.promise};
  const connection = connectOtherTabs(endpoint, {
    onSignOut(visitors) {
      tab.signOuts++;
      tab.left = visitors;
      heard.resolve();
    },
    onTurn(chatId) {
      tab.turns.push(chatId);
      heard.resolve();
    },
  });
  t.after(() => connection.close());
  return Object.assign(tab, connection);
}

test('a sign-out reaches the other tabs of the same endpoint, and neither this tab nor other endpoints', async (t) => {
  const one = openTab(t, 'https://one.example');
  const two = openTab(t, 'https://one.example');
  const other = openTab(t, 'https://two.example');
  one.announceSignOut(['v2.abc', 'v2.def']);
  await two.heard;
  assert.deepEqual(two.left, ['v2.abc', 'v2.def']);
  assert.deepEqual([one.signOuts, two.signOuts, other.signOuts], [0, 1, 0]);
});

test('a message that is neither a sign-out nor a turn is ignored, and a closed tab hears nothing', async (t) => {
  const tab = openTab(t, 'https://one.example');
  const closed = openTab(t, 'https://one.example');
  closed.close();
  const channel = new BroadcastChannel('chatlet:https://one.example');
  t.after(() => channel.close());
  for (const message of ['hello', '', null, undefined, 7, {}, {turn: 7}, {turn: null}]) channel.postMessage(message);
  // As an older version says it, that may run in another tab.
  channel.postMessage({left: 'v2.abc'});
  await tab.heard;
  assert.deepEqual(tab.left, ['v2.abc']);
  assert.deepEqual([tab.signOuts, tab.turns, closed.signOuts], [1, [], 0]);
});

test('without broadcast channels, a sign-out is announced to nobody and breaks nothing', (t) => {
  const {BroadcastChannel: original} = globalThis;
  Reflect.deleteProperty(globalThis, 'BroadcastChannel');
  t.after(() => Object.assign(globalThis, {BroadcastChannel: original}));
  const tab = connectOtherTabs('https://one.example', {onSignOut: () => assert.fail(), onTurn: () => assert.fail()});
  tab.announceSignOut([]);
  tab.announceTurn('chat_1');
  tab.close();
});

test('R-19: an answer that begins in one tab is announced to the others, with its chat', async (t) => {
  const one = openTab(t, 'https://one.example');
  const two = openTab(t, 'https://one.example');
  one.announceTurn('chat_1');
  await two.heard;
  assert.deepEqual([one.turns, two.turns], [[], ['chat_1']]);
});

test('P06: a browser that throws at a broadcast channel leaves the tab alone, and the chat works', (t) => {
  const {BroadcastChannel: original} = globalThis;
  Object.assign(globalThis, {
    BroadcastChannel: function deny() {
      throw new Error('SecurityError');
    },
  });
  t.after(() => Object.assign(globalThis, {BroadcastChannel: original}));
  const tab = connectOtherTabs('https://one.example', {onSignOut: () => assert.fail(), onTurn: () => assert.fail()});
  tab.announceTurn('chat_1');
  tab.close();
});
