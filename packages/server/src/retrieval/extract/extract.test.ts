import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {decodeText} from './charset.ts';
import {extract} from './extract.ts';
import {type RawDocument, formatOfPath, formatOfType} from './format.ts';
import {docxOf, pdfOf} from './testing/files.ts';

function read(document: Partial<RawDocument> & Pick<RawDocument, 'format'>, text = '') {
  return extract({path: 'guide/get-started.md', bytes: Buffer.from(text), ...document});
}

suite('Markdown files', () => {
  test('the front matter names title, language and last change', async () => {
    const text = '---\ntitle: "Start: here"\nlang: de-AT\ndate: 2024-02-29\n---\n# Other\n\nText';
    assert.deepEqual(await read({format: 'markdown'}, text), {
      title: 'Start: here',
      language: 'de',
      updatedAt: '2024-02-29T00:00:00.000Z',
      parts: [{markdown: '# Other\n\nText'}],
    });
    await assert.rejects(read({format: 'markdown'}, '---\ndraft: true\n---\nText'), /it is a draft/);
  });

  test('the title is the first top heading outside of code, else the name of the file', async () => {
    assert.equal((await read({format: 'markdown'}, '```sh\n# no\n```\n# The `lamp` #\n')).title, 'The lamp');
    assert.equal((await read({format: 'markdown'}, 'Lamp\n====\n')).title, 'Lamp');
    assert.equal((await read({format: 'markdown'}, 'Text')).title, 'get started');
  });

  test('badges, comments, tags and targets of links go, code stays', async () => {
    const text = [
      '[![ci](https://a/b.svg)](https://a) <!-- note -->',
      '<p align="center">Hi <https://x.example></p> ![a map](m.png)',
      'See [the `lamp` page](../lamp.md "x") and [all][1]: `f[i](x)` or `<b>`.',
      '[1]: https://x.example',
      ':::tip Mind',
      '```html\n<b>[x](y)</b>\n```',
    ].join('\n\n');
    assert.equal(
      (await read({format: 'markdown'}, text)).parts[0]?.markdown,
      'Hi https://x.example a map\n\nSee the `lamp` page and all: `f[i](x)` or `<b>`.\n\nMind\n\n```html\n<b>[x](y)</b>\n```',
    );
  });

  test('headings get the ids that generators give them, if the file is published', async () => {
    const text = '# Über “uns” & mehr\n\n```\n# no\n```\n\n## Own {#own}\n\n## Run it\n\n## Run it';
    const page = await read({format: 'markdown', url: 'https://x.example/a'}, text);
    assert.equal(
      page.parts[0]?.markdown,
      '# Über “uns” & mehr {#über-uns--mehr}\n\n```\n# no\n```\n\n## Own {#own}\n\n## Run it {#run-it}\n\n## Run it {#run-it-1}',
    );
  });
});

suite('other formats', () => {
  test('plain text keeps its lines, and has no headings', async () => {
    const page = await read({format: 'text', path: 'a.txt'}, 'Opening hours\r\n# 1\nMon  9–5 \n');
    assert.deepEqual(page, {title: 'Opening hours', parts: [{markdown: 'Opening hours\n\\# 1\nMon  9–5'}]});
    await assert.rejects(read({format: 'text'}, 'a\0b'), /it is no text/);
    const signed = await read({format: 'text'}, 'Anna\n--\n  # 2\nTelephone\n=\n#');
    assert.equal(signed.parts[0]?.markdown, 'Anna\n\\--\n  \\# 2\nTelephone\n\\=\n\\#');
  });

  test('a PDF has its pages, without the lines at their edges', async () => {
    const page = (i: number) => `Lamp manual\nPage ${i} tells of hal-\nogen bulbs and of ${'abcd'[i]}.\n${i} of 5`;
    const bytes = pdfOf([0, 1, 2, 3].map(page), {title: 'The lamp'});
    const {title, updatedAt, parts} = await read({format: 'pdf', path: 'm.pdf', bytes});
    assert.deepEqual([title, updatedAt], ['The lamp', '2024-02-29T00:00:00.000Z']);
    assert.deepEqual(parts[1], {markdown: 'Page 1 tells of halogen bulbs and of b.', page: 2});
    assert.equal(parts.length, 4);
  });

  test('a PDF without text and a broken one say so', async () => {
    await assert.rejects(read({format: 'pdf', bytes: pdfOf(['', ''])}), /it holds no text, only pictures/);
    await assert.rejects(read({format: 'pdf'}, '%PDF-1.4 nonsense'), /it is a broken PDF/);
  });

  test('a Word document has its headings and its text', async () => {
    const {title, parts} = await read({
      format: 'docx',
      path: 'a/hours.docx',
      bytes: docxOf(['# Opening hours', 'Nine to five.']),
    });
    assert.deepEqual([title, parts], ['Opening hours', [{markdown: '# Opening hours\n\nNine to five.'}]]);
  });

  test('a Word document that is broken, empty or a bomb says so', async () => {
    await assert.rejects(read({format: 'docx'}, 'PK nonsense'), /it is a broken Word document/);
    await assert.rejects(read({format: 'docx', bytes: docxOf([''])}), /it holds no text/);
    await assert.rejects(read({format: 'docx', bytes: docxOf(['x'], 100_000_000)}), /it unpacks to more than 200 MB/);
  });

  test('formats are known by the endings of files and by the types of responses', () => {
    assert.deepEqual(
      ['a/B.HTM', 'a.md', 'a.mdx', 'a.txt', 'a.pdf', 'a.docx', 'a.png', 'constructor', 'a.constructor'].map(
        formatOfPath,
      ),
      ['html', 'markdown', 'markdown', 'text', 'pdf', 'docx', undefined, undefined, undefined],
    );
    assert.equal(formatOfType('text/HTML; charset=utf-8', '/'), 'html');
    assert.equal(formatOfType('text/plain', '/a.md'), 'markdown');
    assert.equal(formatOfType('image/png', '/a.md'), undefined);
  });
});

suite('charsets', () => {
  const latin = Buffer.from('caf\u00e9', 'latin1');
  for (const [name, bytes, declared, text] of [
    ['UTF-8 that is declared as Latin-1', Buffer.from('café'), 'iso-8859-1', 'café'],
    ['Latin-1 that is declared as UTF-8', latin, 'utf-8', 'café'],
    ['Latin-1 that is declared', latin, 'iso-8859-1', 'café'],
    ['bytes without a declaration', latin, undefined, 'café'],
    ['a charset that nobody knows', latin, 'x-nonsense', 'café'],
    [
      'a charset in the page',
      Buffer.concat([Buffer.from('<meta charset=windows-1251>'), Buffer.from([0xcc, 0xe8, 0xf0])]),
      undefined,
      '<meta charset=windows-1251>Мир',
    ],
    ['Shift JIS', Buffer.from([0x93, 0xfa, 0x96, 0x7b]), 'shift_jis', '日本'],
    ['ISO-2022-JP, whose bytes are ASCII', Buffer.from('\u001b$BF|K\\\u001b(B'), 'iso-2022-jp', '日本'],
    ['UTF-16 with its mark', Buffer.from('\ufeffé', 'utf16le'), undefined, 'é'],
    ['UTF-8 with its mark', Buffer.from('\ufeffé'), 'iso-8859-1', 'é'],
  ] as const) {
    test(`${name} is read`, () => assert.equal(decodeText(bytes, declared), text));
  }
});
