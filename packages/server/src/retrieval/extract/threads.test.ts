import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import type {RawDocument} from './format.ts';
import {openExtractionThreads} from './threads.ts';

function textOf(text: string): RawDocument {
  return {format: 'markdown', bytes: Buffer.from(text), path: 'a.md'};
}

suite('threads that read documents', () => {
  test('documents are read by several threads, in any number', async () => {
    await using threads = {...openExtractionThreads({size: 2}), [Symbol.asyncDispose]: () => threads.close()};
    const read = await Promise.all(Array.from({length: 20}, (_, i) => threads.read(textOf(`# Title ${i}\n\nText`))));
    assert.deepEqual(
      read.map(({title}) => title),
      Array.from({length: 20}, (_, i) => `Title ${i}`),
    );
    assert.deepEqual(read[0]?.chunks, [{headings: [], text: 'Text'}]);
  });

  test('a document that takes too long or too much memory is left out, and the others are read', async () => {
    await using threads = {
      ...openExtractionThreads({size: 1, timeout: 5_000}),
      [Symbol.asyncDispose]: () => threads.close(),
    };
    // Its regular expressions look at every bracket again from each bracket on.
    const slow = threads.read(textOf('<!-- ['.repeat(400_000)));
    const large = threads.read({...textOf('<p>x'.repeat(4_000_000)), format: 'html'});
    const good = threads.read(textOf('# Good\n\nText'));
    await assert.rejects(slow, /it takes more than 5 s to read/);
    await assert.rejects(large, /too much memory|more than 5 s/);
    assert.equal((await good).title, 'Good');
  });
});
