/** Requests at the border between valid and invalid: allowed statuses, errors in the shape of the path, no secrets. */
import assert from 'node:assert/strict';
import {after, before, suite, test} from 'node:test';
import {Readable} from 'node:stream';
import {createGzip} from 'node:zlib';
import border from '@chatlet/testdata/requests-border.json' with {type: 'json'};
import {type CompatServer, assertSafe, startServer, unlimited, user} from './testing/harness.ts';
import {assertOpenaiError} from './testing/openai-schema.ts';

interface Case {
  readonly path: string;
  readonly name: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly raw?: string;
  readonly expect: {readonly status: readonly number[]; readonly when?: string};
}

const cases: readonly Case[] = border.cases;

/** The body of a recipe. One of a gigabyte is made while it is sent. */
function bodyOf({raw, body}: Case): string | ReadableStream | undefined {
  if (raw === undefined) return body === undefined ? undefined : JSON.stringify(body);
  const [, recipe, count = '0', filler = ''] = /^@(\w+):(\d+):?(.*)$/s.exec(raw) ?? [];
  switch (recipe) {
    case 'repeat':
      return filler.repeat(Number(count));
    case 'messages':
      return JSON.stringify({model: 'm', messages: Array.from({length: Number(count)}, () => user('x').messages[0])});
    case 'nest':
      return '['.repeat(Number(count)) + ']'.repeat(Number(count));
    case 'gzip':
      return gzippedZeros(Number(count));
    default:
      return raw;
  }
}

function gzippedZeros(count: number): ReadableStream {
  const piece = Buffer.alloc(1 << 20);
  const zeros = Readable.from(
    (function* () {
      for (let left = count; left > 0; left -= piece.length) yield piece.subarray(0, left);
    })(),
  );
  const zipped = zeros.pipe(createGzip({level: 1}));
  return Readable.toWeb(zipped) as ReadableStream;
}

async function sent(chat: CompatServer, request: Case): Promise<{readonly response: Response; readonly text: string}> {
  const body = bodyOf(request);
  const response = await fetch(chat.url + request.path, {
    method: request.method,
    headers: request.headers,
    ...(body !== undefined && {body}),
    ...(body instanceof ReadableStream && {duplex: 'half'}),
  });
  return {response, text: await response.text()};
}

/** Errors have the shape of the path. */
function assertErrorOf(path: string, text: string): void {
  const body = JSON.parse(text) as {error: unknown; code?: unknown};
  switch (path) {
    case '/v1/chat/completions':
      assertOpenaiError(body);
      return;
    case '/api/chat':
      assert.equal(typeof body.error, 'string');
      assert.match(String(body.code), /^[A-Z_]+$/);
      return;
    case '/chat/stream':
      assert.equal(typeof body.error, 'string');
      return;
    default:
      assert.ok(body.error);
  }
}

suite('requests at the border between valid and invalid', () => {
  let open: CompatServer;
  let keyed: CompatServer;
  before(async () => {
    open = await startServer(unlimited);
    keyed = await startServer({apiKeys: [{key: 'key-of-alice', plan: 'default'}]});
  });
  after(async () => {
    await open.close();
    await keyed.close();
  });

  for (const request of cases) {
    test(`${request.method} ${request.path}: ${request.name}`, async () => {
      const chat = request.expect.when === undefined ? open : keyed;
      const {response, text} = await sent(chat, request);
      assert.ok(request.expect.status.includes(response.status), `${response.status}: ${text.slice(0, 300)}`);
      assertSafe(text);
      assert.equal(response.headers.get('x-evil'), null);
      assert.doesNotMatch(response.headers.get('x-chat-id') ?? '', /[^\w.:~-]/);
      if (response.status >= 400) {
        assert.match(response.headers.get('content-type') ?? '', /^application\/json/);
        assertErrorOf(request.path, text);
      }
    });
  }

  test('requests at the border reach only the configured upstream, and both servers still answer', async () => {
    for (const chat of [open, keyed]) {
      const health = await chat.get('/healthz');
      assert.deepEqual(await health.json(), {status: 'ok'});
      assert.deepEqual(chat.reported, []);
    }
    for (const {body} of open.requests) assert.equal(JSON.stringify(body).includes('127.0.0.1:1/'), false);
  });
});

/** More requests of the same kinds, on every path. */
const paths = ['/v1/chat/completions', '/api/v1/chat', '/api/chat', '/chat/stream'];
const json = {'content-type': 'application/json'};
const question = {model: 'm', ...user('x')};
const more: readonly (readonly [string, Omit<Case, 'path' | 'name'>])[] = [
  ['text/plain', {method: 'POST', headers: {'content-type': 'text/plain'}, body: question, expect: {status: [415]}}],
  ['no content type', {method: 'POST', headers: {}, body: question, expect: {status: [415]}}],
  [
    'a form',
    {
      method: 'POST',
      headers: {'content-type': 'multipart/form-data; boundary=x'},
      raw: '--x--',
      expect: {status: [415]},
    },
  ],
  [
    'JSON with a charset',
    {
      method: 'POST',
      headers: {'content-type': 'application/json; charset=utf-8'},
      body: question,
      expect: {status: [200]},
    },
  ],
  ['11 MB', {method: 'POST', headers: json, raw: '@repeat:11534336:x', expect: {status: [413]}}],
  ['100 000 arrays', {method: 'POST', headers: json, raw: '@nest:100000', expect: {status: [400]}}],
  ['an empty body', {method: 'POST', headers: json, raw: '', expect: {status: [400]}}],
  ['PUT', {method: 'PUT', headers: json, body: question, expect: {status: [404, 405]}}],
  [
    'a key __proto__',
    {
      method: 'POST',
      headers: json,
      raw: '{"model":"m","__proto__":{"polluted":true},"messages":[{"role":"user","content":"x","__proto__":{"a":1}}]}',
      expect: {status: [200, 400]},
    },
  ],
  [
    'an image of an inner address',
    {
      method: 'POST',
      headers: json,
      body: {
        model: 'm',
        messages: [{role: 'user', content: [{type: 'image_url', image_url: {url: 'http://169.254.169.254/'}}]}],
      },
      expect: {status: [400]},
    },
  ],
];

suite('requests at the border on every path', () => {
  let chat: CompatServer;
  before(async () => {
    chat = await startServer(unlimited);
  });
  after(() => chat.close());

  for (const path of paths) {
    for (const [name, request] of more) {
      test(`${request.method} ${path}: ${name}`, async () => {
        const {response, text} = await sent(chat, {...request, path, name});
        assert.ok(request.expect.status.includes(response.status), `${response.status}: ${text.slice(0, 300)}`);
        assertSafe(text);
        if (response.status >= 400) assertErrorOf(path, text);
        assert.equal('polluted' in {}, false);
      });
    }
  }
});
