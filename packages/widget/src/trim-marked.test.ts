/** Compares the part of marked that the Markdown engine is built with to all of marked. */
import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import test from 'node:test';
import fc from 'fast-check';
import {Lexer, type MarkedOptions, type Token} from 'marked';
import commonmark from '@chatlet/testdata/commonmark-0.31.2.json' with {type: 'json'};
import gfm from '@chatlet/testdata/gfm-0.29-spec.json' with {type: 'json'};
import {readMarked, trimmedFile, trimMarked} from '../trim-marked.ts';
import {readDef, readHeading, readInline, readLheading, readTable, splitCells} from './markdown/marked.ts';

/** Without those in which a single tilde strikes through: it never does here. */
const examples = [...commonmark, ...gfm].map(({markdown}) => markdown).filter((text) => !/(?<!~)~(?!~)/.test(text));

const gfmOptions: MarkedOptions = {gfm: true};

/** Fields that nobody reads. */
const left = new Set(['inLink', 'inRawBlock', 'block', 'escaped']);

/** Tokens without it, and without the bounds between texts that stand side by side. */
function plain(tokens: readonly Token[]): unknown {
  const all: Record<string, unknown>[] = [];
  for (const token of tokens) {
    const last = all.at(-1);
    if (token.type === 'text' && last?.['type'] === 'text') last['raw'] += token.raw;
    else {
      const entries = Object.entries(token)
        // Numbered characters in a text are read by the engine.
        .filter(([name]) => !left.has(name) && (token.type !== 'text' || name !== 'text'))
        .map(([name, value]) => [name, name === 'tokens' ? plain(value) : value]);
      all.push(Object.fromEntries(entries));
    }
  }
  return all;
}

/** A block token without its inline tokens: text in blocks is read when it is shown. */
const bare = (token: object | undefined): unknown =>
  token && JSON.parse(JSON.stringify(token, (key, value) => (key === 'tokens' ? undefined : value)));

test('inline text of every example is read alike', () => {
  for (const markdown of examples) {
    const whole = new Lexer({gfm: true});
    whole.blockTokens(markdown, whole.tokens);
    for (const text of [markdown, ...whole.inlineQueue.map(({src}) => src)]) {
      const {links} = whole.tokens;
      const reader = new Lexer({gfm: true});
      reader.tokens.links = links;
      assert.deepEqual(plain(readInline(text, links, undefined)), plain(reader.inlineTokens(text)), text);
    }
  }
});

test('random inline text, definitions and rows of a table are read alike', () => {
  const links = {r: {href: '/r', title: 't'}};
  const marks = String.raw`* ** *** _ __ ~~ ${'` ``'} [ ] \[ \] ![ ](/u) ][r] [r] ( ) \ \\ | \| <b> <a> </a> <http://x.y> &amp;`;
  const words = 'word é . " 0 😀 « ! http://a.b www.a.b a@b.cd xmpp:a@b.c';
  const bits = [...`${marks} ${words}`.split(' '), '](<a b> "t")', '<!-- c -->', ' ', '  \n', '\n', '\t'];
  const text = fc.array(fc.constantFrom(...bits), {minLength: 1, maxLength: 18}).map((parts) => parts.join(''));
  const {tokenizer} = new Lexer(gfmOptions).options;
  assert.ok(tokenizer);
  fc.assert(
    fc.property(text, (source) => {
      const reader = new Lexer({gfm: true});
      reader.tokens.links = links;
      assert.deepEqual(plain(readInline(source, links, undefined)), plain(reader.inlineTokens(source)));
      assert.deepEqual(bare(readDef(`[a]: ${source}`)), bare(tokenizer.def(`[a]: ${source}`)));
      const row = source.replaceAll('\n', ' ');
      const table = tokenizer.table(`|a|b|c|\n|-|-|-|\n|${row}|\n`);
      const cells = table?.rows[0]?.map((cell) => cell.text);
      if (cells) assert.deepEqual(splitCells(`|${row}|`, 3), cells);
    }),
    {seed: 20_261_129, numRuns: 3000},
  );
});

test('headings, definitions and tables are read alike from every line of every example', () => {
  const {tokenizer} = new Lexer(gfmOptions).options;
  assert.ok(tokenizer);
  for (const markdown of examples) {
    const lines = markdown.split('\n');
    for (const [index] of lines.entries()) {
      const source = lines.slice(index).join('\n');
      assert.deepEqual(bare(readHeading(source)), bare(tokenizer.heading(source)), source);
      assert.deepEqual(bare(readDef(source)), bare(tokenizer.def(source)), source);
      const table = tokenizer.table(source);
      assert.deepEqual(bare(readTable(source)), bare(table && {...table, rows: undefined}), source);
      const [, , ...rows] = table?.raw.split('\n') ?? [];
      assert.deepEqual(
        rows.map((row) => splitCells(row, table?.header.length)),
        table?.rows.map((cells) => cells.map(({text}) => text)) ?? [],
        source,
      );
      assert.deepEqual(bare(readLheading(source)), bare(tokenizer.lheading(source)), source);
    }
  }
});

test('the file is what is left of the marked that is installed', async () => {
  assert.equal(await readFile(trimmedFile, 'utf8'), trimMarked(await readMarked()), 'run `node trim-marked.ts`');
});

test('a marked that is written in another way is not trimmed', async () => {
  const marked = await readMarked();
  const changed = (file: string, from: string, to: string) =>
    trimMarked({
      ...marked,
      sources: new Map(marked.sources).set(file, marked.sources.get(file)?.replaceAll(from, to) ?? ''),
    });
  assert.throws(() => changed('Tokenizer', 'emStrong(', 'emphasis('), /no emStrong/);
  assert.throws(() => changed('Tokenizer', 'this.options.pedantic', 'this.strict'), /there 0 times/);
  assert.throws(() => changed('Lexer', 'this.tokenizer.br(', 'this.tokenizer.lineBreak['), /left/);
  assert.throws(() => changed('Tokenizer', 'rules.inline.br.', 'rules.inline.newRule.'), /no rule/);
});
