/** Usage in all its parts, and text that is taken back: from the model to the client, the history and the costs. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import type {ChatEvent} from '@chatlet/protocol';
import type {Provider} from '../../../engine/provider.ts';
import {json, startChat} from '../../../testing/chat-server.ts';

const path = '/v1/chat/completions';
const question = {model: 'default', messages: [{role: 'user', content: 'Hi'}]};

/** Answers everything with these events. */
function saying(events: readonly ChatEvent[]): Provider {
  const pricing = {prompt: 0.01, completion: 0.1, cachedPrompt: 0.001};
  return {
    id: 'scripted',
    models: async () => [{id: 'm', name: 'M', pricing}],
    async *answer() {
      for (const event of events) yield [event];
    },
  };
}

const end: ChatEvent = {type: 'message-end', reason: 'stop'};

suite('usage in all its parts', () => {
  const usage: ChatEvent = {
    type: 'usage',
    promptTokens: 1000,
    completionTokens: 100,
    cachedTokens: 600,
    cacheWriteTokens: 50,
    reasoningTokens: 70,
  };
  const events: readonly ChatEvent[] = [{type: 'text-delta', delta: 'Hi'}, usage, end];
  const printed = {
    prompt_tokens: 1000,
    completion_tokens: 100,
    total_tokens: 1100,
    prompt_tokens_details: {cached_tokens: 600, cache_write_tokens: 50},
    completion_tokens_details: {reasoning_tokens: 70},
  };

  test("T2-19: cached and reasoning tokens reach OpenAI's clients, in a stream and in a whole answer", async () => {
    await using chat = await startChat({providers: [saying(events)]});
    const whole = await json<{usage: object}>(await chat.post(path, question, {}));
    assert.deepEqual(whole.usage, printed);
    const options = {stream: true, stream_options: {include_usage: true}};
    const stream = await (await chat.post(path, {...question, ...options}, {})).text();
    const last = stream.split('\n\n').at(-3)?.slice(6) ?? '';
    assert.deepEqual((JSON.parse(last) as {usage: object}).usage, printed);
  });

  test('T2-19: cached and reasoning tokens are summed over several answers', async () => {
    await using chat = await startChat({providers: [saying(events)]});
    const whole = await json<{usage: object}>(await chat.post(path, {...question, n: 2}, {}));
    assert.deepEqual(whole.usage, {
      prompt_tokens: 2000,
      completion_tokens: 200,
      total_tokens: 2200,
      prompt_tokens_details: {cached_tokens: 1200, cache_write_tokens: 100},
      completion_tokens_details: {reasoning_tokens: 140},
    });
  });

  test('T2-19: /api/usage and its cost tell cached tokens apart', async () => {
    await using chat = await startChat({providers: [saying(events)]});
    const {chatId, answer} = await chat.ask('Hi');
    assert.deepEqual([answer.usage?.cachedTokens, answer.usage?.reasoningTokens], [600, 70]);
    const [record] = await json<readonly Record<string, unknown>[]>(await chat.get('/api/usage'));
    assert.ok(record);
    assert.equal(record['chatId'], chatId);
    assert.deepEqual([record['cachedTokens'], record['cacheWriteTokens'], record['reasoningTokens']], [600, 50, 70]);
    // 400 at 0.01, 600 at 0.001, 100 at 0.1 for each 1000.
    assert.equal(record['cost'], 0.0146);
    const [sum] = await json<readonly Record<string, unknown>[]>(await chat.get('/api/usage?group=day'));
    assert.equal(sum?.['cachedTokens'], 600);
  });
});

suite('text that is taken back', () => {
  const events: readonly ChatEvent[] = [
    {type: 'text-delta', delta: 'I look. '},
    {type: 'tool-call', callId: 'c', name: 'weather', input: {}},
    {type: 'tool-result', callId: 'c', output: 'sunny'},
    {type: 'text-delta', delta: 'bad words'},
    {type: 'text-reset'},
    {type: 'text-delta', delta: 'Removed.'},
    end,
  ];

  test('T2-21: the history, the stream and a whole answer hold only the new text', async () => {
    await using chat = await startChat({providers: [saying(events)]});
    const {chatId, text} = await chat.ask('Hi');
    assert.equal(text, 'I look. Removed.');
    assert.equal((await chat.messages(chatId)).at(-1)?.content, 'I look. Removed.');
    const whole = await json<{choices: readonly {message: {content: string}}[]}>(await chat.post(path, question, {}));
    assert.equal(whole.choices[0]?.message.content, 'I look. Removed.');
  });

  for (const [name, url, protocol] of [
    ["OpenAI's", path, 'none'],
    ["AI SDK 4's", '/api/chat', 'ai-sdk-4'],
  ] as const) {
    test(`T2-21: ${name} clients, which cannot take text back, get a new paragraph`, async () => {
      await using chat = await startChat({providers: [saying(events)]});
      const headers = {'x-chat-protocol': protocol};
      const stream = await (await chat.post(url, {...question, stream: true}, headers)).text();
      assert.match(stream, /bad words[^]*\\n\\n[^]*Removed\./);
    });
  }

  test('T2-21: an answer that is taken back whole is no answer', async () => {
    const nothing: readonly ChatEvent[] = [{type: 'text-delta', delta: 'bad words'}, {type: 'text-reset'}, end];
    await using chat = await startChat({providers: [saying(nothing)]});
    const {answer} = await chat.ask('Hi');
    assert.deepEqual([answer.status, answer.parts], ['failed', []]);
  });
});
