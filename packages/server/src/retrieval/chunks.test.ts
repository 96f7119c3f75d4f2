import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {splitIntoChunks} from './chunks.ts';

const sentences = (count: number, word = 'lamp') =>
  Array.from({length: count}, (_, i) => `Sentence ${i} speaks of the ${word} at length.`).join(' ');

suite('splitting a document into chunks', () => {
  test('a chunk knows the headings above it, outermost first, as plain text', () => {
    const text = 'Intro.\n# Lamps\nOne.\n## The *big* [lamp](x.md)\nTwo.\n### `wick`\nThree.\n## Oil\nFour.';
    assert.deepEqual(splitIntoChunks(text), [
      {headings: [], text: 'Intro.'},
      {headings: ['Lamps'], text: 'One.'},
      {headings: ['Lamps', 'The big lamp'], text: 'Two.'},
      {headings: ['Lamps', 'The big lamp', 'wick'], text: 'Three.'},
      {headings: ['Lamps', 'Oil'], text: 'Four.'},
    ]);
  });

  test('the title is not repeated as the first heading, and a page is kept', () => {
    assert.deepEqual(splitIntoChunks('# Lamps\nOne.\n## Oil\nTwo.', {title: 'Lamps', page: 4}), [
      {headings: [], text: 'One.', page: 4},
      {headings: ['Oil'], text: 'Two.', page: 4},
    ]);
  });

  test('an id behind a heading becomes the anchor of its chunks, and of no others', () => {
    const text = `# Lamps {#lamps-1}\nOne.\n## Oil ## \nTwo.\n## Wick {#wick}\n${sentences(40)}`;
    const chunks = splitIntoChunks(text);
    assert.deepEqual(chunks.map(({headings, anchor}) => [headings.at(-1), anchor]).slice(0, 4), [
      ['Lamps', 'lamps-1'],
      ['Oil', undefined],
      ['Wick', 'wick'],
      ['Wick', 'wick'],
    ]);
  });

  test('underlined headings count, and neither lists nor rules do', () => {
    const text = 'Lamps\n=====\nOne.\n\nOil\n---\nTwo.\n\n---\n\n- item\n---\nThree.';
    assert.deepEqual(
      splitIntoChunks(text).map(({headings}) => headings),
      [['Lamps'], ['Lamps', 'Oil']],
    );
  });

  test('a heading without text below it makes no chunk', () => {
    assert.deepEqual(splitIntoChunks('# A\n\n## B\n\n\n# C\n'), []);
    assert.deepEqual(splitIntoChunks(''), []);
  });

  test('headings in code are code', () => {
    const code = '```sh\n# not a heading\n~~~\nNot\n===\n````';
    assert.deepEqual(splitIntoChunks(`# A\n${code}\nAfter.`), [{headings: ['A'], text: `${code}\n\nAfter.`}]);
    assert.deepEqual(splitIntoChunks('~~~\n# open to the end'), [{headings: [], text: '~~~\n# open to the end'}]);
  });

  test('a long text is split between paragraphs, and a long paragraph between sentences', () => {
    const paragraphs = [sentences(10, 'lamp'), sentences(10, 'oil'), sentences(10, 'wick'), sentences(70, 'fog')];
    const chunks = splitIntoChunks(paragraphs.join('\n\n')).map(({text}) => text);
    assert.deepEqual(chunks.slice(0, 2), [`${paragraphs[0]}\n\n${paragraphs[1]}`, paragraphs[2]]);
    assert.equal(chunks.slice(2).join(' '), paragraphs[3]);
    for (const chunk of chunks) {
      assert.ok(chunk.length <= 1_200, String(chunk.length));
      assert.match(chunk, /^Sentence[^]*length\.$/);
    }
  });

  test('nothing is lost or longer than a chunk if a text has no sentences, no spaces, or no Latin letters', () => {
    for (const text of ['word '.repeat(900).trim(), 'x'.repeat(4_000), '灯台守は毎朝掃除します。'.repeat(300)]) {
      const chunks = splitIntoChunks(text).map((chunk) => chunk.text);
      assert.ok(chunks.every(({length}) => length <= 1_200));
      assert.equal(chunks.join('').replaceAll(' ', ''), text.replaceAll(' ', ''));
    }
  });

  test('a block of code stays whole and as it is, beside text and longer than a chunk', () => {
    const code = `\`\`\`js\n${Array.from({length: 60}, (_, i) => `  line(${i});  // a comment here`).join('\n')}\n\`\`\``;
    const chunks = splitIntoChunks(`${sentences(20)}\n\n${code}\n\n${sentences(20)}`).map(({text}) => text);
    assert.ok(code.length > 1_200);
    assert.deepEqual(chunks[1], code);
    assert.equal(chunks.length, 3);
  });

  test('a very long block of code is split between lines, each part in its own fence', () => {
    const lines = Array.from({length: 400}, (_, i) => `line(${i});`);
    const chunks = splitIntoChunks(['````js', ...lines, '````'].join('\n')).map(({text}) => text);
    assert.ok(chunks.length > 2 && chunks.every((chunk) => /^````js\n[^]*\n````$/.test(chunk)));
    assert.deepEqual(
      chunks.flatMap((chunk) => chunk.split('\n').slice(1, -1)),
      lines,
    );
  });

  test('a long table is split between rows, and each part has the head', () => {
    const rows = Array.from({length: 100}, (_, i) => `| row ${i} | what it says about itself |`);
    const chunks = splitIntoChunks(['| a | b |', '|---|:-:|', ...rows].join('\n')).map(({text}) => text);
    assert.ok(chunks.length > 2 && chunks.every((chunk) => chunk.startsWith('| a | b |\n|---|:-:|\n| row')));
    assert.ok(chunks.every(({length}) => length <= 1_200));
    assert.deepEqual(
      chunks.flatMap((chunk) => chunk.split('\n').slice(2)),
      rows,
    );
  });

  test('a long list is split between items, with the code in them', () => {
    const item = (i: number) => `- item ${i} ${sentences(3)}\n\n  \`\`\`\n  - not an item ${i}\n  \`\`\`\n  more`;
    const items = Array.from({length: 20}, (_, i) => item(i));
    const chunks = splitIntoChunks(items.join('\n')).map(({text}) => text);
    assert.equal(chunks.join('\n'), items.join('\n'));
    assert.ok(chunks.length > 2 && chunks.every((chunk) => chunk.startsWith('- item') && chunk.length <= 1_200));
  });

  test('an item that is too long is split, too, and so is an indented list', () => {
    const inner = Array.from({length: 30}, (_, i) => `  - inner ${i} ${sentences(2)}`).join('\n');
    for (const text of [`- outer\n${inner}`, inner]) {
      const chunks = splitIntoChunks(text).map((chunk) => chunk.text);
      assert.ok(chunks.length > 2 && chunks.every(({length}) => length <= 1_200));
      for (let i = 0; i < 30; i++) assert.equal(chunks.filter((chunk) => chunk.includes(`inner ${i} `)).length, 1);
    }
  });

  test('the same text gives the same chunks, whatever the ends of its lines', () => {
    const text = `# A\n${sentences(80)}\n\n- one\n- two\n`;
    assert.deepEqual(splitIntoChunks(text.replaceAll('\n', '\r\n')), splitIntoChunks(text));
  });

  test('any Markdown is split in time', () => {
    for (const text of [
      '['.repeat(50_000),
      '`'.repeat(50_000),
      '#'.repeat(50_000),
      '# '.repeat(50_000),
      `# ${' #'.repeat(25_000)}x`,
      `# {#${'{#'.repeat(25_000)}`,
      '|-'.repeat(50_000),
      `a|\n${'-|'.repeat(25_000)}x`,
      `${'- '.repeat(5_000)}x`,
      '-\n'.repeat(50_000),
      `# ${'*a'.repeat(20_000)}`,
      `# ${'_a'.repeat(20_000)}`,
      ' '.repeat(100_000),
      '.!'.repeat(50_000),
    ]) {
      const started = performance.now();
      splitIntoChunks(text);
      assert.ok(performance.now() - started < 2_000, `${text.slice(0, 12)} ${performance.now() - started}`);
    }
  });
});
