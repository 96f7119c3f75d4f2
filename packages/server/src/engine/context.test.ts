import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import {test} from 'node:test';
import {ChatError, textOf} from '@chatlet/protocol';
import {checkContext, fitContext} from './context.ts';
import {countPromptTokens} from './count-tokens.ts';
import type {PromptMessage} from './provider.ts';

const say = (role: PromptMessage['role'], text: string): PromptMessage => ({role, parts: [{type: 'text', text}]});
/** A message of about this many tokens. */
const words = (count: number) => 'word '.repeat(count).trim();

async function refusal(run: () => unknown): Promise<ChatError> {
  try {
    await run();
  } catch (error) {
    assert.ok(error instanceof ChatError);
    return error;
  }
  throw new assert.AssertionError({message: 'It was not refused.'});
}

test('S0.22: a request beyond the context window is refused with both lengths', async () => {
  const error = await refusal(() => checkContext([say('user', words(5000))], {contextLength: 4096}));
  assert.deepEqual([error.code, error.status, error.details?.['maxLength']], ['context-too-long', 400, 4096]);
  const length = Number(error.details?.['requestLength']);
  assert.ok(length >= 5000 && length < 6500, String(length));
});

test('S0.22: tokens are counted and not estimated if the request nearly fills the context window', async () => {
  await checkContext([say('user', words(4080))], {contextLength: 4096});
  const error = await refusal(() => checkContext([say('user', words(4095))], {contextLength: 4096}));
  const length = Number(error.details?.['requestLength']);
  assert.ok(length >= 4096 && length <= 4100, String(length));
});

test('tokens of long words are counted although the estimate says that they fit', async () => {
  await checkContext([say('user', 'x'.repeat(8000))], {contextLength: 4096});
  await refusal(() => checkContext([say('user', '!?'.repeat(40_000))], {contextLength: 4096}));
});

test('an unknown context window takes every request', async () => {
  const messages = [say('user', words(50_000))];
  await checkContext(messages, {});
  assert.equal(await fitContext(messages, {}), messages);
});

test('a chat that fits its context window stays as it is', async () => {
  const messages = [
    say('system', 'Be kind.'),
    say('user', 'Hello'),
    say('assistant', 'Hello!'),
    say('user', 'How are you?'),
  ];
  assert.equal(await fitContext(messages, {contextLength: 1000}), messages);
});

test('a long chat is truncated to its instructions and its newest turns', async () => {
  const messages = [
    say('system', 'Be kind.'),
    ...[1, 2, 3, 4, 5].flatMap((turn) => [say('user', `${turn} ${words(100)}`), say('assistant', `answer ${turn}`)]),
    say('user', 'last'),
  ];
  const kept = await fitContext(messages, {contextLength: 500, maxTokens: 100});
  const beginnings = kept.map((message) => textOf(message).slice(0, 8));
  assert.deepEqual(beginnings, ['Be kind.', '4 word w', 'answer 4', '5 word w', 'answer 5', 'last']);
});

for (const [name, line] of [
  ['tables', (at: number) => [at % 97, (at * 7919) % 997, at % 9, (at * 104_729) % 9973].join(',')],
  ['hashes', (at: number) => createHash('sha256').update(String(at)).digest('hex')],
  ['code', (at: number) => `if(x[${at}]!==y[j]&&!z.has(k)){a[i++]=b[--j]??c?.[k];}else{d+=e*(f-g)/h;}`],
] as const) {
  test(`a long chat of ${name} is counted and not estimated: its newest turns are kept, and they fit`, async () => {
    const dump = (turn: number) => Array.from({length: 20}, (_, index) => line(turn * 20 + index)).join('\n');
    const turns = Array.from({length: 100}, (_, turn) => [say('user', dump(turn)), say('assistant', `Read ${turn}.`)]);
    const messages = [say('system', 'Be kind.'), ...turns.flat(), say('user', 'And now?')];
    const kept = await fitContext(messages, {contextLength: 8192});
    const tokens = await countPromptTokens(kept);
    const room = 8192 * 0.75;
    assert.ok(tokens <= room && tokens > room / 2, String(tokens));
    assert.deepEqual(kept, [messages[0], ...messages.slice(1 - kept.length)]);
  });
}

test('the room for the answer is the requested one, but at most half of the context window', async () => {
  const messages = [say('user', words(150)), say('assistant', 'Yes.'), say('user', words(150))];
  const lengths = [];
  for (const window of [{maxTokens: 10}, {maxTokens: 300}, {maxTokens: 100_000}, {}]) {
    lengths.push((await fitContext(messages, {contextLength: 500, ...window})).length);
  }
  assert.deepEqual(lengths, [3, 1, 1, 1]);
});

test('a truncated chat keeps or drops whole turns, so that a tool call keeps its result', async () => {
  const toolTurn: PromptMessage = {
    role: 'assistant',
    parts: [{type: 'tool', callId: 'c1', name: 'weather', input: {city: 'Rome'}, state: 'done', output: words(300)}],
  };
  const messages = [
    say('user', 'Weather?'),
    toolTurn,
    say('assistant', 'It is warm.'),
    say('user', 'Thanks'),
    say('assistant', 'Welcome'),
    say('user', 'Bye'),
  ];
  const kept = await fitContext(messages, {contextLength: 200, maxTokens: 50});
  assert.deepEqual(kept.map(textOf), ['Thanks', 'Welcome', 'Bye']);
});

test('a question is refused if it does not even fit alone', async () => {
  const messages = [
    say('system', 'Be kind.'),
    say('user', 'Hello'),
    say('assistant', 'Hello!'),
    say('user', words(1000)),
  ];
  const error = await refusal(() => fitContext(messages, {contextLength: 500}));
  assert.deepEqual([error.code, error.details?.['maxLength']], ['context-too-long', 500]);
});

test('a truncated chat loses the greeting before its first question first', async () => {
  const messages = [say('assistant', words(200)), say('user', 'Hello')];
  assert.deepEqual((await fitContext(messages, {contextLength: 100})).map(textOf), ['Hello']);
});
