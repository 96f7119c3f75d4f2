import assert from 'node:assert/strict';
import {mkdtemp, mkdir, rm, symlink, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite, test} from 'node:test';
import {markdownPassages} from './markdown-passages.ts';
import {passageIndex} from './passage-index.ts';
import {readFolder} from './read-documents.ts';
import {stemsIn} from './stemmer.ts';

const docs = join(import.meta.dirname, 'testing/docs');
const index = passageIndex((await readFolder(docs)).flatMap(markdownPassages));

function find(question: string, limit = 3): readonly string[] {
  return index.search(question, {limit}).map(({passage}) => [passage.document.title, ...passage.headings].join(' › '));
}

suite('stemming', () => {
  const alike: readonly (readonly string[])[] = [
    ['use', 'uses', 'used', 'using'],
    ['run', 'running', 'runs'],
    ['stop', 'stopped', 'stopping', 'stops'],
    ['install', 'installs', 'installed', 'installation'],
    ['configure', 'configuration', 'config', 'configured'],
    ['setting', 'settings'],
    ['café', 'Cafés', 'CAFE\u0301'],
    ['Straße', 'STRASSE'],
    ['website', 'site', 'Sites'],
    ['deploy', 'deploys', 'deployment', 'deployments'],
    ['einbetten', 'embed'],
    ['installieren', 'install'],
    ['verwenden', 'benutze', 'nutzen', 'use'],
    ['Farbe', 'farben', 'colour', 'colours', 'color'],
    ['eigenes', 'eigene', 'own'],
    ['Homepage', 'Webseite', 'site'],
    ['Seite', 'webpage', 'page'],
    ['docs', 'doc', 'document'],
    ['repo', 'repository'],
    ['auth', 'authentication'],
    ['db', 'database'],
    ['env', 'environment'],
    ['Modell', 'model'],
  ];
  for (const words of alike) {
    test(`${words.join(', ')} have the same stem`, () => {
      assert.deepEqual(new Set(words.flatMap(stemsIn)).size, 1, String(words.map(stemsIn)));
    });
  }

  test('stop words are left out', () => {
    assert.deepEqual(stemsIn('How do I put it on my site?'), ['put', 'sit']);
    assert.deepEqual(stemsIn('Wie kann ich das machen, und warum?'), stemsIn('machen'));
  });

  test('scripts without spaces are split into bigrams', () => {
    assert.deepEqual(stemsIn('東京の灯 x'), ['東京', '京の', 'の灯', 'x']);
  });

  test('a text without words has no stems', () => {
    for (const text of ['', '   ', '?!', '\ud800', '\0', '🚀']) assert.deepEqual(stemsIn(text), []);
  });
});

suite('passages of Markdown', () => {
  const passages = markdownPassages({
    id: 'notes/my_notes.md',
    text: [
      '\ufeffIntro with ![image](a.png) and a [link](https://example.org/) and a [neighbour](b.md).',
      '',
      'Setext',
      '======',
      'Words. [See the other page](c.md).',
      '',
      '~~~',
      '## no heading [kept](x.md) <b>',
      '```',
      '~~~',
      '### Deep `code` **bold** ##',
      'Text with `<tag>` and <i>markup</i> and [ref][1].',
      '',
      '[1]: https://example.org/',
      '',
      '#### Deeper',
      'More.',
      '## Empty',
      '## Open end',
      '```js',
      'never closed',
    ].join('\r\n'),
  });

  test('Markdown is split at its headings, without images, HTML and links to neighbouring files', () => {
    assert.deepEqual(
      passages.map(({headings, text}) => ({headings, text})),
      [
        {headings: [], text: 'Intro with  and a [link](https://example.org/) and a neighbour.'},
        {headings: [], text: 'Words.\n\n~~~\n## no heading [kept](x.md) <b>\n```\n~~~'},
        {headings: ['Deep code bold'], text: 'Text with `<tag>` and markup and ref.\n\n**Deeper**\nMore.'},
        {headings: ['Open end'], text: '```js\nnever closed\n```'},
      ],
    );
  });

  test('a fence with words behind it does not close a block of code', () => {
    const text = ['```', '<kept>', '```js <kept>', '<kept> too', '```'].join('\n');
    assert.deepEqual(
      markdownPassages({id: 'a.md', text}).map((passage) => passage.text),
      [text],
    );
  });

  test('the title of Markdown is from its front matter, its first top heading, or its file name', () => {
    const titleOf = (text: string) => markdownPassages({id: 'a/my_notes-2.md', text})[0]?.document.title;
    assert.equal(passages[0]?.document.title, 'Setext');
    assert.equal(titleOf('---\ntitle: "Fog: a guide"\n---\n# Other\nText.'), 'Fog: a guide');
    assert.equal(titleOf('Only text.'), 'my notes 2');
  });

  test('small subsections stay in one passage, large ones are passages of their own', () => {
    const small = '## A\nOne.\n### B\nTwo.\n### C\nThree.';
    const large = `## A\nOne.\n### B\n${'Two. '.repeat(200)}\n### C\n${'Three. '.repeat(200)}`;
    const headingsOf = (text: string) => markdownPassages({id: 'x.md', text}).map(({headings}) => headings);
    assert.deepEqual(headingsOf(small), [['A']]);
    assert.deepEqual(headingsOf(large), [['A'], ['A', 'B'], ['A', 'C']]);
  });

  test('any Markdown is split in time', () => {
    for (const text of [
      '',
      '#',
      '```',
      '---',
      '---\n',
      '['.repeat(8_000),
      '<'.repeat(8_000),
      '`'.repeat(8_000),
      '<!--'.repeat(2_500),
      '![](('.repeat(2_500),
    ]) {
      const started = performance.now();
      markdownPassages({id: 'x.md', text});
      assert.ok(performance.now() - started < 60_000, text.slice(0, 10));
    }
  });
});

suite('Markdown from HTML', () => {});

suite('searching passages', () => {
  const questions: Readonly<Record<string, string>> = {
    'How do I put it on my site?': 'Lighthouse › Put it on your site',
    'how can I embed the lamp in my website': 'Lighthouse › Put it on your site',
    'How do I use my own lamp?': 'Lighthouse › Use your own lamp',
    'wie benutze ich mein eigenes Lamp': 'Lighthouse › Use your own lamp',
    'halogen bulbs': 'Lighthouse › Use your own lamp',
    'what is the timeout?': 'Lighthouse › Configuration',
    'which settings are there?': 'Lighthouse › Configuration',
    configuraton: 'Lighthouse › Configuration',
    'What is Lighthouse?': 'Lighthouse',
    'how loud is the horn?': 'Fog & horn › Test the horn',
    'when does the keeper come': 'keeper',
    灯台守はいつ: 'keeper',
  };
  for (const [question, expected] of Object.entries(questions)) {
    test(`searching for “${question}” finds “${expected}” first`, () => {
      assert.equal(find(question)[0], expected, String(find(question)));
    });
  }

  const foreign = [
    'What is the weather in Paris?',
    'Who won the world cup in 2022?',
    'tell me a joke',
    '',
    '???',
    'the',
  ];
  for (const question of foreign) {
    test(`searching for “${question}” finds nothing`, () => assert.deepEqual(find(question), []));
  }

  test('searching gives the same every time, and keeps to its limit', () => {
    assert.deepEqual(find('lamp', 2), find('lamp', 2));
    assert.equal(find('lamp', 2).length, 2);
  });

  test('searching without documents finds nothing', () => {
    assert.deepEqual(passageIndex([]).search('lamp', {limit: 3}), []);
  });
});

suite('reading a folder of documents', () => {
  test('a folder is read in one order: its README first, deeper documents last', async () => {
    assert.deepEqual(
      (await readFolder(docs)).map(({id}) => id),
      ['README.md', 'guides/fog.html', 'guides/keeper.txt'],
    );
  });

  test('folders of one depth are read by the whole of their names', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'chatlet-docs-'));
    t.after(() => rm(folder, {recursive: true}));
    for (const name of ['ab', 'ba']) {
      await mkdir(join(folder, name));
      await writeFile(join(folder, name, 'page.md'), `# ${name}`);
    }
    assert.deepEqual(
      (await readFolder(folder)).map(({id}) => id),
      ['ab/page.md', 'ba/page.md'],
    );
  });

  test('a folder is read without hidden files, node_modules, links and huge files', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'chatlet-docs-'));
    t.after(() => rm(folder, {recursive: true}));
    await mkdir(join(folder, 'docs/node_modules/x'), {recursive: true});
    await mkdir(join(folder, 'docs/.git'));
    await writeFile(join(folder, 'secret.md'), '# Secret');
    await writeFile(join(folder, 'docs/.hidden.md'), '# Hidden');
    await writeFile(join(folder, 'docs/.git/x.md'), '# Git');
    await writeFile(join(folder, 'docs/node_modules/x/readme.md'), '# Module');
    await writeFile(join(folder, 'docs/huge.md'), 'x'.repeat(1_000_001));
    await writeFile(join(folder, 'docs/B.MD'), '# Kept');
    await symlink(join(folder, 'secret.md'), join(folder, 'docs/link.md'));
    assert.deepEqual(
      (await readFolder(join(folder, 'docs'))).map(({id}) => id),
      ['B.MD'],
    );
  });
});
