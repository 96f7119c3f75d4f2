import assert from 'node:assert/strict';
import {test} from 'node:test';
import {countTokens} from './count-tokens.ts';
import {createTokenMeter} from './token-meter.ts';

const measure = (text: string) => {
  let least = 0;
  let most = text.length + 1;
  while (least < most) {
    const middle = Math.floor((least + most) / 2);
    if (createTokenMeter(middle).fit(text) === text.length) most = middle;
    else least = middle + 1;
  }
  return least;
};

test('a meter counts the same in one piece and in many', () => {
  const text = 'Über das Wetter: 12,5 °C — nobody knows internationalization 漢字 👋 привет.';
  for (const limit of [1, 5, 12, 1000]) {
    const meter = createTokenMeter(limit);
    let fitted = 0;
    for (const letter of text.split('')) {
      const room = meter.fit(letter);
      fitted += room;
      if (room === 0) break;
    }
    assert.equal(fitted, createTokenMeter(limit).fit(text));
  }
});

test('a meter is near the tokenizer’s count for prose of several languages', async () => {
  for (const text of [
    'The harbour opens at six in the morning, and the keeper walks along the quay to see whether the boats are tied. ',
    'Der Hafen öffnet um sechs Uhr, und die Wärterin geht am Kai entlang, um nach den Booten zu sehen. ',
    'Гавань открывается в шесть утра, и смотритель идёт вдоль причала, чтобы проверить лодки. ',
    '港は朝六時に開き、番人は船が繋がれているかを見るために岸壁を歩きます。',
  ]) {
    const long = text.repeat(20);
    const ratio = measure(long) / (await countTokens(long));
    assert.ok(ratio > 0.7 && ratio < 1.7, `${ratio} for ${text}`);
  }
});
