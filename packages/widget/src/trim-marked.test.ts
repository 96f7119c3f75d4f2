/** That the part of marked that the Markdown engine is built with reads every text as all of marked does. */
import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import test from 'node:test';
import {Lexer, type MarkedOptions, type Token} from 'marked';
import commonmark from '@chatlet/testdata/commonmark-0.31.2.json' with {type: 'json'};
import gfm from '@chatlet/testdata/gfm-0.29-spec.json' with {type: 'json'};
import {readMarked, trimmedFile, trimMarked} from '../trim-marked.ts';
import {readDef, readHeading, readInline, readLheading, readTable, splitCells} from './markdown/marked.ts';

const examples = [...commonmark, ...gfm].map(({markdown}) => markdown);

/** What nobody looks at. */
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

test('headings, definitions and tables are read alike from every line of every example', () => {
  const options: MarkedOptions = {gfm: true};
  const {tokenizer} = new Lexer(options).options;
  assert.ok(tokenizer);
  const bare = (token: object | undefined): unknown =>
    token && JSON.parse(JSON.stringify(token, (key, value) => (key === 'tokens' ? undefined : value)));
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
