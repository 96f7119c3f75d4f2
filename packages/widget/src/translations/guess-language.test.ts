import assert from 'node:assert/strict';
import {test} from 'node:test';
import {guessLanguage} from './guess-language.ts';

test('I-1 a text in letters of its own gets its language, by most of its letters', () => {
  for (const [text, language] of [
    ['結論です。続けます。', 'ja'],
    ['结论。我们继续。', 'zh'],
    ['결론입니다. 계속하겠습니다.', 'ko'],
    ['ما الفرق بين الخطتين؟', 'ar'],
    ['این یک پاسخ کوتاه است، چون پرسش هم کوتاه بود', 'fa'],
    ['מה ההבדל בין התוכניות', 'he'],
    ['Ответ готов.', 'ru'],
    ['Відповідь готова, її можна читати.', 'uk'],
    ['Η απάντηση είναι έτοιμη.', 'el'],
    ['उत्तर तैयार है', 'hi'],
    ['คำตอบพร้อมแล้ว', 'th'],
    ['ما الفرق بين GPT-4o و Claude في هذه الخطة الجديدة؟', 'ar'],
    ['Приложение запускается командой npm start.', 'ru'],
  ] as const) {
    assert.equal(guessLanguage(text, 'en'), language, text);
  }
});

test('I-1 Latin letters, numbers and a few foreign letters leave the language as it is around', () => {
  for (const text of [
    '',
    'The answer.',
    'Straße, naïve, łódź',
    '42 °C → 3 €',
    'The sign π is 3.14159, and Ω is an ohm.',
    '😀',
  ]) {
    assert.equal(guessLanguage(text, 'en'), undefined, text);
  }
});

test('I-1 a page in a language with the same letters keeps that language', () => {
  assert.equal(guessLanguage('Odgovor: Одговор је спреман.', 'sr-Cyrl'), undefined);
  assert.equal(guessLanguage('این پاسخ است', 'fa'), undefined);
  assert.equal(guessLanguage('ما الفرق', 'ar-EG'), undefined);
  assert.equal(guessLanguage('Ответ готов.', 'ar'), 'ru');
});
