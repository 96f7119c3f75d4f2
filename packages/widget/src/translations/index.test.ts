import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {suite, test} from 'node:test';
import {
  addTranslation,
  completeEnglish,
  languages,
  loadTranslation,
  subscribeToTranslations,
  wordsFor,
} from './index.ts';
import type * as Registry from './index.ts';
import {answerEnglish} from './answer-english.ts';
import {en} from './en.ts';
import {openWordFor} from './open-words.ts';

/** Every word by its path, such as `errors.network.title`. */
function flatten(words: object): ReadonlyMap<string, unknown> {
  const list = (group: object, before: string): readonly (readonly [string, unknown])[] =>
    Object.entries(group).flatMap(([key, value]) =>
      typeof value === 'object' ? list(value, `${before}${key}.`) : [[before + key, value]],
    );
  return new Map(list(words, ''));
}

/** Words that other languages have taken from English, or share with it. */
const names = /^(?:Chats?|Model|Conversation|Sources|Important|Tip)$/;
/** The letters on two keys. Keyboards of other scripts have the Latin ones, too. */
const keyNames = ['keyDelete', 'keyEscape'];
/** Words that no sentence in another of our languages has. */
const englishWords = /\b(?:the|your|you|again|this|with|cannot|answer)\b/i;

const buttons = [
  'send',
  'stop',
  'save',
  'cancel',
  'close',
  'edit',
  'retry',
  'resume',
  'signIn',
  'undo',
  'rename',
  'remove',
  'removeAll',
  'newChat',
  'moreChats',
  'chatActions',
  'jumpToLatest',
  'olderMessages',
  'showAll',
  'copyAnswer',
  'copyQuestion',
  'regenerate',
] as const;

suite('the registry of languages', () => {
  test('English has the words of an open chat, and all others when an element that shows them is there', () => {
    const before: Partial<typeof en> = wordsFor('en');
    assert.equal(before.greeting, en.greeting);
    assert.equal(before.copyAnswer, undefined);
    let calls = 0;
    const unsubscribe = subscribeToTranslations(() => calls++);
    completeEnglish(en);
    assert.equal(wordsFor('en'), en);
    assert.equal(wordsFor('tlh'), en);
    completeEnglish(en);
    assert.equal(calls, 1, 'listeners hear of it once');
    const own = {...en, greeting: 'Hello'};
    addTranslation(own);
    completeEnglish(en);
    assert.equal(wordsFor('en'), own, 'the English of a page stays');
    addTranslation(en);
    unsubscribe();
  });

  test('what every answer may show has no word that is fetched later', () => {
    const files = [
      'chat/chat',
      'chat/tell',
      'composer/composer',
      'message/message',
      'message/notice-words',
      'thread/thread',
    ];
    for (const file of [...files.map((name) => `elements/${name}`), 'controllers/answer-speech']) {
      const source = readFileSync(new URL(`../${file}.ts`, import.meta.url), 'utf8');
      const destructured = [...source.matchAll(/\{([^{}]*)\} = words\b/g)].flatMap(([, list = '']) => list.split(','));
      const used = [
        ...[...source.matchAll(/\bwords\.(\w+)/g)].map(([, name = '']) => name),
        ...destructured.map((name) => name.split(':')[0]?.trim() ?? ''),
      ].filter((name) => name in en);
      assert.notEqual(used.length, 0, file);
      assert.deepEqual(
        used.filter((name) => !(name in answerEnglish)),
        [],
        file,
      );
    }
  });

  for (const language of languages) {
    test(`${language} has every word that English has, and none of them in English`, async () => {
      await loadTranslation(language);
      const words = flatten(wordsFor(language));
      for (const [key, english] of flatten(en)) {
        const word = words.get(key);
        assert.equal(typeof word, typeof english, key);
        if (typeof word !== 'string' || key === 'language' || key === 'introduction') continue;
        assert.match(word, /\p{L}/u, key);
        if (language === 'en' || keyNames.includes(key)) continue;
        assert.doesNotMatch(word, englishWords, key);
        if (!names.test(word)) assert.notEqual(word, english, key);
        if (['ar', 'ja', 'zh'].includes(language)) assert.doesNotMatch(word.replace('AI', ''), /[a-z]/i, key);
      }
    });

    test(`${language} puts into its sentences what English puts into them`, async () => {
      await loadTranslation(language);
      const {
        thoughtFor,
        retryIn,
        sendAgainIn,
        askedAgainIn,
        chooseModel,
        perMillion,
        saysMore,
        downloadAllAs,
        approveTool,
        markdown,
      } = wordsFor(language);
      for (const tell of [thoughtFor, retryIn, sendAgainIn, askedAgainIn, saysMore, markdown.showLines]) {
        for (const number of [7, 42]) assert.match(tell(number), new RegExp(`(?<!\\d)${number}(?!\\d)`));
        assert.notEqual(tell(1), tell(2));
      }
      assert.match(chooseModel('Alpha'), /Alpha/);
      assert.match(perMillion('$2'), /\$2/);
      assert.match(downloadAllAs('JSON'), /JSON/);
      assert.match(approveTool('send'), /send/);
      assert.match(markdown.loadImage('img.example'), /img\.example/);
    });

    test(`${language} has buttons that are little longer than in English`, async () => {
      await loadTranslation(language);
      const words = wordsFor(language);
      for (const name of buttons) {
        const most = Math.max(12, 2.2 * en[name].length);
        assert.ok(words[name].length <= most, `${name}: ${words[name]}`);
      }
    });
  }

  test('numbers take the plural of their language', async () => {
    await Promise.all(['ar', 'pl'].map((language) => loadTranslation(language)));
    const {retryIn} = wordsFor('ar');
    assert.deepEqual(
      [1, 2, 3, 11, 180].map((seconds) => retryIn(seconds).split(' بعد ')[1]),
      ['ثانية واحدة', 'ثانيتين', '3 ثوانٍ', '11 ثانية', '3 دقائق'],
    );
    const {saysMore} = wordsFor('pl');
    assert.deepEqual(
      [1, 2, 5, 22].map((sentences) => saysMore(sentences).split('jeszcze ')[1]),
      ['1 zdanie.', '2 zdania.', '5 zdań.', '22 zdania.'],
    );
  });

  for (const [locale, language] of [
    ['pt-BR', 'pt'],
    ['pt-PT', 'pt'],
    ['zh-CN', 'zh'],
    ['zh-Hans', 'zh'],
    ['zh-Hans-SG', 'zh'],
    ['ar-EG', 'ar'],
    ['FR-ca', 'fr'],
    ['es_MX', 'es'],
  ] as const) {
    test(`K29, P37: ${locale} is shown in ${language}, and names its launcher in it`, async () => {
      await loadTranslation(locale);
      assert.equal(wordsFor(locale).language, language);
      assert.equal(openWordFor(locale), wordsFor(locale).open);
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
