/** Reasoning metadata makes its round trip: from the upstream to the client, and from the client to the upstream. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {simulateReadableStream} from 'ai';
import {fromAISDK} from '../../../providers/ai-sdk.ts';
import {anthropic} from '../../../providers/anthropic.ts';
import {type TestServer, json, startChat} from '../../../testing/chat-server.ts';
import {type Exchange, refuses, says} from '../../../testing/upstream.ts';

const path = '/v1/chat/completions';
const user = {role: 'user', content: 'Weather?'};
const tools = [{type: 'function', function: {name: 'weather', parameters: {type: 'object'}}}];
const result = (id: string) => ({role: 'tool', tool_call_id: id, content: 'sunny'});

type Delta = Readonly<Record<string, unknown>>;

/** Answers with these deltas. */
const deltas =
  (...all: readonly Delta[]) =>
  (exchange: Exchange) => {
    const chunks = all.map((delta) => ({object: 'chat.completion.chunk', choices: [{index: 0, delta}]}));
    const finish = {choices: [{index: 0, delta: {}, finish_reason: 'stop'}]};
    exchange.start(200);
    exchange.end([...chunks, finish].map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join(''));
  };

const call = {id: 'A', type: 'function', function: {name: 'weather', arguments: '{}'}};
const calls = (more: object = {}): Delta => ({tool_calls: [{index: 0, ...call, ...more}]});

interface Answer extends Delta {
  readonly tool_calls: readonly {readonly id: string}[];
}

/** The message of the first answer, whole or put together from a stream as clients do. */
async function firstRound(chat: TestServer, stream: boolean): Promise<Answer> {
  const response = await chat.post(path, {model: 'default', messages: [user], tools, stream}, {});
  if (!stream) {
    const {choices} = await json<{choices: readonly {message: Answer}[]}>(response);
    return choices[0]?.message ?? assert.fail('no answer');
  }
  let message: Record<string, unknown> = {role: 'assistant', content: ''};
  for (const [, data = ''] of (await response.text()).matchAll(/^data: (\{.*\})$/gm)) {
    const [choice] = (JSON.parse(data) as {choices: readonly {delta: Delta}[]}).choices;
    for (const [field, value] of Object.entries(choice?.delta ?? {})) {
      const before = message[field];
      if (field === 'role') continue;
      if (typeof value === 'string' && typeof before === 'string') message = {...message, [field]: before + value};
      else if (Array.isArray(value)) message = {...message, [field]: [...((before as unknown[]) ?? []), ...value]};
      else if (value !== null) message = {...message, [field]: value};
    }
  }
  return message as Answer;
}

/** Runs both rounds, and returns the message of the first one that the upstream got in the second. */
async function bothRounds(chat: TestServer, stream: boolean): Promise<Delta> {
  const answer = await firstRound(chat, stream);
  const id = answer.tool_calls[0]?.id ?? '';
  const response = await chat.post(path, {model: 'default', messages: [user, answer, result(id)], tools}, {});
  assert.equal(response.status, 200);
  return answerSent(chat);
}

function answerSent(chat: TestServer): Delta {
  const messages = chat.upstream.requests.at(-1)?.body?.['messages'] as readonly Delta[];
  return messages.find(({role}) => role === 'assistant') ?? assert.fail('no answer was sent');
}

suite('reasoning that an upstream wants back', () => {
  const detail = {type: 'reasoning.text', text: 'Let me ', format: 'anthropic-claude-v1', index: 0};
  const whole = {...detail, text: 'Let me look.', signature: 'SIG=='};
  const encrypted = {type: 'reasoning.encrypted', data: 'XYZ', index: 1};
  const cases: Readonly<Record<string, readonly [upstream: readonly Delta[], expected: Delta]>> = {
    'T2-03: reasoning_content': [
      [{reasoning_content: 'Let me '}, {reasoning_content: 'look.'}, calls()],
      {reasoning_content: 'Let me look.'},
    ],
    'T2-04: a signature of a call': [
      [calls({extra_content: {google: {thought_signature: 'SIG=='}}})],
      {tool_calls: [{extra_content: {google: {thought_signature: 'SIG=='}}, ...call}]},
    ],
    'T2-04: another field of a call': [
      [calls({provider_specific_fields: {thought_signature: 'S'}})],
      {tool_calls: [{provider_specific_fields: {thought_signature: 'S'}, ...call}]},
    ],
    'T2-04: details with a signature in pieces': [
      [
        {reasoning_content: 'Let me ', reasoning_details: [detail]},
        {reasoning_content: 'look.', reasoning_details: [{type: detail.type, text: 'look.', index: 0}]},
        {reasoning_details: [{type: detail.type, signature: 'SIG==', index: 0}]},
        calls(),
      ],
      {reasoning_content: 'Let me look.', reasoning_details: [whole]},
    ],
    'T2-04: encrypted details without a text': [
      [{reasoning_details: [encrypted]}, calls()],
      {reasoning_details: [encrypted]},
    ],
  };
  for (const [name, [upstream, expected]] of Object.entries(cases)) {
    for (const stream of [true, false]) {
      test(`${name} makes the round trip through ${stream ? 'a stream' : 'a whole answer'}`, async () => {
        await using chat = await startChat();
        chat.upstream.script(deltas(...upstream));
        const sent = await bothRounds(chat, stream);
        const {reasoning_content, reasoning_details, tool_calls} = sent;
        const fields = {reasoning_content, reasoning_details, ...('tool_calls' in expected && {tool_calls})};
        assert.deepEqual(JSON.parse(JSON.stringify(fields)), expected);
      });
    }
  }

  test('T2-03: reasoning goes back under the name under which the client sends it, with and without a call', async () => {
    await using chat = await startChat();
    for (const field of ['reasoning_content', 'reasoning']) {
      const messages = [user, {role: 'assistant', content: 'Hi', [field]: 'Hm.'}, user];
      await chat.post(path, {model: 'default', messages}, {});
      assert.equal(answerSent(chat)[field], 'Hm.');
    }
  });

  test('T2-03: a kept answer with a tool call gives its reasoning back under its name, and one without does not', async () => {
    await using chat = await startChat();
    chat.upstream.script(deltas({reasoning: 'Let me look.'}, calls()));
    const {chatId} = await chat.ask('Weather?');
    await chat.ask('And?', {chatId});
    assert.equal(answerSent(chat)['reasoning'], 'Let me look.');
    chat.upstream.script(deltas({reasoning: 'Hm.'}, {content: 'Hi'}));
    const other = await chat.ask('Hello');
    await chat.ask('And?', {chatId: other.chatId});
    assert.equal('reasoning' in answerSent(chat), false);
  });

  test('T2-04: pages get none of it, neither in the stream nor in the history', async () => {
    await using chat = await startChat();
    const signed = {extra_content: {google: {thought_signature: 'SIG=='}}};
    chat.upstream.script(deltas({reasoning: 'Hm.', reasoning_details: [encrypted]}, calls(signed)));
    const {chatId, events} = await chat.ask('Weather?');
    const shown = JSON.stringify([events, await chat.messages(chatId)]);
    assert.doesNotMatch(shown, /SIG|XYZ|etadata/);
    await chat.ask('And?', {chatId});
    assert.match(JSON.stringify(answerSent(chat)), /SIG==.*|XYZ/);
  });

  test('T2-03: an upstream that does not know these fields is asked again without them, and then never with them', async () => {
    await using chat = await startChat();
    const error = {message: "Unknown parameter: 'messages[1].reasoning_content'.", type: 'invalid_request_error'};
    chat.upstream.script(refuses(400, {error}), says('Hi'));
    const messages = [user, {role: 'assistant', content: 'Hi', reasoning_content: 'Hm.'}, user];
    assert.equal((await chat.post(path, {model: 'default', messages}, {})).status, 200);
    assert.equal((await chat.post(path, {model: 'default', messages}, {})).status, 200);
    const sent = chat.upstream.requests.map(({body}) => JSON.stringify(body).includes('reasoning_content'));
    assert.deepEqual(sent, [true, false, false]);
  });
});

suite('T2-04: the signature of a call by a Gemini model of the AI SDK', () => {
  const signed = {google: {thoughtSignature: 'SIG=='}};
  const parts = [
    {type: 'tool-call', toolCallId: 'A', toolName: 'weather', input: '{}', providerMetadata: signed},
    {type: 'finish', finishReason: {unified: 'tool-calls', raw: 'STOP'}, usage: {}},
  ];
  for (const stream of [true, false]) {
    test(`T2-04: it makes the round trip to the client through ${stream ? 'a stream' : 'a whole answer'}`, async () => {
      const prompts: (readonly {readonly role: string; readonly content: unknown}[])[] = [];
      const model = {
        specificationVersion: 'v4',
        provider: 'google.generative-ai',
        modelId: 'gemini-3-pro',
        async doStream({prompt}: {prompt: (typeof prompts)[number]}) {
          prompts.push(prompt);
          return {stream: simulateReadableStream({chunks: parts, initialDelayInMs: null, chunkDelayInMs: null})};
        },
      };
      await using chat = await startChat({providers: [fromAISDK(model)], defaultModel: 'gemini-3-pro'});
      const answer = await firstRound(chat, stream);
      const [asked] = answer.tool_calls;
      assert.deepEqual(asked && {...asked, index: 0}, {
        index: 0,
        ...call,
        extra_content: {google: {thought_signature: 'SIG=='}},
      });
      const messages = [user, answer, result('A')];
      assert.equal((await chat.post(path, {model: 'default', messages, tools}, {})).status, 200);
      assert.deepEqual(prompts[1]?.find(({role}) => role === 'assistant')?.content, [
        {type: 'tool-call', toolCallId: 'A', toolName: 'weather', input: {}, providerOptions: signed},
      ]);
    });
  }
});

suite("Anthropic's thoughts", () => {
  const thinking = {type: 'enabled', budget_tokens: 1024} as const;
  const blocks = [
    {type: 'content_block_start', index: 0, content_block: {type: 'thinking', thinking: ''}},
    {type: 'content_block_delta', index: 0, delta: {type: 'thinking_delta', thinking: 'Let me look.'}},
    {type: 'content_block_delta', index: 0, delta: {type: 'signature_delta', signature: 'SIG=='}},
    {type: 'content_block_stop', index: 0},
    {type: 'content_block_start', index: 1, content_block: {type: 'redacted_thinking', data: 'XYZ'}},
    {type: 'content_block_stop', index: 1},
    {type: 'content_block_start', index: 2, content_block: {type: 'tool_use', id: 'A', name: 'weather', input: {}}},
    {type: 'content_block_stop', index: 2},
    {type: 'message_delta', delta: {stop_reason: 'tool_use'}},
    {type: 'message_stop'},
  ];
  const thinks = (exchange: Exchange) => {
    exchange.start(200);
    exchange.end(blocks.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(''));
  };
  const expected = [
    {type: 'thinking', thinking: 'Let me look.', signature: 'SIG=='},
    {type: 'redacted_thinking', data: 'XYZ'},
    {type: 'tool_use', id: 'A', name: 'weather', input: {}},
  ];

  async function start() {
    const chat = await startChat();
    const asked = anthropic({apiKey: 'k', baseUrl: chat.upstream.baseUrl, thinking});
    const provider = {...asked, models: async () => [{id: 'm', name: 'M'}]};
    const own = await startChat({providers: [provider]});
    return {
      own,
      upstream: chat.upstream,
      sent: () => chat.upstream.requests.at(-1)?.body,
      async [Symbol.asyncDispose]() {
        await own.close();
        await chat.close();
      },
    };
  }

  for (const stream of [true, false]) {
    test(`T2-04: signed and redacted thoughts of Anthropic's make the round trip, ${stream ? 'streamed' : 'whole'}`, async () => {
      await using at = await start();
      at.upstream.script(thinks, thinks);
      const answer = await firstRound(at.own, stream);
      await at.own.post(path, {model: 'default', messages: [user, answer, result('A')], tools}, {});
      const messages = at.sent()?.['messages'] as readonly {readonly content: unknown}[];
      assert.deepEqual(messages[1]?.content, expected);
      assert.deepEqual(at.sent()?.['thinking'], thinking, 'The model goes on with thinking.');
    });
  }

  test('T2-04: a kept answer gives Anthropic its thoughts back, and nobody else', async () => {
    await using at = await start();
    at.upstream.script(thinks, thinks);
    const {chatId} = await at.own.ask('Weather?');
    await at.own.ask('And?', {chatId});
    const messages = at.sent()?.['messages'] as readonly {readonly content: unknown}[];
    assert.deepEqual(messages[1]?.content, expected);
    await using other = await startChat();
    const details = [{type: 'reasoning.text', text: 'Hm', signature: 'SIG==', id: 'anthropic'}];
    const kept = {role: 'assistant', content: '', reasoning_details: details, tool_calls: [call]};
    await other.post(path, {model: 'default', messages: [user, kept, result('A')], tools}, {});
    assert.doesNotMatch(JSON.stringify(answerSent(other)), /SIG/);
  });
});
