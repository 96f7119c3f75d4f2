import assert from 'node:assert/strict';
import {test} from 'node:test';
import {ChatError} from '@chatlet/protocol';
import {type Plan, allPlans, builtInPlans, checkPlan, defaultPlan, findPlan, visitorPlan, windowsOf} from './plans.ts';

const small = {messageCount: 1, question: 'Hello'};

function refusal(run: () => unknown): ChatError {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof ChatError);
    return error;
  }
  throw new assert.AssertionError({message: 'It was not refused.'});
}

const table = [
  {name: 'trial', maxTokens: 500, maxMessages: 10, maxPromptLength: 1000},
  {name: 'core', maxTokens: 2000, maxMessages: 50, maxPromptLength: 4000},
  {name: 'enterprise', maxTokens: 4000, maxMessages: 100, maxPromptLength: 8000},
];

for (const {name, maxTokens, maxMessages, maxPromptLength} of table) {
  const atLimit = {messageCount: maxMessages, question: 'x'.repeat(maxPromptLength), maxTokens};

  test(`S3.7: the ${name} plan accepts a request at its limits`, () => {
    assert.deepEqual(checkPlan(atLimit, planOf(name)), {maxTokens});
  });

  for (const [limitName, over, limit] of [
    ['maxTokens', {...atLimit, maxTokens: maxTokens + 1}, maxTokens],
    ['maxMessages', {...atLimit, messageCount: maxMessages + 1}, maxMessages],
    ['maxPromptLength', {...atLimit, question: `${atLimit.question}x`}, maxPromptLength],
  ] as const) {
    test(`S3.7: the ${name} plan refuses one more than ${limitName}, and names the limit`, () => {
      const error = refusal(() => checkPlan(over, planOf(name)));
      assert.deepEqual(
        [error.code, error.status, error.details, error.message.includes(limitName)],
        ['plan-limit', 400, {plan: name, limitName, limit, requested: limit + 1}, true],
      );
    });
  }
}

test('an absent max_tokens becomes the path’s default, clamped to the plan', () => {
  assert.deepEqual(
    [
      checkPlan(small, planOf('trial'), 1000),
      checkPlan(small, planOf('core'), 1000),
      checkPlan(small, planOf('core')),
      checkPlan(small, defaultPlan, 1000),
      checkPlan(small, defaultPlan),
    ],
    [{maxTokens: 500}, {maxTokens: 1000}, {maxTokens: 2000}, {maxTokens: 1000}, {}],
  );
});

test('S1.4: a max_tokens of 0 becomes the plan’s maximum', () => {
  assert.deepEqual(
    [checkPlan({...small, maxTokens: 0}, planOf('core'), 1000), checkPlan({...small, maxTokens: 0}, defaultPlan, 1000)],
    [{maxTokens: 2000}, {}],
  );
});

test('an emoji in a question is one character', () => {
  const question = '😀'.repeat(1000);
  assert.deepEqual(checkPlan({messageCount: 1, question}, planOf('trial')), {maxTokens: 500});
  assert.equal(
    refusal(() => checkPlan({messageCount: 1, question: `${question}!`}, planOf('trial'))).code,
    'plan-limit',
  );
});

test('plans are found in any case, and a configured plan overrides a built-in one', () => {
  const own: Plan = {name: 'Trial', maxTokens: 1};
  assert.deepEqual(
    [
      findPlan(' Enterprise ')?.maxTokens,
      findPlan('trial', [...builtInPlans, own]),
      findPlan('gold'),
      findPlan('constructor'),
    ],
    [4000, own, undefined, undefined],
  );
});

test('S4.5: every built-in plan has 100 requests a minute and 1000 an hour; a plan without numbers has no windows', () => {
  const usual = [
    {ms: 60_000, limit: 100},
    {ms: 3_600_000, limit: 1000},
  ];
  assert.deepEqual(
    builtInPlans.map(windowsOf),
    builtInPlans.map(() => usual),
  );
  assert.deepEqual(windowsOf({name: 'free'}), []);
});

function planOf(name: string): Plan {
  const plan = findPlan(name);
  assert.ok(plan);
  return plan;
}

test('R-6: a plan "visitor" of the operator changes the built-in one, and leaves what it does not name', () => {
  const plan = findPlan('visitor', allPlans([{name: 'Visitor', models: ['a'], maxTokens: 2000}]));
  assert.deepEqual(plan, {...visitorPlan, models: ['a'], maxTokens: 2000});
});

test('R-6: without a plan "visitor" of the operator, visitors keep its stricter limits for all, and its rates', () => {
  const own = {name: 'default', maxTokens: 200, maxMessages: 7, maxPromptLength: 100_000, perMinute: 5};
  const {perHour: _, ...visitor} = visitorPlan;
  const expected = {...visitor, maxTokens: 200, maxMessages: 7, perMinute: 5};
  assert.deepEqual(findPlan('visitor', allPlans([own])), expected);
  assert.deepEqual(findPlan('visitor', allPlans([{name: 'gold'}])), visitorPlan);
});
