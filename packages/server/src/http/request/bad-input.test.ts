/** Wrong requests are refused with the right status and one clear sentence, and the server stays up. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {gzipSync} from 'node:zlib';
import borderCases from '@chatlet/testdata/requests-border.json' with {type: 'json'};
import {type TestServer, answered, json, ownProtocol, startChat} from '../../testing/chat-server.ts';

interface Refusal {
  readonly error: string;
  readonly code: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Checks that a refusal is JSON with a sentence: no page, no stack, no path of our files. */
async function refusal(response: Response): Promise<Refusal> {
  assert.match(response.headers.get('content-type') ?? '', /^application\/json/);
  const text = await response.text();
  assert.doesNotMatch(text, /<html|at .*\(|node_modules|\.ts\b/);
  const body = JSON.parse(text);
  assert.match(body.error, /^\w[^\n]*\.$/);
  assert.equal(typeof body.code, 'string');
  return body;
}

async function staysUp(chat: TestServer): Promise<void> {
  assert.equal((await chat.ask('Still there?')).text, 'You said: Still there?');
}

const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;

suite('a body that is nested deep', () => {
  const paths = ['/api/chat', '/chat/stream', '/v1/chat/completions', '/api/v1/chat'];
  const call = (levels: number) => ({
    role: 'assistant',
    tool_calls: [{id: 'c', type: 'function', function: {name: 'find', arguments: deep(levels)}}],
  });
  for (const path of paths) {
    test(`a deeply nested body is refused by ${path}, with an Idempotency-Key, too`, async () => {
      await using chat = await startChat();
      for (const field of ['metadata', 'tools', 'response_format']) {
        const body = `{"model":"m","messages":[{"role":"user","content":"Hi"}],"${field}":${deep(10_000)}}`;
        const headers = {'content-type': 'application/json', 'idempotency-key': 'once'};
        const response = await fetch(chat.url + path, {method: 'POST', headers, body});
        assert.equal(response.status, 400);
        assert.match(await response.text(), /The body is nested too deep\./);
      }
      await staysUp(chat);
    });
  }

  test('a body may have 200 levels of nesting inside it and no more', async () => {
    await using chat = await startChat();
    for (const [levels, status] of [
      [200, 200],
      [201, 400],
    ] as const) {
      const body = `{"model":"test-model","messages":[{"role":"user","content":"Hi"}],"metadata":${deep(levels)}}`;
      const headers = {'content-type': 'application/json'};
      const response = await fetch(`${chat.url}/v1/chat/completions`, {method: 'POST', headers, body});
      await response.body?.cancel();
      assert.equal(response.status, status, `${levels} levels`);
    }
  });

  test('deep nesting inside a string is no nesting of the body', async () => {
    await using chat = await startChat();
    const messages = [{role: 'user', content: 'Hi'}, call(100_000), {role: 'tool', tool_call_id: 'c', content: 'x'}];
    const response = await chat.post('/v1/chat/completions', {model: 'test-model', messages}, {});
    assert.equal(response.status, 200);
    const [, told] = (chat.upstream.first.body?.['messages'] ?? []) as {
      tool_calls: {function: {arguments: string}}[];
    }[];
    assert.equal(told?.tool_calls[0]?.function.arguments, deep(100_000));
  });
});

suite('wrong requests to POST /api/chat', () => {
  const user = {role: 'user', content: 'x'};
  const wrong: readonly [name: string, body: unknown, status: number, sentence: RegExp][] = [
    ['a list', [], 400, /The body must be an object/],
    ['no messages', {}, 400, /messages must be an array/],
    ['messages that are no list', {messages: 'Hi'}, 400, /messages must be an array/],
    ['an empty list of messages', {messages: []}, 400, /messages must not be empty/],
    ['a message of nothing', {messages: [null]}, 400, /messages\[0\] must be an object/],
    ['content that is a number', {messages: [{role: 'user', content: 5}]}, 400, /messages\[0\]\.content must be/],
    ['an unknown role', {messages: [{role: 'root', content: 'x'}]}, 400, /messages\[0\]\.role must be "system" or/],
    ['an empty question', {messages: [{role: 'user', content: ' '}]}, 400, /must say something/],
    ['a last word of the model', {messages: [user, {role: 'assistant', content: 'y'}]}, 400, /must be from the user/],
    ['a temperature above 2', {messages: [user], temperature: 2.01}, 400, /temperature must not be more than 2/],
    ['a temperature below 0', {messages: [user], temperature: -0.01}, 400, /temperature must not be less than 0/],
    ['a temperature in words', {messages: [user], temperature: 'hot'}, 400, /temperature must be a number/],
    ['topP above 1', {messages: [user], topP: 1.1}, 400, /topP must not be more than 1/],
    ['a negative length', {messages: [user], max_tokens: -1}, 400, /max_tokens must not be less than 0/],
    ['a model that is no name', {messages: [user], model: 7}, 400, /model must be a string/],
    ['an unknown model', {messages: [user], model: 'no-such-model'}, 404, /no model "no-such-model"/],
    ['an unknown chat', {messages: [user], chatId: 'chat_unknown'}, 404, /no such chat/],
    ['line ends in a chat id', {messages: [user], chatId: 'a\r\nX-Evil: 1'}, 400, /chatId may hold letters/],
    [
      'ten thousand and one messages',
      {messages: Array.from({length: 10_001}, () => user)},
      400,
      /not have more than 10000 entries/,
    ],
    [
      'a file from anywhere',
      {messages: [{role: 'user', parts: [{type: 'file', url: 'http://169.254.169.254/', mediaType: 'image/png'}]}]},
      400,
      /url must be an https: or data: URL/,
    ],
  ];
  for (const [name, body, status, sentence] of wrong) {
    test(name, async () => {
      await using chat = await startChat();
      const response = await fetch(`${chat.url}/api/chat`, {
        method: 'POST',
        headers: {'content-type': 'application/json'},
        body: JSON.stringify(body),
      });
      assert.equal(response.status, status);
      assert.equal(response.headers.get('x-evil'), null);
      assert.match((await refusal(response)).error, sentence);
      assert.deepEqual(chat.upstream.requests, []);
      assert.deepEqual(chat.reported, []);
      await staysUp(chat);
    });
  }

  const unreadable: readonly [name: string, init: RequestInit, status: number, code: string][] = [
    ['what is not JSON', {headers: {'content-type': 'application/json'}, body: '{"messages":'}, 400, 'INVALID_REQUEST'],
    ['text', {headers: {'content-type': 'text/plain'}, body: '{}'}, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['a form', {body: new URLSearchParams({messages: 'x'})}, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['an unnamed type', {body: new Blob(['{}'])}, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    [
      'another encoding',
      {headers: {'content-type': 'application/json; charset=latin1'}, body: '{}'},
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    ['11 MB', {headers: {'content-type': 'application/json'}, body: `"${'x'.repeat(11_000_000)}"`}, 413, 'TOO_LARGE'],
    [
      'a compressed giant',
      {
        headers: {'content-type': 'application/json', 'content-encoding': 'gzip'},
        body: new Blob([gzipSync(Buffer.alloc(50_000_000))]),
      },
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    ],
  ];
  for (const [name, init, status, code] of unreadable) {
    test(name, async () => {
      await using chat = await startChat();
      const response = await fetch(`${chat.url}/api/chat`, {method: 'POST', ...init});
      assert.equal(response.status, status);
      const refused = await refusal(response);
      assert.equal(refused.code.toUpperCase().replaceAll('-', '_'), code);
      await staysUp(chat);
    });
  }

  test('an error of /api/chat has the form of the protocol that was asked', async () => {
    await using chat = await startChat();
    const body = {messages: [user], model: 'none'};
    const own = await refusal(await chat.post('/api/chat', body, ownProtocol));
    assert.deepEqual([own.code, own.details], ['model-not-found', {availableModels: ['test-model']}]);
    const capital = await refusal(await chat.post('/api/chat', body, {}));
    assert.deepEqual([capital.code, capital.details], ['INVALID_MODEL', {availableModels: ['test-model']}]);
    const unknown = await refusal(await chat.post('/api/chat?protocol=smoke-signals', body, {}));
    assert.match(unknown.error, /protocol must be one of chatlet, /);
  });

  test('/api/chat refuses too long a conversation before any stream, with both lengths', async () => {
    await using chat = await startChat({models: [{id: 'test-model', contextLength: 100}]});
    const body = {messages: [{role: 'user', content: 'word '.repeat(200)}]};
    const response = await chat.post('/api/chat', body, {});
    assert.equal(response.status, 413);
    assert.deepEqual(await refusal(response), {
      error: 'The conversation has about 254 tokens; this model reads 100.',
      code: 'CONTEXT_TOO_LONG',
      details: {maxLength: 100, requestLength: 254},
    });
  });

  for (const {name, method, headers, body, raw, expect} of borderCases.cases.filter(
    (each) => each.path === '/api/chat' && !('when' in each.expect),
  ) as readonly {
    name: string;
    method: string;
    headers: Record<string, string>;
    body?: unknown;
    raw?: string;
    expect: {status: readonly number[]};
  }[]) {
    test(`/api/chat with a borderline request: ${name}`, async () => {
      await using chat = await startChat({aliases: {m: 'test-model'}});
      const sent =
        raw === undefined
          ? method === 'GET'
            ? undefined
            : JSON.stringify(body)
          : raw.startsWith('@messages')
            ? JSON.stringify({messages: Array.from({length: Number(raw.split(':')[1])}, () => user)})
            : raw.startsWith('@gzip')
              ? new Blob([gzipSync(Buffer.alloc(Math.min(50_000_000, Number(raw.split(':')[1]))))])
              : raw;
      const response = await fetch(`${chat.url}/api/chat`, {method, headers, ...(sent !== undefined && {body: sent})});
      assert.ok(expect.status.includes(response.status), String(response.status));
      assert.equal(response.headers.get('x-evil'), null);
      await response.body?.cancel();
      assert.ok(chat.upstream.requests.length <= 1);
      await staysUp(chat);
    });
  }
});

suite('wrong requests to other paths', () => {
  test('an unknown path is a 404 in JSON', async () => {
    await using chat = await startChat();
    for (const path of ['/api/nothing', '/api/chat', '/api', '/nothing', '/api/chats/%E0%A4%A', '/../../etc/passwd']) {
      const response = await chat.get(path);
      assert.ok([400, 404].includes(response.status), `${path} ${response.status}`);
      await refusal(response);
    }
  });

  test('wrong queries are a 400 with a sentence', async () => {
    await using chat = await startChat();
    const {chatId} = await chat.ask('Hi');
    for (const [path, sentence] of [
      ['/api/chats?limit=0', /limit must not be less than 1/],
      ['/api/chats?limit=many', /limit must be a number/],
      ['/api/chats?limit=201', /limit must not be more than 200/],
      ['/api/chats?cursor=made-up', /\.$/],
      [`/api/chat/${chatId}/stream?after=-1`, /after must not be less than 0/],
      [`/api/chat/${chatId}/stream?after=x`, /after must be a number/],
    ] as const) {
      const response = await chat.get(path);
      assert.equal(response.status, 400, path);
      assert.match((await refusal(response)).error, sentence);
    }
  });

  test('an empty or too long title is a 400', async () => {
    await using chat = await startChat();
    const {chatId} = await chat.ask('Hi');
    for (const body of [{}, {title: ''}, {title: '  '}, {title: 5}, {title: 'x'.repeat(501)}]) {
      const response = await fetch(`${chat.url}/api/chats/${chatId}`, {
        method: 'PATCH',
        headers: {'content-type': 'application/json'},
        body: JSON.stringify(body),
      });
      assert.equal(response.status, 400);
      assert.match((await refusal(response)).error, /title|body/i);
    }
  });

  test('__proto__ and its kin in a body change nothing', async () => {
    await using chat = await startChat();
    const response = await fetch(`${chat.url}/api/chat`, {
      method: 'POST',
      headers: {'content-type': 'application/json'},
      body: '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"messages":[{"role":"user","content":"x"}]}',
    });
    assert.equal((await answered(response)).text, 'You said: x');
    assert.equal('polluted' in {}, false);
  });
});

suite('failures of the upstream', () => {
  test('a failure of the upstream reaches readers as code and safe sentence, and the operator in full', async () => {
    await using chat = await startChat();
    const {refuses} = await import('../../testing/upstream.ts');
    const secret = {error: {message: 'Incorrect API key provided: sk-canary-1234567890'}};
    chat.upstream.script(refuses(401, secret), refuses(429, {}, {'retry-after': '30'}));
    const first = await chat.ask('Hi');
    assert.deepEqual([first.answer.status, first.answer.error?.code], ['failed', 'provider-error']);
    assert.ok(!JSON.stringify([first, await chat.messages(first.chatId)]).includes('canary'));
    assert.equal(chat.reported.length, 1);
    const second = await chat.ask('Hi', {chatId: first.chatId});
    assert.deepEqual([second.answer.error?.code, second.answer.error?.retryAfter], ['rate-limited', 30]);
    const list = await json<object>(await chat.get('/api/models'));
    assert.ok(!JSON.stringify(list).includes('canary'));
  });
});
