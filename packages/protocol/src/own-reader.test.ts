/** The reader for our own dialect alone reads as the one for all dialects does, wherever the body is cut. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {createReader} from './create-reader.ts';
import type {ChatEvent} from './event.ts';
import {createOwnReader} from './own-reader.ts';

const start = 'id: 1\ndata: {"type":"message-start","messageId":"m","model":"x"}\n\n';
const text = 'id: 2\ndata: {"type":"text-delta","delta":"Tee für zwei"}\n\n';
const end = 'id: 3\ndata: {"type":"message-end","reason":"stop"}\n\n';
const foreign = 'event: error\ndata: {"error":{"message":"Slow down","type":"rate_limit_error"}}\n\n';

const bodies = {
  'a whole answer': start + text + end,
  'an answer that breaks off': start + text,
  'an error of somebody between, and frames after it': start + foreign + text + end,
  'an error of ours': `${start}data: {"type":"error","code":"rate-limited","message":"Slow down"}\n\n`,
  'lines that end with CRLF, heartbeats and unknown fields':
    `:\n\n${start}: hi\n\nretry: 5\n\n${text}${end}`.replaceAll('\n', '\r\n'),
  'lines that end with CR': (start + text + end).replaceAll('\n', '\r'),
  'a byte order mark, and data without a space': `\ufeff${start}${text}${end}`.replaceAll('data: ', 'data:'),
  'data in two lines': `${start}data: {"type":"text-delta",\ndata: "delta":"Tee"}\n\n${end}`,
  'an answer whose last line ends are missing': (start + text + end).trimEnd(),
  nothing: '',
};

async function readOwn(pieces: readonly Uint8Array[]) {
  const reader = createOwnReader();
  const events: ChatEvent[] = [];
  for (const piece of pieces) {
    events.push(...reader.push(piece));
    if (reader.waiting) events.push(...(await reader.load()));
  }
  events.push(...reader.end());
  if (reader.waiting) events.push(...(await reader.load()));
  return {events, ended: reader.ended, lastNumber: reader.lastNumber};
}

function readAll(pieces: readonly Uint8Array[]) {
  const reader = createReader({headers: {'x-chatlet-stream': 'v1'}});
  const events = [...pieces.flatMap((piece) => [...reader.push(piece)]), ...reader.end()];
  return {events, ended: reader.ended, lastNumber: reader.lastNumber};
}

suite('the reader of our own dialect', () => {
  for (const [name, body] of Object.entries(bodies)) {
    test(`reads ${name} as the reader of all dialects does, cut at every byte`, async () => {
      const bytes = new TextEncoder().encode(body);
      for (let cut = 0; cut <= bytes.length; cut++) {
        const pieces = [bytes.slice(0, cut), bytes.slice(cut)];
        assert.deepEqual(await readOwn(pieces), readAll(pieces), `cut at ${cut}`);
      }
    });
  }
});
