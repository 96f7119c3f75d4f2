/** That a build with half of marked reads every text as all of marked does. */
import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import {fileURLToPath} from 'node:url';
import test from 'node:test';
import {Lexer} from 'marked';
import commonmark from '@chatlet/testdata/commonmark-0.31.2.json' with {type: 'json'};
import gfm from '@chatlet/testdata/gfm-0.29-spec.json' with {type: 'json'};
import {lexerOnly, markedModule} from '../lexer-only.ts';

const path = fileURLToPath(import.meta.resolve('marked'));
const source = await readFile(path, 'utf8');

test('the lexer alone reads every example as the whole module does', async () => {
  assert.match(path, markedModule);
  const alone = lexerOnly(source);
  const module: {Lexer: typeof Lexer} = await import(`data:text/javascript,${encodeURIComponent(alone)}`);
  assert.deepEqual(Object.keys(module), ['Lexer']);
  const examples = [...commonmark, ...gfm].map(({markdown}) => markdown);
  for (const markdown of [...examples, examples.join('\n')]) {
    assert.deepEqual(new module.Lexer({gfm: true}).lex(markdown), new Lexer({gfm: true}).lex(markdown), markdown);
  }
});

test('a marked that is built in another way stops the build', () => {
  assert.throws(() => lexerOnly(source.replace('as Marked', 'as Other')), /another way/);
});
