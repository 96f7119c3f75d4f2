import assert from 'node:assert/strict';
import {test} from 'node:test';
import cases from '@chatlet/testdata/commonmark-0.31.2.json' with {type: 'json'};
import {countPromptTokens, countTokens, promptBounds, tokenBounds} from './count-tokens.ts';

test('S2.16: token counts equal those of the tokenizer', async () => {
  assert.deepEqual(
    await Promise.all(['', 'Hello', 'Hello world!', '今日はいい天気ですね。', '<|endoftext|>'].map(countTokens)),
    [0, 1, 3, 6, 7],
  );
});

test('counting a text in pieces does not change its number of tokens', async () => {
  assert.equal(await countTokens('word '.repeat(20_000).trim()), 20_000);
});

test('the tokens of a prompt include its text, tools and files, and some for each message', async () => {
  const count = await countPromptTokens([
    {role: 'system', parts: [{type: 'text', text: 'Hello'}]},
    {role: 'user', parts: [{type: 'file', url: 'data:image/png;base64,AAAA', mediaType: 'image/png'}]},
    {
      role: 'assistant',
      parts: [
        {type: 'tool', callId: 'c', name: 'weather', input: {city: 'Rome'}, state: 'done', output: {celsius: 20}},
      ],
    },
  ]);
  assert.ok(count > 812 + 10 && count < 812 + 30, String(count));
});

test('the bounds of tokens hold for all kinds of text, and are close enough to save the tokenizer', async () => {
  const texts = [
    ...cases.map(({markdown}) => markdown),
    "it's don't I'll we’ve",
    'naïve résumé état Ångström',
    'a-b-c.d(e)f/g',
    'getElementById HTTPServer',
    '今日はいい天気 Привет, как дела? 😀😀',
    'x'.repeat(3000),
    ' '.repeat(3000),
    '\n'.repeat(500),
    'lone \ud800 surrogate',
  ];
  for (const text of texts) {
    const {least, most} = tokenBounds(text);
    const tokens = await countTokens(text);
    assert.ok(least <= tokens && tokens <= most, `${least} ${tokens} ${most} ${JSON.stringify(text.slice(0, 80))}`);
  }
  assert.deepEqual(tokenBounds('word '.repeat(5000)).least, 5000);
});

test('the bounds of tokens hold for a whole prompt', async () => {
  const messages = cases
    .slice(0, 50)
    .map(({markdown}) => ({role: 'user' as const, parts: [{type: 'text' as const, text: markdown}]}));
  const {least, most} = promptBounds(messages);
  const tokens = await countPromptTokens(messages);
  assert.ok(least <= tokens && tokens <= most, `${least} ${tokens} ${most}`);
});

for (const [name, text] of [
  ['one endless word', 'a'.repeat(200_000)],
  ['nothing but spaces', ' '.repeat(200_000)],
  ['one endless exclamation', '!'.repeat(200_000)],
  ['ten megabytes of prose', 'The quick brown fox jumps over the lazy dog. '.repeat(220_000)],
] as const) {
  test(`counting ${name} does not block the server`, async () => {
    await countTokens('Loaded.');
    const before = process.cpuUsage();
    const tokens = await countTokens(text);
    const {user} = process.cpuUsage(before);
    assert.ok(user < 2_000_000, `${user / 1000} ms`);
    assert.ok(tokens > 0 && tokens <= text.length);
  });
}

test('the count of a sampled text is close to its full count', async () => {
  const text = cases
    .map(({markdown}) => markdown)
    .join('\n')
    .repeat(20);
  const sampled = await countTokens(text);
  let whole = 0;
  for (let from = 0; from < text.length; from += 100_000) whole += await countTokens(text.slice(from, from + 100_000));
  assert.ok(Math.abs(sampled - whole) < whole * 0.05, `${sampled} of ${whole}`);
});

test('other work runs while a long text is counted', async () => {
  await countTokens('Loaded.');
  let turns = 0;
  const more = () => {
    turns++;
    immediate = setImmediate(more);
  };
  let immediate = setImmediate(more);
  await Promise.all(Array.from({length: 50}, () => countTokens('Some words that are counted. '.repeat(4000))));
  clearImmediate(immediate);
  assert.ok(turns >= 5, String(turns));
});
