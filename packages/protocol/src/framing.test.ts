import assert from 'node:assert/strict';
import {test} from 'node:test';
import cases from '@chatlet/testdata/sse-cases.json' with {type: 'json'};
import {lineDecoder, sseDecoder, wholeDecoder} from './framing.ts';
import type {SseFrame} from './frames.ts';
import {createReader} from './index.ts';
import type {ChatEvent, Dialect} from './index.ts';
import {inPieces} from './testing/transcripts.ts';

interface Expected {
  readonly type: string;
  readonly data: string;
  readonly lastEventId: string;
}

/** Reads the frames of a body in pieces, in the form of the test data. */
function framesOf(pieces: Iterable<Uint8Array>): readonly Expected[] {
  const frames: Expected[] = [];
  const read = ({event = 'message', data, id = ''}: SseFrame): void => {
    frames.push({type: event, data, lastEventId: id});
  };
  const dialect: Dialect = {name: 'frames', contentType: 'text/event-stream', decoder: () => sseDecoder({read})};
  const reader = createReader({dialect});
  for (const piece of pieces) reader.push(piece);
  reader.end();
  return frames;
}

const bytesOf = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'));

for (const testCase of cases.parse) {
  const {name, bytes_base64: base64, expected, expected_flush_at_eof: flushed} = testCase;
  if (base64 === undefined || expected === undefined) continue;
  test(`server-sent events are cut into frames: ${name}`, () => {
    const wanted = flushed ?? expected;
    const bytes = bytesOf(base64);
    for (const size of [1, 2, 7, 64, bytes.length + 1]) {
      assert.deepEqual(framesOf(inPieces(bytes, size)), wanted, `pieces of ${size}`);
    }
  });
}

for (const {name, chunks_base64: chunks, expected} of cases.split) {
  test(`server-sent events in pieces are cut into frames: ${name}`, () => {
    assert.deepEqual(framesOf(chunks.map(bytesOf)), expected);
  });
}

test('server-sent events are cut into frames: many events in one body', () => {
  const many = cases.parse.find(({name}) => name === 'many events');
  assert.ok(many?.bytes_base64 && many.expected_each);
  const frames = framesOf(inPieces(bytesOf(many.bytes_base64), 1460));
  assert.equal(frames.length, many.expected_count);
  for (const frame of frames) assert.deepEqual(frame, many.expected_each);
});

test('a frame of a megabyte arrives whole, however small its pieces', () => {
  const bytes = new TextEncoder().encode(`data: ${'x'.repeat(1_048_576)}\n\n`);
  for (const size of [64, 65_536]) {
    assert.deepEqual(
      framesOf(inPieces(bytes, size)).map(({data}) => data.length),
      [1_048_576],
    );
  }
});

test('a frame without an end is an error before it fills the memory', () => {
  const decoders = [sseDecoder({read() {}}), lineDecoder({read() {}}), wholeDecoder(() => {})];
  for (const decoder of decoders) {
    const events: ChatEvent[] = [...decoder.push('data: ')];
    const megabyte = 'x'.repeat(1_048_576);
    for (let pushed = 0; pushed < 20; pushed += 1) events.push(...decoder.push(megabyte));
    events.push(...decoder.end());
    assert.deepEqual(
      events.map((event) => event.type === 'error' && event.code),
      ['unreadable'],
    );
  }
});

test('lines end with LF or CRLF, blank ones are skipped, and the last one needs no line end', () => {
  const lines: string[] = [];
  const decoder = lineDecoder({
    read(line) {
      lines.push(line);
    },
  });
  for (const piece of ['\uFEFFa\r', '\n\n  \nb', 'c\nd', 'e']) decoder.push(piece);
  decoder.end();
  assert.deepEqual(lines, ['a', 'bc', 'de']);
});
