/** `/v1/chat` and `/api/v1/chat`: an answer with its price, in a conversation that the server keeps. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {type TestServer, json, startChat} from '../../../testing/chat-server.ts';
import {echoProvider, echoed} from '../../../testing/echo-provider.ts';
import {refuses} from '../../../testing/upstream.ts';

const user = {role: 'user', content: 'Hi'};
const keys = {
  apiKeys: [
    {key: 'key-of-alice', plan: 'default'},
    {key: 'key-of-bob-1', plan: 'default'},
    {key: 'key-on-trial', plan: 'trial'},
  ],
};
const alice = {authorization: 'Bearer key-of-alice'};
const bob = {authorization: 'Bearer key-of-bob-1'};

interface Answer {
  readonly id: string;
  readonly object: string;
  readonly model: string;
  readonly choices: readonly [{readonly message: {readonly content: string}; readonly finish_reason: string}];
  readonly usage: {readonly total_tokens: number};
  readonly provider: string;
  readonly latency: number;
  readonly cost: number;
  readonly conversation_id?: string;
}

const ask = (chat: TestServer, more: object = {}, headers: Readonly<Record<string, string>> = {}, path = '/v1/chat') =>
  chat.post(path, {messages: [user], ...more}, headers);

suite('an answer with its price', () => {
  test('is the same on both paths, and tells who gave it, how long it took and what it cost', async () => {
    await using chat = await startChat({providers: [echoProvider()]});
    for (const path of ['/v1/chat', '/api/v1/chat']) {
      const {id, object, model, provider, latency, cost, usage, choices} = await json<Answer>(
        await ask(chat, {}, {}, path),
      );
      assert.match(id, /^chat_/);
      assert.deepEqual(
        {object, model, provider, cost, total: usage.total_tokens},
        {object: 'chat.completion', model: 'gpt-4', provider: 'echo', cost: 3.5, total: 3000},
      );
      assert.ok(latency >= 0);
      const {messages: _, ...asked} = echoed(choices[0].message.content);
      assert.deepEqual(asked, {model: 'echo', temperature: 0.7, maxTokens: 1000});
    }
  });

  test('follows the system prompt before all else', async () => {
    await using chat = await startChat({providers: [echoProvider()]});
    const {choices} = await json<Answer>(await ask(chat, {system_prompt: 'Be brief.\nVery.', max_tokens: 0}));
    const {messages, maxTokens} = echoed(choices[0].message.content);
    assert.deepEqual(messages[0], {role: 'system', parts: [{type: 'text', text: 'Be brief.\nVery.'}]});
    assert.equal(maxTokens, undefined);
  });

  test('streams as OpenAI’s do, with the price on the last chunk', async () => {
    await using chat = await startChat({providers: [echoProvider()]});
    for (const more of [{}, {conversation_id: 'main'}]) {
      const text = await (await ask(chat, {stream: true, ...more})).text();
      const chunks = [...text.matchAll(/^data: (\{.*\})$/gm)].map(([, chunk = '']) => JSON.parse(chunk));
      const {provider, cost, latency, usage, choices} = chunks.at(-1);
      assert.deepEqual(
        {provider, cost, usage, reason: choices[0].finish_reason},
        {
          provider: 'echo',
          cost: 3.5,
          usage: {prompt_tokens: 1000, completion_tokens: 2000, total_tokens: 3000},
          reason: 'stop',
        },
      );
      assert.ok(latency >= 0);
      assert.ok(chunks.slice(0, -1).every((chunk) => !('cost' in chunk)));
      assert.ok(text.endsWith('data: [DONE]\n\n'));
    }
  });
});

suite('a conversation', () => {
  test('is remembered under the name that its owner gives it, and under ours', async () => {
    await using chat = await startChat({...keys});
    const first = await json<Answer>(await ask(chat, {conversation_id: 'main'}, alice));
    assert.match(first.conversation_id ?? '', /^chat_/);
    for (const name of ['main', first.conversation_id]) {
      await ask(chat, {conversation_id: name, messages: [{role: 'user', content: 'And now?'}]}, alice);
    }
    const sent = (chat.upstream.requests[2]?.body?.['messages'] ?? []) as readonly {content: string}[];
    assert.deepEqual(
      sent.map(({content}) => content),
      ['Hi', 'You said: Hi', 'And now?', 'You said: And now?', 'And now?'],
    );
  });

  test('of somebody else does not exist', async () => {
    await using chat = await startChat({...keys});
    const {conversation_id} = await json<Answer>(await ask(chat, {conversation_id: 'main'}, alice));
    const response = await ask(chat, {conversation_id}, bob);
    assert.equal(response.status, 404);
    // The name is each owner's own, so under it there is nothing of the other's either.
    await ask(chat, {conversation_id: 'main'}, bob);
    assert.deepEqual(chat.upstream.requests.at(-1)?.body?.['messages'], [user]);
  });

  test('needs a question', async () => {
    await using chat = await startChat();
    const response = await ask(chat, {conversation_id: 'main', messages: [{role: 'assistant', content: 'Hm'}]});
    assert.equal(response.status, 400);
  });
});

suite('a refusal', () => {
  const wrong: readonly [name: string, body: object, status: number, sentence: RegExp][] = [
    ['a temperature above 2', {temperature: 2.5}, 400, /temperature must not be more than 2/],
    ['an unknown model', {model: 'no-such-model'}, 404, /no model "no-such-model"/],
    ['line ends in a name', {conversation_id: 'a\r\nX-Evil: 1'}, 400, /conversation_id may hold/],
  ];
  for (const [name, body, status, sentence] of wrong) {
    test(`is a sentence in JSON: ${name}`, async () => {
      await using chat = await startChat();
      const response = await ask(chat, body);
      assert.equal(response.status, status);
      assert.match((await json<{error: string}>(response)).error, sentence);
    });
  }

  test('is for whoever has no key where there are keys', async () => {
    await using chat = await startChat({...keys});
    assert.equal((await ask(chat)).status, 401);
    assert.equal((await ask(chat, {}, {authorization: 'Bearer nobody-has-this'})).status, 401);
  });

  test('keeps to the plan: its limit is taken, one more is not, and the limit is named', async () => {
    await using chat = await startChat({...keys});
    const trial = {authorization: 'Bearer key-on-trial'};
    const messages = (count: number, length = 1) =>
      Array.from({length: count}, () => ({role: 'user', content: 'x'.repeat(length)}));
    for (const [limit, allowed, beyond] of [
      ['maxTokens', {max_tokens: 500}, {max_tokens: 501}],
      ['maxMessages', {messages: messages(10)}, {messages: messages(11)}],
      ['maxPromptLength', {messages: messages(1, 1000)}, {messages: messages(1, 1001)}],
    ] as const) {
      assert.equal((await ask(chat, allowed, trial)).status, 200, limit);
      const response = await ask(chat, beyond, trial);
      assert.equal(response.status, 400, limit);
      assert.match((await json<{error: string}>(response)).error, new RegExp(limit));
    }
    await ask(chat, {}, trial);
    assert.equal(chat.upstream.requests.at(-1)?.body?.['max_tokens'], 500);
  });

  test('of the upstream is 502, and says nothing of it', async () => {
    await using chat = await startChat();
    chat.upstream.script(refuses(500, {error: {message: 'canary'}}));
    const response = await ask(chat);
    assert.equal(response.status, 502);
    assert.doesNotMatch(await response.text(), /canary/);
  });
});
