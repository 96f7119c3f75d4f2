import assert from 'node:assert/strict';
import {test} from 'node:test';
import {createDailyAccounts, dayLength, nothing} from './daily-accounts.ts';
import {fakeClock} from './testing/fake-clock.ts';

const tokens = (count: number) => ({tokens: count, usd: 0});

test('accounts keep what was spent and held, and begin anew with the day', async () => {
  const clock = fakeClock();
  const accounts = createDailyAccounts(clock);
  accounts.change('ada', {held: tokens(50)});
  accounts.change('ada', {held: tokens(-50), spent: tokens(7)});
  assert.deepEqual(accounts.get('ada'), {spent: tokens(7), held: nothing});
  const day = accounts.today();
  await clock.pass(dayLength);
  assert.deepEqual([accounts.get('ada'), accounts.today()], [{spent: nothing, held: nothing}, day + 1]);
});

test('R-11: more than 100 000 accounts forget the oldest, but none that holds something', () => {
  const accounts = createDailyAccounts(fakeClock());
  accounts.change('held', {held: tokens(5), spent: tokens(5)});
  for (let count = 0; count < 100_001; count++) accounts.change(`v${count}`, {spent: tokens(1)});
  assert.equal(accounts.get('held').spent.tokens, 5);
  assert.deepEqual([accounts.get('v0').spent.tokens, accounts.get('v1').spent.tokens], [0, 0]);
  assert.deepEqual([accounts.get('v2').spent.tokens, accounts.get('v100000').spent.tokens], [1, 1]);
});
