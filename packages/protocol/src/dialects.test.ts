import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {detectDialect, dialects} from './index.ts';
import type {DialectName} from './index.ts';
import {cutAt, expectedAnswer, inPieces, read, transcripts} from './testing/transcripts.ts';
import type {Transcript} from './testing/transcripts.ts';

/** Our names for dialects that have other names in the recordings. */
const names: Readonly<Record<string, DialectName>> = {
  'chat-stream': 'content-delta',
  'typed-events': 'typed-events',
  'v1-chat': 'openai-chat',
  'anthropic-messages': 'anthropic',
  'ollama-ndjson': 'ollama',
  'cohere-v2': 'cohere',
};

function nameOf({dialect}: Transcript): DialectName {
  const name: string = names[dialect] ?? dialect;
  assert.ok(isDialectName(name), name);
  return name;
}

function isDialectName(name: string): name is DialectName {
  return Object.hasOwn(dialects, name);
}

const utf8 = new TextEncoder();
const all = transcripts();
const streams = all.filter(({http}) => http.status === 200);

test('every dialect is listed under its own name', () => {
  for (const [name, dialect] of Object.entries(dialects)) assert.equal(dialect.name, name);
});

for (const transcript of all) {
  const {id, body} = transcript;
  const bytes = utf8.encode(body);
  const check = (pieces: Iterable<Uint8Array>, how: string): void => {
    assert.deepEqual(read(pieces, transcript), expectedAnswer(transcript), how);
  };

  test(`the recording ${id} is read as expected in pieces of any size`, () => {
    for (const size of [1, 7, 64, 1460, bytes.length + 1]) check(inPieces(bytes, size), `pieces of ${size}`);
  });
  test(`the recording ${id} is read as expected if it is cut at any byte`, () => {
    for (let place = 1; place < bytes.length; place += 1) check(cutAt(bytes, [place]), `cut at ${place}`);
  });
  test(`the recording ${id} is read as expected in random pieces`, () => {
    if (bytes.length === 0) return;
    const cuts = fc.array(fc.nat(), {maxLength: 40});
    fc.assert(
      fc.property(cuts, (places) => check(cutAt(bytes, places), 'random')),
      {seed: 1, numRuns: 100},
    );
  });
}

for (const transcript of streams) {
  test(`the recording ${transcript.id} is read alike if its dialect is set and if it is detected`, () => {
    const bytes = utf8.encode(transcript.body);
    const dialect = dialects[nameOf(transcript)];
    assert.deepEqual(read(inPieces(bytes, 7), transcript, dialect), read([bytes], transcript));
  });

  test(`the dialect of ${transcript.id} is detected with and without the vendor's headers`, () => {
    const {http, body, expected} = transcript;
    const isErrorBody = expected.finish === 'error' && expected.text === '' && !body.includes('response.created');
    const name = isErrorBody ? 'error' : nameOf(transcript);
    assert.equal(detectDialect(body, http.headers), name);
    assert.equal(detectDialect(body, {'content-type': http.headers['content-type']}), name);
  });
}
