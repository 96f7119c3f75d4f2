import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {createServer} from 'node:http';
import {once} from 'node:events';
import type {AddressInfo} from 'node:net';
import {test} from 'node:test';
import type {ChatEvent} from './index.ts';
import {asString, chatlet, checkEvent, createReader, isErrorCode, isObject, parseJson, statusOf} from './index.ts';
import {errorStatuses} from './testing/error-statuses.ts';

/** Each event that pages get, with all its fields. */
const wholeEvents: readonly ChatEvent[] = [
  {type: 'message-start', messageId: 'msg_1', model: 'm', chatId: 'chat_1', questionId: 'msg_0'},
  {type: 'text-delta', delta: 'a'},
  {type: 'reasoning-delta', delta: 'a'},
  {type: 'text-reset', asReasoning: true},
  {type: 'tool-call', callId: 'c', name: 'now', input: {}, inputText: '{ }'},
  {type: 'tool-result', callId: 'c', output: 'noon', failed: true},
  {type: 'source', id: 's', title: 'S', url: 'https://example.com/', quote: 'q'},
  {
    type: 'usage',
    promptTokens: 3,
    completionTokens: 2,
    cachedTokens: 1,
    cacheWriteTokens: 1,
    reasoningTokens: 1,
    estimated: true,
  },
  {type: 'error', code: 'model-not-found', message: 'm', retryable: false, retryAfter: 1, details: {model: 'm'}},
  {type: 'message-end', reason: 'stop'},
];

const textOfFile = (name: string): string => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8');

test('PROTOCOL.md lists every error code with its status', () => {
  const codes = [...textOfFile('PROTOCOL.md').matchAll(/\| `([a-z-]+)`(?: \(page only\))? +\| (\d{3}|–)/g)];
  for (const [, code, status] of codes) {
    assert.ok(isErrorCode(code), code);
    if (status !== '–') assert.equal(String(statusOf(code)), status, code);
  }
  assert.deepEqual(new Set(codes.map(([, code]) => code)), new Set(Object.keys(errorStatuses)));
});

test('the stream printed in PROTOCOL.md is read, and is the one that our encoder writes', () => {
  const [, stream] = /```\n(id: 1\n[^`]+)```/.exec(textOfFile('PROTOCOL.md')) ?? [];
  assert.ok(stream);
  const events = createReader({headers: {'x-chatlet-stream': 'v1'}}).push(new TextEncoder().encode(stream));
  assert.deepEqual(
    events.map(({type}) => type),
    ['message-start', 'text-delta', 'message-end'],
  );
  assert.equal(chatlet.encoder?.({id: 'msg_1', model: 'gpt-4o', created: 1}).encode(events), stream);
  for (const [, data] of stream.matchAll(/^data: (.*)$/gm)) {
    const event = parseJson(data ?? '');
    assert.ok(isObject(event));
    assert.deepEqual(checkEvent(event), event);
  }
});

test('PROTOCOL.md lists every event of the stream with every field', () => {
  const rows = [...textOfFile('PROTOCOL.md').matchAll(/^\| `([a-z-]+)` +\| ([^|]+)\|/gm)];
  const documented = new Map(rows.map(([, type, fields = '']) => [type, fields]));
  const written = chatlet.encoder?.({id: 'msg_1', model: 'm', created: 1}).encode(wholeEvents) ?? '';
  const frames = [...written.matchAll(/^data: (.*)$/gm)].flatMap(([, data = '']) => {
    const event: unknown = parseJson(data);
    return isObject(event) ? [event] : [];
  });
  assert.equal(frames.length, wholeEvents.length);
  for (const {type, ...fields} of frames) {
    const row = documented.get(asString(type)) ?? '';
    const missing = Object.keys(fields).filter((field) => !row.includes(`\`${field}\``));
    assert.deepEqual([type, missing], [type, []]);
  }
});

test('the example in README.md runs', async () => {
  const server = createServer((_, response) => {
    response.writeHead(200, {'content-type': 'text/event-stream'});
    for (const content of ['Hel', 'lo']) {
      response.write(`data: ${JSON.stringify({choices: [{index: 0, delta: {content}, finish_reason: null}]})}\n\n`);
    }
    response.end('data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const [, example] = /```js\n([^`]+)```/.exec(textOfFile('README.md')) ?? [];
    assert.ok(example);
    const {port} = server.address() as AddressInfo;
    const code = example
      .replace('http://localhost:11434', `http://127.0.0.1:${port}`)
      .replace("'@chatlet/protocol'", JSON.stringify(new URL('index.ts', import.meta.url).href))
      .replaceAll('console.log', 'said.push');
    const module: unknown = await import(
      `data:text/javascript,${encodeURIComponent(`export const said = [];\n${code}`)}`
    );
    assert.ok(isObject(module) && Array.isArray(module['said']));
    assert.deepEqual(module['said'].slice(-2), ['Hello', 'done']);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
