/** How well the index answers questions in languages without spaces, over short texts of our own. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import data from '../testing/chinese-and-japanese.json' with {type: 'json'};
import {sqliteIndex} from './sqlite.ts';

suite('60 Chinese and Japanese questions', () => {
  test('find their page among the first five in 80 of 100 cases, and nine of ten at once', async (t) => {
    const index = sqliteIndex({path: ':memory:'});
    t.after(() => index.close());
    await index.setSource({id: 'docs', target: '/docs', readers: 'everybody'});
    for (const [language, {pages}] of Object.entries(data)) {
      await index.put(
        Object.entries(pages).map(([name, [title = '', text = '']]) => ({
          document: {id: `${language}/${name}`, source: 'docs', title, hash: ''},
          chunks: [{headings: [], text}],
        })),
      );
    }
    const documents = await index.documents('docs');
    assert.deepEqual(
      documents.filter(({id, language}) => language !== id.slice(0, 2)).map(({id}) => id),
      [],
    );

    const places: number[] = [];
    for (const [language, {questions}] of Object.entries(data)) {
      for (const [question = '', name = ''] of questions) {
        const found = await index.search(question, {sources: ['docs'], limit: 20});
        const pages = [...new Set(found.map(({document}) => document.id))];
        places.push(pages.indexOf(`${language}/${name}`));
      }
    }
    const share = (first: number) => places.filter((place) => place >= 0 && place < first).length / places.length;
    console.log(`Result: page@5 ${share(5).toFixed(3)}, page@1 ${share(1).toFixed(3)}`);
    assert.equal(places.length, 60);
    assert.ok(share(5) >= 0.8, String(share(5)));
    assert.ok(share(1) >= 0.9, String(share(1)));
  });
});
