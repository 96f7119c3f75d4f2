/** `/v1/chat` and `/api/v1/chat`: answers with their cost, in stored conversations. */
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

suite('/v1/chat', () => {
  test('/v1/chat and /api/v1/chat answer with provider, latency and cost', async () => {
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

  test('system_prompt comes before all other messages', async () => {
    await using chat = await startChat({providers: [echoProvider()]});
    const {choices} = await json<Answer>(await ask(chat, {system_prompt: 'Be brief.\nVery.', max_tokens: 0}));
    const {messages, maxTokens} = echoed(choices[0].message.content);
    assert.deepEqual(messages[0], {role: 'system', parts: [{type: 'text', text: 'Be brief.\nVery.'}]});
    assert.equal(maxTokens, undefined);
  });

  test('/v1/chat streams OpenAI’s chunks, with the cost on the last one', async () => {
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

suite('a conversation of /v1/chat', () => {
  test('a conversation goes on under the owner’s conversation_id, and under ours', async () => {
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

  test('system_prompt and earlier messages reach the model in the first answer of a conversation', async () => {
    await using chat = await startChat({providers: [echoProvider()]});
    const messages = [
      {role: 'system', content: 'Be kind.'},
      {role: 'user', content: 'One?'},
      {role: 'assistant', content: 'First.'},
      {role: 'user', content: 'Two?'},
    ];
    const said = async (more: object) => {
      const {choices} = await json<Answer>(
        await ask(chat, {system_prompt: 'Be brief.', conversation_id: 'a', ...more}),
      );
      return echoed(choices[0].message.content).messages.map(({role, parts: [part]}) =>
        part?.type === 'text' ? `${role}: ${part.text.startsWith('{') ? 'the echo' : part.text}` : role,
      );
    };
    const instructions = ['system: Be brief.', 'system: Be kind.'];
    assert.deepEqual(await said({messages}), [...instructions, 'user: One?', 'assistant: First.', 'user: Two?']);
    // Later answers follow from the stored messages, which begin with the question.
    assert.deepEqual(await said({messages: [...messages.slice(0, 1), {role: 'user', content: 'Three?'}]}), [
      ...instructions,
      'user: Two?',
      'assistant: the echo',
      'user: Three?',
    ]);
  });

  test('a conversation of another owner does not exist', async () => {
    await using chat = await startChat({...keys});
    const {conversation_id} = await json<Answer>(await ask(chat, {conversation_id: 'main'}, alice));
    const response = await ask(chat, {conversation_id}, bob);
    assert.equal(response.status, 404);
    // Each owner has names of its own: the same name is another conversation.
    await ask(chat, {conversation_id: 'main'}, bob);
    assert.deepEqual(chat.upstream.requests.at(-1)?.body?.['messages'], [user]);
  });

  test('a conversation whose last message is not from the user is a 400', async () => {
    await using chat = await startChat();
    const response = await ask(chat, {conversation_id: 'main', messages: [{role: 'assistant', content: 'Hm'}]});
    assert.equal(response.status, 400);
  });
});

suite('a refusal of /v1/chat', () => {
  const wrong: readonly [name: string, body: object, status: number, sentence: RegExp][] = [
    ['a temperature above 2', {temperature: 2.5}, 400, /temperature must not be more than 2/],
    ['an unknown model', {model: 'no-such-model'}, 404, /no model "no-such-model"/],
    ['line ends in a name', {conversation_id: 'a\r\nX-Evil: 1'}, 400, /conversation_id may hold/],
  ];
  for (const [name, body, status, sentence] of wrong) {
    test(`/v1/chat refuses with a sentence in JSON: ${name}`, async () => {
      await using chat = await startChat();
      const response = await ask(chat, body);
      assert.equal(response.status, status);
      assert.match((await json<{error: string}>(response)).error, sentence);
    });
  }

  test('/v1/chat needs a key if keys exist', async () => {
    await using chat = await startChat({...keys});
    assert.equal((await ask(chat)).status, 401);
    assert.equal((await ask(chat, {}, {authorization: 'Bearer nobody-has-this'})).status, 401);
  });

  test('/v1/chat takes as many tokens as the plan allows, and refuses one more by the limit’s name', async () => {
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

  test('a failure of the upstream is a 502 that tells nothing of it', async () => {
    await using chat = await startChat();
    chat.upstream.script(refuses(500, {error: {message: 'canary'}}));
    const response = await ask(chat);
    assert.equal(response.status, 502);
    assert.doesNotMatch(await response.text(), /canary/);
  });
});
