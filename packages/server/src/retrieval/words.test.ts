import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {stopWords} from './stop-words.ts';
import {guessLanguage, queryWords, spaceWords} from './words.ts';

suite('words for the index', () => {
  const cases: Readonly<Record<string, string>> = {
    'The Café’s git-dir, os.path & x_y!': 'the cafe s git dir os path x y',
    'STRASSE Straße ＡＢＣ ﬁn': 'strasse strasse abc fin',
    'Python3.11': 'python3 11',
    灯台守は: '灯台 台守 守は は',
    '猫 a': '猫 猫 a',
    レンズ2枚: 'レン ンズ ズ 2 枚 枚',
    ガーデン: 'ガー ーデ デン ン',
    렌즈를: '렌즈 즈를 를',
    ทำความสะอาดเลนส์ทุกเช้า: 'ทำความ สะอาด เลนส์ ทุก เช้า',
    كِتَابٌ: 'كتاب',
    'أحمد إلى': 'احمد الي',
    हिन्दी: 'हिन्दी',
    'İstanbul ılık': 'istanbul ılık',
    '???': '',
  };
  for (const [text, words] of Object.entries(cases)) {
    test(`“${text}” is indexed as “${words}”`, () => assert.equal(spaceWords(text), words));
  }
});

suite('words of a question', () => {
  const cases: readonly (readonly [question: string, languages: readonly string[], words: readonly string[]])[] = [
    ['How do I trim the wick?', ['en'], ['trim', 'wick']],
    ["Why doesn't my lamp burn? lamp!", ['en'], ['doesn', 'lamp', 'burn']],
    ['Wie putze ich die Linsen?', ['en', 'de'], ['putze', 'linsen']],
    ['Comment nettoyer l’objectif de la lampe ?', ['fr'], ['nettoyer', 'objectif', 'lampe']],
    ['¿Cómo limpio el cristal?', ['es'], ['limpio', 'cristal']],
    ['Como limpo o vidro?', ['pt'], ['limpo', 'vidro']],
    ['Come pulisco il vetro?', ['it'], ['pulisco', 'vetro']],
    ['Hoe maak ik het glas schoon?', ['nl'], ['maak', 'glas', 'schoon']],
    ['Jak wyczyścić szkło?', ['pl'], ['wyczyscic', 'szkło']],
    ['Camı nasıl temizlerim?', ['tr'], ['camı', 'temizlerim']],
    ['كيف أنظف الزجاج؟', ['ar'], ['انظف', 'الزجاج']],
    ['如何清洗镜片', ['zh'], ['何清', '清洗', '洗镜', '镜片']],
    ['レンズはどうやって掃除しますか', ['ja'], ['レン', 'ンズ', 'ズは', 'て掃', '掃除', '除し']],
    // In an index of English documents, German stop words mean something.
    ['man die', ['en'], ['man', 'die']],
    ['man die', ['de', 'en'], ['man', 'die']],
    ['What is the PATH?', [], ['what', 'is', 'the', 'path']],
  ];
  for (const [question, languages, words] of cases) {
    test(`of “${question}” in [${languages.join()}] are ${words.join(', ')}`, () =>
      assert.deepEqual(queryWords(question, languages).words, words));
  }

  test('of stop words only are these words, and it is said', () => {
    assert.deepEqual(queryWords('Who are we?', ['en']), {words: ['who', 'are', 'we'], onlyStopWords: true});
    assert.deepEqual(queryWords('Who wins?', ['en']), {words: ['wins'], onlyStopWords: false});
    assert.deepEqual(queryWords('?', ['en']), {words: [], onlyStopWords: true});
  });

  test('of a long text are its last ones', () => {
    const {words} = queryWords(Array.from({length: 99}, (_, i) => `w${i}`).join(' '), []);
    assert.deepEqual([words.length, words.at(-1)], [48, 'w98']);
  });
});

suite('the language of a text', () => {
  const texts: Readonly<Record<string, string>> = {
    en: 'The keeper of the lighthouse cleans the lens in the morning, and then he fills the lamp with oil.',
    de: 'Der Wärter des Leuchtturms putzt am Morgen die Linse, und dann füllt er die Lampe mit Öl.',
    fr: 'Le gardien du phare nettoie la lentille le matin, puis il remplit la lampe avec de l’huile.',
    es: 'El guardián del faro limpia la lente por la mañana y después llena la lámpara con aceite.',
    pt: 'O guardião do farol limpa a lente pela manhã e depois enche a lâmpada com óleo, como é seu costume.',
    it: 'Il guardiano del faro pulisce la lente al mattino e poi riempie la lampada con l’olio.',
    nl: 'De wachter van de vuurtoren maakt de lens in de ochtend schoon en vult dan de lamp met olie.',
    pl: 'Latarnik czyści soczewkę rano, a potem napełnia lampę olejem, bo tak mu kazano i nie może inaczej.',
    tr: 'Fener bekçisi her sabah merceği temizler ve sonra lambayı yağ ile doldurur, çünkü bu onun işi.',
    sv: 'Fyrvaktaren rengör linsen på morgonen och fyller sedan lampan med olja, som han alltid har gjort.',
    ru: 'Смотритель маяка чистит линзу утром, а потом он наполняет лампу маслом, как и всегда.',
    ar: 'ينظف حارس المنارة العدسة في الصباح ثم يملأ المصباح من الزيت كل يوم.',
    zh: '灯塔看守人早上清洗镜片，然后给灯加油。',
    ja: '灯台守は朝にレンズを掃除して、それからランプに油を入れます。',
    ko: '등대지기는 아침에 렌즈를 닦고 나서 램프에 기름을 채웁니다.',
    th: 'ผู้ดูแลประภาคารทำความสะอาดเลนส์ในตอนเช้า',
  };
  for (const [language, text] of Object.entries(texts)) {
    test(`is ${language} for “${text.slice(0, 30)}…”`, () => assert.equal(guessLanguage(text), language));
  }

  test('stays open for code, numbers and a few words', () => {
    for (const text of ['', '12 34', 'Lamp', 'git commit --amend', 'Leuchtturm Lampe']) {
      assert.equal(guessLanguage(text), undefined, text);
    }
  });

  test('stop words are written as the index writes words, so that each of them can match', () => {
    for (const [language, words] of stopWords) {
      for (const word of words) assert.equal(spaceWords(word).split(' ')[0], word, language);
    }
  });
});
