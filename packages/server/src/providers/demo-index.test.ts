import assert from 'node:assert/strict';
import {join} from 'node:path';
import {suite, test} from 'node:test';
import {indexDocuments, indexPassages} from './demo-index.ts';
import {askedWords, countWords} from './demo-words.ts';

const index = await indexDocuments(join(import.meta.dirname, '../retrieval/testing/docs'));

async function find(question: string): Promise<readonly string[]> {
  const found = await index.search(question, {limit: 3});
  return found.map(({passage}) => [passage.document.title, ...passage.headings].join(' › '));
}

suite('passages for the demo model', () => {
  const questions: Readonly<Record<string, string>> = {
    'How do I put it on my site?': 'Lighthouse › Put it on your site',
    'how can I embed the lamp in my website': 'Lighthouse › Put it on your site',
    'How do I use my own lamp?': 'Lighthouse › Use your own lamp',
    'wie benutze ich mein eigenes Lamp': 'Lighthouse › Use your own lamp',
    'halogen bulbs': 'Lighthouse › Use your own lamp',
    'what is the timeout?': 'Lighthouse › Configuration',
    'which settings are there?': 'Lighthouse › Configuration',
    'What is Lighthouse?': 'Lighthouse',
    'how loud is the horn?': 'Fog & horn › Test the horn',
    'when does the keeper come': 'The keeper comes on Mondays.',
    灯台守はいつ: 'The keeper comes on Mondays.',
  };
  for (const [question, expected] of Object.entries(questions)) {
    test(`“${question}” finds “${expected}” first`, async () => {
      const found = await find(question);
      assert.equal(found[0], expected, String(found));
    });
  }

  for (const question of [
    'What is the weather in Paris?',
    'Who won the world cup in 2022?',
    'tell me a joke',
    '',
    '???',
    'the',
  ]) {
    test(`“${question}” finds nothing`, async () => assert.deepEqual(await find(question), []));
  }

  test('are in one order: those of the README first, those of deeper documents last', () => {
    assert.deepEqual(
      [...new Set(index.passages.map(({document}) => document.id))],
      ['README.md', 'guides/fog.html', 'guides/keeper.txt'],
    );
  });

  test('of nothing are none', async () => {
    assert.deepEqual(await indexPassages([]).search('lamp', {limit: 3}), []);
  });
});

suite('words of a question', () => {
  const same: readonly (readonly [string, string])[] = [
    ['use', 'used'],
    ['install', 'installation'],
    ['setting', 'settings'],
    ['colour', 'color'],
    ['website', 'site'],
    ['café', 'Cafe\u0301s'],
  ];
  const others: readonly (readonly [string, string])[] = [
    ['chat', 'chatlet'],
    ['mode', 'model'],
    ['port', 'portrait'],
    ['the', 'the'],
  ];
  for (const [one, other] of same)
    test(`${one} is in a text about ${other}`, () => assert.equal(countWords(other, askedWords(one)), 1));
  for (const [one, other] of others)
    test(`${one} is not in a text about ${other}`, () => assert.equal(countWords(other, askedWords(one)), 0));
});
