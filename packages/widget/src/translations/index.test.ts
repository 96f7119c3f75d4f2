import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {addTranslation, languages, loadTranslation, wordsFor} from './index.ts';
import type * as Registry from './index.ts';
import {en} from './en.ts';

/** Every key with the kind of its value, in groups as in the object: `errors.network.title: string`. */
function keysOf(words: object, before = ''): readonly string[] {
  return Object.entries(words).flatMap(([key, value]) =>
    typeof value === 'object' ? keysOf(value, `${before}${key}.`) : [`${before}${key}: ${typeof value}`],
  );
}

suite('the registry of languages', () => {
  for (const language of languages) {
    test(`${language} is loaded and has every word that English has`, async () => {
      await loadTranslation(language);
      const words = wordsFor(language);
      assert.equal(words.language, language);
      assert.deepEqual(keysOf(words).toSorted(), keysOf(en).toSorted());
    });

    test(`${language} puts the duration, the model, the price, the number and the host into its sentences`, async () => {
      await loadTranslation(language);
      const {thoughtFor, retryIn, sendAgainIn, askedAgainIn, chooseModel, perMillion, saysMore, markdown} =
        wordsFor(language);
      for (const tell of [thoughtFor, retryIn, sendAgainIn, askedAgainIn]) assert.match(tell(8), /8\ss/);
      assert.match(chooseModel('Alpha'), /Alpha/);
      assert.match(perMillion('$2'), /\$2/);
      for (const sentences of [1, 7]) assert.match(saysMore(sentences), new RegExp(String(sentences)));
      assert.match(markdown.loadImage('img.example'), /img\.example/);
    });
  }

  test('a locale gets its own translation, else that of its language, else English', async () => {
    await loadTranslation('de-CH');
    assert.equal(wordsFor('de-CH').language, 'de');
    assert.equal(wordsFor('DE').language, 'de');
    assert.equal(wordsFor('tlh').language, 'en');
    addTranslation({...wordsFor('de'), language: 'de-CH', close: 'Chat schliessen'});
    assert.equal(wordsFor('de-ch').close, 'Chat schliessen');
    assert.equal(wordsFor('de-AT').close, 'Chat schließen');
  });

  test('a translation that a page adds while ours is being loaded stays', async () => {
    const registry: typeof Registry = await import(new URL('./index.ts?unloaded', import.meta.url).href);
    const loaded = registry.loadTranslation('de');
    registry.addTranslation({...en, language: 'de', close: 'Zumachen'});
    await loaded;
    assert.equal(registry.wordsFor('de').close, 'Zumachen');
  });
});
