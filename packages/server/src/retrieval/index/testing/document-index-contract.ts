/**
 * The contract of an index of documents, as tests that every implementation runs. Knows the interface and no database.
 *
 * @example documentIndexContract('sqlite', () => sqliteIndex({path: ':memory:'}));
 */
import assert from 'node:assert/strict';
import {suite, test, type TestContext} from 'node:test';
import type {Passage, Readers} from '../../../engine/retriever.ts';
import type {Chunk, DocumentIndex, IndexSearchOptions, SourceDocument} from '../../document-index.ts';

export function documentIndexContract(name: string, makeIndex: () => DocumentIndex | Promise<DocumentIndex>): void {
  async function open(t: TestContext, sources: readonly string[] = ['docs']): Promise<DocumentIndex> {
    const index = await makeIndex();
    t.after(() => index.close());
    for (const id of sources) await index.setSource({id, target: `/${id}`, readers: 'everybody'});
    return index;
  }

  suite(`${name} keeps the contract of an index:`, () => {
    test('a source keeps its target and its readers, and a later setting changes both', async (t) => {
      const index = await open(t, []);
      const readers: readonly Readers[] = ['everybody', 'users', {plans: ['gold'], owners: ['user:ada']}];
      for (const [i, each] of readers.entries()) await index.setSource({id: `s${i}`, target: `/${i}`, readers: each});
      await index.setSource({id: 's0', target: 'https://x.example', readers: 'users'});
      assert.deepEqual(await index.sources(), [
        {id: 's0', target: 'https://x.example', readers: 'users'},
        {id: 's1', target: '/1', readers: 'users'},
        {id: 's2', target: '/2', readers: {plans: ['gold'], owners: ['user:ada']}},
      ]);
    });

    test('a document comes back with every detail, and without those that it does not have', async (t) => {
      const index = await open(t);
      const whole: SourceDocument = {
        ...page('b'),
        url: 'https://x.example/b',
        language: 'pl',
        updatedAt: '2026-01-02T03:04:05.000Z',
        etag: '"7"',
        lastModified: 'Fri, 02 Jan 2026 03:04:05 GMT',
      };
      await index.put([
        {document: whole, chunks: [chunk('Ogień')]},
        {document: page('a'), chunks: []},
      ]);
      assert.deepEqual(await index.documents('docs'), [page('a'), whole]);
      assert.deepEqual(await index.documents('other'), []);
    });

    test('a document in no named language gets the one that its text is in', async (t) => {
      const index = await open(t);
      const text = 'Der Leuchtturm steht auf einem Felsen, und in der Nacht ist sein Licht nicht zu übersehen.';
      await index.put([{document: page('a'), chunks: [chunk(text)]}]);
      assert.equal((await index.documents('docs'))[0]?.language, 'de');
    });

    test('a passage comes back with its headings, its place, and its document', async (t) => {
      const index = await open(t);
      const document = {...page('a'), url: 'https://x.example/a', updatedAt: '2026-01-02T03:04:05.000Z'};
      const text = 'A **lamp** needs oil.\n\n| a | b |\n|---|---|\n| 1 | 2 |';
      const chunks = [chunk('Nothing.'), {headings: ['Keeping', 'Oil'], text, anchor: 'oil', page: 3}];
      await index.put([{document, chunks}]);
      assert.deepEqual(await find(index, 'lamp'), [
        {
          id: 'a#1',
          document: {
            id: 'a',
            title: 'Page a',
            url: 'https://x.example/a',
            updatedAt: '2026-01-02T03:04:05.000Z',
            hash: 'hash of a',
          },
          headings: ['Keeping', 'Oil'],
          text,
          anchor: 'oil',
          page: 3,
        },
      ]);
    });

    test('documents that are put again replace all of their passages', async (t) => {
      const index = await open(t);
      await index.put([{document: page('a'), chunks: [chunk('lamp one'), chunk('lamp two'), chunk('lamp three')]}]);
      await index.put([{document: {...page('a'), title: 'New', hash: 'new'}, chunks: [chunk('lamp four')]}]);
      assert.deepEqual(texts(await find(index, 'lamp')), ['lamp four']);
      assert.deepEqual(await find(index, 'two'), []);
      assert.deepEqual(await index.documents('docs'), [{...page('a'), title: 'New', hash: 'new'}]);
    });

    test('putting is all or nothing', async (t) => {
      const index = await open(t);
      await index.put([{document: page('a'), chunks: [chunk('old lamp')]}]);
      const failing = index.put([
        {document: page('a'), chunks: [chunk('new lamp')]},
        {document: {...page('b'), source: 'unknown'}, chunks: [chunk('a lamp')]},
      ]);
      await assert.rejects(failing, {code: 'not-found'});
      assert.deepEqual(texts(await find(index, 'lamp')), ['old lamp']);
    });

    test('touching changes what is known of a document, and not its passages', async (t) => {
      const index = await open(t);
      await index.put([{document: {...page('a'), language: 'en', etag: '"1"'}, chunks: [chunk('a lamp')]}]);
      const touched = {...page('a'), url: 'https://x.example/new', updatedAt: '2026-02-01T00:00:00.000Z', etag: '"2"'};
      await index.touch([touched, page('unknown')]);
      assert.deepEqual(await index.documents('docs'), [{...touched, language: 'en'}]);
      assert.equal((await find(index, 'lamp'))[0]?.document.url, 'https://x.example/new');
    });

    test('a document that is removed is found no more, and removing it again does nothing', async (t) => {
      const index = await open(t);
      await index.put([
        {document: page('a'), chunks: [chunk('a lamp')]},
        {document: page('b'), chunks: [chunk('b lamp')]},
      ]);
      await index.remove(['a', 'unknown']);
      await index.remove(['a']);
      assert.deepEqual(texts(await find(index, 'lamp')), ['b lamp']);
      assert.deepEqual(await index.documents('docs'), [page('b')]);
    });

    test('a source that is removed takes its documents with it, and no others', async (t) => {
      const index = await open(t, ['docs', 'other']);
      await index.put([
        {document: page('a'), chunks: [chunk('a lamp')]},
        {document: {...page('b'), source: 'other'}, chunks: [chunk('b lamp')]},
      ]);
      await index.removeSource('docs');
      await index.removeSource('unknown');
      assert.deepEqual(
        (await index.sources()).map(({id}) => id),
        ['other'],
      );
      assert.deepEqual(texts(await find(index, 'lamp', {sources: ['docs', 'other']})), ['b lamp']);
    });

    test('an index is empty until it has a document', async (t) => {
      const index = await open(t);
      assert.equal(await index.isEmpty(), true);
      await index.put([{document: page('a'), chunks: []}]);
      assert.equal(await index.isEmpty(), false);
      await index.remove(['a']);
      assert.equal(await index.isEmpty(), true);
    });

    test('a search finds passages of the given sources only, however many others fit better', async (t) => {
      const index = await open(t, ['open', 'private', 'third']);
      await index.put(
        Array.from({length: 40}, (_, i) => ({
          document: {...page(`p${i}`), source: 'private'},
          chunks: [chunk('lamp lamp lamp')],
        })),
      );
      await index.put([
        {document: {...page('a'), source: 'open'}, chunks: [chunk('One lamp among many words of another kind.')]},
        {document: {...page('c'), source: 'third'}, chunks: [chunk('The third lamp, among still more other words.')]},
      ]);
      const ids = async (...sources: string[]) => (await find(index, 'lamp', {sources, limit: 2})).map(({id}) => id);
      assert.deepEqual(await ids('open'), ['a#0']);
      assert.deepEqual(await ids('open', 'third'), ['a#0', 'c#0']);
      assert.deepEqual(await ids(), []);
      assert.deepEqual(await ids('unknown'), []);
      assert.deepEqual((await ids('private')).length, 2);
    });

    test('passages that fit better come first, and no more than asked for', async (t) => {
      const index = await open(t);
      await index.put([
        {
          document: page('a'),
          chunks: [
            chunk('The lamp of the keeper.'),
            chunk('The oil of the lamp, and the keeper who brings oil.'),
            chunk('Fog over the sea.'),
          ],
        },
      ]);
      assert.deepEqual(
        (await find(index, 'Where does the keeper keep oil for the lamp?')).map(({id}) => id),
        ['a#1', 'a#0'],
      );
      assert.equal((await find(index, 'lamp', {limit: 1})).length, 1);
    });

    test('words in a title and in headings are found, too', async (t) => {
      const index = await open(t);
      const chunks = [{headings: ['Maintenance'], text: 'Twice a year.'}];
      await index.put([{document: {...page('a'), title: 'The foghorn'}, chunks}]);
      assert.equal((await find(index, 'foghorn')).length, 1);
      assert.equal((await find(index, 'maintenance')).length, 1);
    });

    test('passages in the section where the visitor is are preferred', async (t) => {
      const index = await open(t);
      const text = 'How to trim the wick of a lamp';
      const put = (id: string, words: string) => ({
        document: {...page(id), url: `https://x.example${id}`},
        chunks: [chunk(words)],
      });
      await index.put([
        put('/docs-old/a', text),
        put('/blog/b', text),
        put('/docs/c', `${text}, said in a few more words.`),
        {document: page('file'), chunks: [chunk(text)]},
      ]);
      const first = async (section?: string) => (await find(index, 'trim the wick', {section}))[0]?.document.id;
      assert.notEqual(await first(), '/docs/c');
      assert.equal(await first('https://x.example/docs'), '/docs/c');
      assert.equal(await first('/docs/'), '/docs/c');
      assert.equal(await first('/blog'), '/blog/b');
      assert.equal((await find(index, 'wick', {section: '/docs'})).length, 4);
    });

    test('neighbours stand around their passage, in order, marked, and never twice', async (t) => {
      const index = await open(t);
      await index.put([
        {document: page('a'), chunks: ['zero', 'one', 'two lamp', 'three', 'four lamp oil', 'five'].map(chunk)},
        {document: page('b'), chunks: ['other lamp and much more that it says besides, for long'].map(chunk)},
      ]);
      const found = await find(index, 'oil lamp', {neighbours: 1, limit: 3});
      assert.deepEqual(
        found.map(({id, isNeighbour}) => (isNeighbour ? `(${id})` : id)),
        ['(a#3)', 'a#4', '(a#5)', '(a#1)', 'a#2', 'b#0'],
      );
      assert.deepEqual(
        (await find(index, 'oil', {neighbours: 9})).map(({id}) => id),
        ['a#0', 'a#1', 'a#2', 'a#3', 'a#4', 'a#5'],
      );
    });

    test('words are found in another form, in another case and without their accents', async (t) => {
      const index = await open(t);
      await index.put([{document: page('a'), chunks: [chunk('Configuring the CAFÉ’s lamps, `git-dir` and os.path')]}]);
      for (const query of ['configured', 'configure', 'cafe', 'Café', 'lamp', 'git dir', 'OS']) {
        assert.equal((await find(index, query)).length, 1, query);
      }
    });

    const forms: Readonly<Record<string, readonly (readonly [text: string, query: string])[]>> = {
      ar: [['المعلمون يقرؤون الكتب', 'معلم']],
      da: [['Fyrene har mange lamper', 'lampe']],
      de: [
        ['Alle Zahlungen an die Türme', 'Zahlung'],
        ['Alle Zahlungen an die Türme', 'Turm'],
        ['Das Haus am Meer', 'Häuser'],
        ['Die Öle und die Größen', 'Größe'],
      ],
      en: [['All payments of the keeper', 'payment']],
      es: [
        ['Las configuraciones del faro', 'configuración'],
        ['La configuración del faro', 'configuraciones'],
        ['La configuración del faro', 'configuracion'],
      ],
      fi: [['Majakan lamppujen öljy', 'lamppu']],
      fr: [
        ['Les paiements des gardiens', 'paiement'],
        ['Les chevaux', 'cheval'],
        ['La clé du phare', 'clés'],
        ['Les clés du phare', 'cle'],
      ],
      hu: [['A világítótornyok lámpák nélkül', 'lámpa']],
      it: [['Le chiavi e le lenti', 'lente']],
      nb: [['Alle lampene i fyret', 'lampe']],
      nl: [['Alle sleutels en lampen', 'lamp']],
      no: [['Alle lampene i fyret', 'lampe']],
      pt: [
        ['As configurações do farol', 'configurações'],
        ['As lanternas do farol', 'lanterna'],
      ],
      ro: [['Toate lămpile farului', 'lămpi']],
      ru: [
        ['Все линзы маяков', 'линза'],
        ['Все линзы маяков', 'маяк'],
      ],
      sv: [['Alla lampor i fyren', 'lampa']],
      tr: [['Bütün fenerler', 'fener']],
    };
    for (const [language, cases] of Object.entries(forms)) {
      test(`words in ${language} are found in another form, also by a question that is in another language`, async (t) => {
        const index = await open(t);
        await index.put([
          {document: {...page('other'), language: 'en'}, chunks: [chunk('Nothing of this kind is here.')]},
          ...cases.map(([text], i) => ({document: {...page(`p${i}`), language}, chunks: [chunk(text)]})),
        ]);
        for (const [i, [, query]] of cases.entries()) {
          assert.ok(
            (await find(index, query)).some(({document}) => document.id === `p${i}`),
            query,
          );
        }
      });
    }

    test('an unfinished word is found in a language with other stems, after each of its letters', async (t) => {
      const index = await open(t);
      const text = 'La configurazione della lampada e le configurazioni delle lenti';
      await index.put([{document: {...page('a'), language: 'it'}, chunks: [chunk(text)]}]);
      // Its first three letters are a stop word.
      for (let length = 4; length <= 'configurazione'.length; length++) {
        const query = 'configurazione'.slice(0, length);
        assert.equal((await find(index, query, {typing: true})).length, 1, query);
      }
    });

    test('a passage with the rare words of a question comes first among thousands with its common ones', async (t) => {
      const index = await open(t, ['docs', 'small']);
      const chunks = Array.from({length: 6_000}, (_, i) => chunk(`The lamp of ship ${i}`));
      await index.put([
        {document: page('many'), chunks: [...chunks, chunk('The lamp of the foghorn')]},
        {document: {...page('few'), source: 'small'}, chunks: [chunk('A lamp')]},
      ]);
      assert.equal((await find(index, 'ship lamp foghorn'))[0]?.id, 'many#6000');
      assert.equal((await find(index, 'ship lamp')).length, 10);
      assert.deepEqual(
        (await find(index, 'ship lamp foghorn', {sources: ['small']})).map(({id}) => id),
        ['few#0'],
      );
    });

    test('while somebody types, the last word may be unfinished, and names of pages count most', async (t) => {
      const index = await open(t);
      const text =
        'Read the configuration, then deploy. The configuration of a lamp is a configuration like any other.';
      await index.put([
        {document: page('a'), chunks: [chunk(text)]},
        {document: {...page('b'), title: 'Configuration'}, chunks: [chunk('All settings of the lamp, one by one.')]},
      ]);
      const ids = async (query: string, typing: boolean) =>
        (await find(index, query, {typing})).map(({document}) => document.id);
      for (const query of ['con', 'config', 'configurat', 'configuratio', 'configuration']) {
        assert.deepEqual(await ids(query, true), ['b', 'a'], query);
      }
      assert.deepEqual(await ids('deployme', true), ['a']);
      assert.deepEqual(await ids('lamp dep', true), ['a', 'b']);
      assert.deepEqual(await ids('config', false), []);
      assert.deepEqual(await ids('config ', true), []);
      assert.deepEqual(await ids('c', true), []);
      await index.put([{document: page('c'), chunks: [chunk('The xy plot.')]}]);
      assert.deepEqual((await ids('lamp xy', true)).toSorted(), ['a', 'b']);
      assert.deepEqual(await ids('xy', true), ['c']);
    });

    test('a question without a word, or with stop words only, finds nothing', async (t) => {
      const index = await open(t);
      const text = 'How are you? This is what it is about, and who we are: ??? and 100 % "of" it (and more) -- it is.';
      await index.put([{document: {...page('a'), language: 'en'}, chunks: [chunk(text)]}]);
      for (const query of ['', '???', '"', '*', 'what is it about?', 'how are you']) {
        assert.deepEqual(await find(index, query), [], query);
      }
    });

    test('a question with stop words only finds a title or heading that has all of them', async (t) => {
      const index = await open(t);
      const chunks = [chunk('Founded in Ulm.')];
      await index.put([{document: {...page('a'), title: 'About us', language: 'en'}, chunks}]);
      assert.equal((await find(index, 'about us')).length, 1);
      assert.equal((await find(index, 'about me')).length, 0);
    });

    test('passages with a similar meaning are found by vectors, besides those with the words', async (t) => {
      const index = await open(t, ['docs', 'private']);
      const secret = {...page('s'), source: 'private'};
      await index.put([
        {document: page('a'), chunks: [{headings: ['Oil'], text: 'A lamp'}, chunk('The boat'), chunk('The sea')]},
        {document: secret, chunks: [chunk('The ship')]},
      ]);
      const missing = await index.chunksWithoutVector('m', {limit: 9});
      assert.deepEqual(missing.map(({text}) => text).toSorted(), [
        'Page a\nOil\nA lamp',
        'Page a\nThe boat',
        'Page a\nThe sea',
        'Page s\nThe ship',
      ]);
      const vectors = missing.map(({key, text}) => ({
        key,
        vector: Float32Array.of(/boat|ship/.test(text) ? 5 : 0, text.includes('sea') ? 1 : 0, 1),
      }));
      await index.putVectors('m', vectors.slice(1));
      assert.equal((await index.chunksWithoutVector('m', {limit: 9})).length, 1);
      const [, second, third] = await index.chunksWithoutVector('other', {limit: 3});
      assert.deepEqual((await index.chunksWithoutVector('other', {limit: 1, after: second?.key ?? 0}))[0], third);
      await index.putVectors('m', vectors);
      await index.putVectors('m', [{key: 7, vector: Float32Array.of(1, 0, 0)}]);

      const embedding = {model: 'm', vector: Float32Array.of(3, 0, 0)};
      const ids = async (query: string, options: Partial<IndexSearchOptions> = {}) =>
        (await find(index, query, {embedding, ...options})).map(({id}) => id);
      assert.deepEqual(await ids('vessel'), ['a#1', 'a#0', 'a#2']);
      assert.deepEqual((await ids('lamp'))[0], 'a#0');
      assert.deepEqual(await ids('vessel', {limit: 1, sources: ['private', 'docs']}), ['a#1']);
      assert.deepEqual(await ids('vessel', {limit: 1, sources: ['private']}), ['s#0']);
      assert.deepEqual(await ids('vessel', {embedding: {...embedding, model: 'other'}}), []);
      assert.deepEqual(await ids('vessel', {embedding: {model: 'm', vector: Float32Array.of(1, 2)}}), []);
    });

    test('vectors go with their documents', async (t) => {
      const index = await open(t);
      const put = async (text: string) => {
        await index.put([{document: page('a'), chunks: [chunk(text)]}]);
        return index.chunksWithoutVector('m', {limit: 9});
      };
      const [first] = await put('one');
      assert.ok(first);
      await index.putVectors('m', [{key: first.key, vector: Float32Array.of(1)}]);
      assert.equal((await put('two')).length, 1);
      await index.remove(['a']);
      await index.putVectors('m', [{key: first.key, vector: Float32Array.of(1)}]);
      const embedding = {model: 'm', vector: Float32Array.of(1)};
      assert.deepEqual(await find(index, 'word', {embedding}), []);
      await index.removeSource('docs');
    });

    test('what looks like the syntax of a search is searched as words', async (t) => {
      const index = await open(t);
      await index.put([{document: page('a'), chunks: [chunk('The lamp')]}]);
      for (const query of [
        'lamp"',
        '"lamp',
        'lamp*',
        'title:lamp',
        'lamp AND',
        'NOT lamp',
        '(lamp',
        'lamp; drop table',
      ]) {
        assert.equal((await find(index, query)).length, 1, query);
      }
    });

    test('Chinese, Japanese, Korean and Thai are found by their words, however short', async (t) => {
      const index = await open(t);
      const documents = {
        zh: '灯塔看守人每天早上清洗镜片。',
        ja: '灯台守は毎朝レンズを掃除します。猫がいます。',
        ko: '등대지기는 매일 아침 렌즈를 청소합니다.',
        th: 'ผู้ดูแลประภาคารทำความสะอาดเลนส์ทุกเช้า',
      };
      await index.put(
        Object.entries(documents).map(([language, text]) => ({
          document: {...page(language), language},
          chunks: [chunk(text)],
        })),
      );
      const expected = {
        镜片: 'zh',
        怎么清洗镜片: 'zh',
        レンズ: 'ja',
        猫: 'ja',
        렌즈: 'ko',
        ประภาคาร: 'th',
        ทำความสะอาด: 'th',
      };
      for (const [query, id] of Object.entries(expected)) {
        assert.equal((await find(index, query))[0]?.document.id, id, query);
      }
      assert.deepEqual(await find(index, '冰箱'), []);
    });

    test('a search that is aborted rejects with the reason', async (t) => {
      const index = await open(t);
      const reason = new Error('left');
      await assert.rejects(find(index, 'lamp', {signal: AbortSignal.abort(reason)}), reason);
    });

    test('a long question is searched without an error', async (t) => {
      const index = await open(t);
      await index.put([{document: page('a'), chunks: [chunk('the last lamp')]}]);
      const long = Array.from({length: 5_000}, (_, i) => `word${i}`).join(' ');
      assert.equal((await find(index, `${long} lamp`)).length, 1);
    });
  });
}

function find(index: DocumentIndex, query: string, options: Partial<IndexSearchOptions> = {}) {
  return index.search(query, {sources: ['docs'], limit: 10, signal: new AbortController().signal, ...options});
}

function texts(passages: readonly Passage[]): readonly string[] {
  return passages.map(({text}) => text);
}

function page(id: string): SourceDocument {
  return {id, source: 'docs', title: `Page ${id}`, hash: `hash of ${id}`};
}

function chunk(text: string): Chunk {
  return {headings: [], text};
}
