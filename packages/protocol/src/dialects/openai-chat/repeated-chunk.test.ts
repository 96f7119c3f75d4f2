import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import fc from 'fast-check';
import {openaiChat} from '../../index.ts';
import type {ChatEvent} from '../../index.ts';
import {repeatedChunk} from './repeated-chunk.ts';

interface Chunk {
  readonly words: string;
  /** The content besides its text. */
  readonly also: 'nothing' | 'thinking' | 'usage' | 'another answer';
  readonly written: 'tight' | 'with spaces' | 'in ASCII';
}

const words = fc.oneof(
  fc.string({unit: 'grapheme', maxLength: 20}),
  fc.constantFrom(
    'Hello',
    'content',
    '"content":"x"',
    '\\',
    '"},"finish_reason":"stop"}]}',
    '","content":"x',
    '\n\n',
    '…</think>',
    '\u0000?',
  ),
);
const chunks: fc.Arbitrary<readonly Chunk[]> = fc.array(
  fc.record({
    words,
    also: fc.constantFrom('nothing', 'nothing', 'nothing', 'thinking', 'usage', 'another answer'),
    written: fc.constantFrom('tight', 'tight', 'with spaces', 'in ASCII'),
  }),
  {maxLength: 30},
);

function write({words: content, also, written}: Chunk): string {
  const chunk = {
    id: 'chatcmpl-content',
    object: 'chat.completion.chunk',
    choices: [
      {
        index: also === 'another answer' ? 1 : 0,
        delta: {content, ...(also === 'thinking' ? {reasoning: 'Hm'} : {})},
        finish_reason: null,
      },
    ],
    usage: also === 'usage' ? {prompt_tokens: 1, completion_tokens: 2} : null,
  };
  if (written === 'with spaces') return `data: ${JSON.stringify(chunk, null, 1).replaceAll(/\n */g, ' ')}\n\n`;
  const text = JSON.stringify(chunk);
  const escape = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return `data: ${written === 'tight' ? text : text.replaceAll(/[\u0080-\uFFFF]/g, escape)}\n\n`;
}

/** Joins text and reasoning, and notes whether usage came. */
function joinEvents(events: readonly ChatEvent[]): object {
  let text = '';
  let thought = '';
  let counted = false;
  for (const event of events) {
    if (event.type === 'text-delta') text += event.delta;
    if (event.type === 'reasoning-delta') thought += event.delta;
    if (event.type === 'usage') counted = true;
  }
  return {text, thought, counted};
}

test('a chunk that is read by the fast path gives the same text as a chunk that is parsed', () => {
  fc.assert(
    fc.property(chunks, (random) => {
      const decoder = openaiChat.decoder();
      // The answer begins with a word, so no tag is looked for.
      const all: readonly Chunk[] = [{words: 'So: ', also: 'nothing', written: 'tight'}, ...random];
      const events = all.flatMap((chunk) => [...decoder.push(write(chunk))]);
      events.push(...decoder.push('data: [DONE]\n\n'));
      assert.deepEqual(joinEvents(events), {
        text: all.map((chunk) => (chunk.also === 'another answer' ? '' : chunk.words)).join(''),
        thought: all.map(({also}) => (also === 'thinking' ? 'Hm' : '')).join(''),
        counted: all.some(({also}) => also === 'usage'),
      });
    }),
    {seed: 1, numRuns: 2000},
  );
});

suite('the fast path reads a chunk only if nothing but its text differs', () => {
  const textOnly = (chunk: unknown): string | undefined => (chunk as {content?: string} | undefined)?.content;
  const known = repeatedChunk('content', textOnly);
  known.learn('{"a":"Hi","content":"Hi","b":1}', 'Hi');

  const cases: Readonly<Record<string, readonly [string, string | undefined]>> = {
    'another text': ['{"a":"Hi","content":"there","b":1}', 'there'],
    'an empty text': ['{"a":"Hi","content":"","b":1}', ''],
    'escapes in its text': ['{"a":"Hi","content":"\\u00fc\\n\\"","b":1}', 'ü\n"'],
    'a long text': [`{"a":"Hi","content":"${'long '.repeat(9)}","b":1}`, 'long '.repeat(9)],
    'a changed field': ['{"a":"Ho","content":"Hi","b":1}', undefined],
    'a further field': ['{"a":"Hi","content":"Hi","content":"Ho","b":1}', undefined],
    'no string as its text': ['{"a":"Hi","content":null,"b":1}', undefined],
    'a string that does not close': ['{"a":"Hi","content":"Hi,"b":1}', undefined],
    'less than the known beginning': ['{"a":"Hi","content":', undefined],
  };
  for (const [name, [data, expected]] of Object.entries(cases)) {
    const outcome = expected === undefined ? 'is left to the parser' : 'is read by the fast path';
    test(`a chunk with ${name} ${outcome}`, () => assert.equal(known.readText(data), expected));
  }
});

test('the fast path is given up if the chunks of a stream always differ in more than their text', () => {
  let parsed = 0;
  const known = repeatedChunk('content', (chunk) => {
    parsed += 1;
    return (chunk as {content?: string} | undefined)?.content;
  });
  for (let number = 0; number < 1000; number += 1) {
    const data = `{"content":"Hi","padding":"${number}"}`;
    assert.equal(known.readText(data), undefined);
    known.learn(data, 'Hi');
  }
  assert.ok(parsed <= 16, `${parsed} attempts`);
});
