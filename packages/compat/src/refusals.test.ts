/** If an upstream refuses before its first word, every path refuses alike: with its status and its Retry-After. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {delta, done, pause, refuses} from '../../server/src/testing/upstream.ts';
import {type CompatServer, assertSafe, jsonOf, postJson, startServer, user} from './testing/harness.ts';

interface Mount {
  readonly name: string;
  readonly path: string;
  readonly body: object;
  readonly protocol?: string;
  /** The message and other fields of the body. */
  readonly says: (body: {readonly error: unknown; readonly code?: string; readonly retryAfter?: number}) => unknown;
  readonly told: unknown;
  /** Whether the question is stored. */
  readonly kept?: boolean;
}

const hi = [{id: 'm1', role: 'user', content: 'Hi', parts: [{type: 'text', text: 'Hi'}]}];
const capital = {says: ({code, retryAfter}) => [code, retryAfter], told: ['RATE_LIMITED', 60]} satisfies Partial<Mount>;
const own = {says: ({code, retryAfter}) => [code, retryAfter], told: ['rate-limited', 60]} satisfies Partial<Mount>;
const openai = {
  says: ({error}) => error,
  told: {
    message: 'Too many requests. Wait a moment.',
    type: 'rate_limit_error',
    param: null,
    code: 'rate_limit_exceeded',
  },
} satisfies Partial<Mount>;

const mounts: readonly Mount[] = [
  {name: 'a small stream', path: '/chat/stream', body: user('Hi'), says: (body) => body.retryAfter, told: 60},
  {
    name: 'completions, streamed',
    path: '/v1/chat/completions',
    body: {model: 'm', stream: true, ...user('Hi')},
    ...openai,
  },
  {name: 'completions, whole', path: '/v1/chat/completions', body: {model: 'm', ...user('Hi')}, ...openai},
  {name: 'a priced answer, streamed', path: '/api/v1/chat', body: {stream: true, ...user('Hi')}, ...own},
  {name: 'a priced answer, whole', path: '/api/v1/chat', body: user('Hi'), ...own},
  {
    name: 'a kept conversation, streamed',
    path: '/api/v1/chat',
    body: {stream: true, conversation_id: 'c1', ...user('Hi')},
    ...own,
    kept: true,
  },
  {
    name: 'a kept conversation, whole',
    path: '/v1/chat',
    body: {conversation_id: 'c1', ...user('Hi')},
    ...own,
    kept: true,
  },
  {name: 'typed events', path: '/api/chat', body: user('Hi'), ...capital, kept: true},
  {
    name: "the page's own protocol",
    path: '/api/chat',
    protocol: 'chatlet',
    body: {message: {id: 'm1', text: 'Hi'}},
    ...own,
    kept: true,
  },
  {
    name: 'UI message stream',
    path: '/api/chat',
    body: {id: 'c1', trigger: 'submit-message', messages: hi},
    ...capital,
    kept: true,
  },
  {name: 'lines of AI SDK 4', path: '/api/chat', body: {id: 'c1', messages: hi}, ...capital, kept: true},
  {
    name: 'Ollama',
    path: '/api/chat',
    protocol: 'ollama',
    body: {model: 'm', ...user('Hi')},
    says: ({error}) => error,
    told: 'Too many requests. Wait a moment.',
  },
];

function ask(chat: CompatServer, {path, body, protocol}: Mount): Promise<Response> {
  return postJson(chat, path, body, {headers: protocol === undefined ? {} : {'x-chat-protocol': protocol}});
}

suite('a 429 of the upstream before its first word', () => {
  for (const mount of mounts) {
    test(`a 429 of the upstream is a 429 here: ${mount.name}`, async () => {
      await using chat = await startServer({ollama: true, heartbeat: 600_000});
      chat.script(refuses(429, {error: {message: 'canary of the upstream'}}, {'retry-after': '60'}));
      const response = await ask(chat, mount);
      assert.equal(response.headers.get('retry-after'), '60');
      const body = await jsonOf<Parameters<Mount['says']>[0]>(response, 429);
      assert.deepEqual(mount.says(body), mount.told);
      assertSafe(JSON.stringify(body));
      assert.doesNotMatch(JSON.stringify(body), /canary/);
      if (!mount.kept) return;
      const chatId = response.headers.get('x-chat-id');
      const messages = await jsonOf<{id: string; content: string; error?: {code: string; retryAfter: number}}[]>(
        await chat.get(`/api/chats/${chatId}/messages`),
      );
      assert.deepEqual(
        messages.map(({content, error}) => [content, error?.code, error?.retryAfter]),
        [
          ['Hi', undefined, undefined],
          ['', 'rate-limited', 60],
        ],
      );
      if (mount.path === '/api/chat') assert.equal(response.headers.get('x-message-id'), messages[1]?.id);
    });
  }
});

suite('models that think for long', () => {
  for (const mount of mounts) {
    if (mount.name.endsWith('whole')) continue;
    test(`a model that thinks for long has its stream begun, and an error is inside it: ${mount.name}`, async () => {
      await using chat = await startServer({ollama: true, heartbeat: 40});
      const silent = pause();
      chat.script(async (exchange) => {
        await silent.here();
        await refuses(429, {error: {message: 'canary of the upstream'}}, {'retry-after': '60'})(exchange);
      });
      const response = await ask(chat, mount);
      assert.equal(response.status, 200);
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
      assert.ok(reader);
      let text = '';
      if (response.headers.get('content-type')?.startsWith('text/event-stream')) {
        // Keep-alive comments come from the beginning, again and again.
        while (text.split(':\n\n').length < 4) text += (await reader.read()).value ?? assert.fail(text);
      }
      silent.go();
      for (let step = await reader.read(); !step.done; step = await reader.read()) text += step.value;
      assert.match(text, /Too many requests|rate-limited|RATE_LIMITED|Rate limit exceeded/);
      assert.doesNotMatch(text, /canary/);
    });
  }
});

test('text before an error is an answer with status 200', async () => {
  for (const mount of mounts) {
    await using chat = await startServer({ollama: true});
    chat.script((exchange) => {
      exchange.end(`${delta('Half an ')}data: {"error":{"message":"canary"}}\n\n`);
    });
    if (mount.name.endsWith('whole')) continue;
    const response = await ask(chat, mount);
    assert.equal(response.status, 200, mount.name);
    assert.match(await response.text(), /Half an /, mount.name);
    // A repetition of the request gets that, too.
    if (mount.name !== "the page's own protocol") continue;
    const again = await ask(chat, mount);
    assert.equal(again.status, 200);
    assert.match(await again.text(), /Half an .*provider-error/s);
  }
});

suite('questions without an answer', () => {
  const {path, body, protocol} = mounts.find(({name}) => name === "the page's own protocol") ?? assert.fail();
  const send = (chat: CompatServer) =>
    postJson(chat, path, body, {headers: {'x-chat-protocol': protocol ?? assert.fail()}});

  test('a question without an answer is asked again under the same id, once for all requests', async () => {
    await using chat = await startServer({heartbeat: 600_000});
    const writing = pause();
    chat.script(refuses(503, {}), async (exchange) => {
      await exchange.write(delta('At '));
      await writing.here();
      exchange.end(delta('last') + done());
    });
    const refused = await send(chat);
    await jsonOf(refused, 502);
    const together = await Promise.all([send(chat), send(chat), send(chat)]);
    writing.go();
    const texts = await Promise.all([...together, await send(chat)].map((response) => response.text()));
    for (const text of texts) assert.match(text, /At .*last.*message-end/s);
    assert.equal(chat.requests.length, 2);
    const messages = await jsonOf<{content: string}[]>(
      await chat.get(`/api/chats/${refused.headers.get('x-chat-id')}/messages`),
    );
    assert.deepEqual(
      messages.map(({content}) => content),
      ['Hi', 'At last'],
    );
  });

  test('a question that is asked again keeps the earlier turns that its client sent', async () => {
    await using chat = await startServer({heartbeat: 600_000});
    chat.script(refuses(503, {}));
    const said = [
      {id: 'm1', role: 'user', parts: [{type: 'text', text: 'I am Ada.'}]},
      {id: 'm2', role: 'assistant', parts: [{type: 'text', text: 'Hello Ada.'}]},
      {id: 'm3', role: 'user', parts: [{type: 'text', text: 'Who am I?'}]},
    ];
    const asking = () => postJson(chat, '/api/chat', {id: 'c1', trigger: 'submit-message', messages: said});
    await jsonOf(await asking(), 502);
    assert.equal((await asking()).status, 200);
    assert.deepEqual(
      chat.told.map(({content}) => content),
      ['I am Ada.', 'Hello Ada.', 'Who am I?'],
    );
  });

  test('a corrected question without an answer is asked again, too', async () => {
    await using chat = await startServer({heartbeat: 600_000});
    const first = await send(chat);
    await first.text();
    const chatId = first.headers.get('x-chat-id');
    const [question] = await jsonOf<{id: string}[]>(await chat.get(`/api/chats/${chatId}/messages`));
    const corrected = {chatId, trigger: 'edit', replaceFrom: question?.id, message: {id: 'm2', text: 'Hi there'}};
    chat.script(refuses(503, {}));
    await jsonOf(await postJson(chat, path, corrected, {headers: {'x-chat-protocol': 'chatlet'}}), 502);
    const again = await postJson(chat, path, corrected, {headers: {'x-chat-protocol': 'chatlet'}});
    assert.equal(again.status, 200);
    await again.text();
    const messages = await jsonOf<{content: string; role: string}[]>(await chat.get(`/api/chats/${chatId}/messages`));
    assert.deepEqual(
      messages.map(({role}) => role),
      ['user', 'assistant'],
    );
    assert.equal(messages[0]?.content, 'Hi there');
  });
});
