/** The base of `useChat` of `ai/react` (AI SDK 4), unmodified: its request function and its reader of lines. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {type JSONValue, type UIMessage, callChatApi, generateId, processDataStream} from '@ai-sdk/ui-utils';
import {delta, pause, refuses, says} from '../../server/src/testing/upstream.ts';
import {
  type CompatServer,
  assertSafe,
  endless,
  fetchUntil,
  jsonOf,
  postJson,
  startServer,
  untilSaid,
} from './testing/harness.ts';
import {thought} from './testing/model.ts';

const question = (content: string): UIMessage => ({
  id: `m-${content}`,
  role: 'user',
  content,
  parts: [{type: 'text', text: content}],
});

interface Asked {
  readonly message: UIMessage | undefined;
  readonly finish: {readonly reason: string; readonly usage: object} | undefined;
  readonly headers: Headers | undefined;
  /** The text of the message at each update of the page. */
  readonly shown: readonly string[];
}

/** Asks as `useChat({api, body: {model}})` does. */
async function ask(
  chat: CompatServer,
  text: string,
  {model = 'gpt-4o', abort, fetch}: {model?: string; abort?: AbortController; fetch?: typeof globalThis.fetch} = {},
): Promise<Asked> {
  let message: UIMessage | undefined;
  let finish: Asked['finish'];
  let headers: Headers | undefined;
  const shown: string[] = [];
  await callChatApi({
    api: `${chat.url}/api/chat`,
    body: {id: 'chat-of-page', messages: [question(text)], model},
    streamProtocol: 'data',
    credentials: undefined,
    headers: undefined,
    abortController: abort && (() => abort),
    restoreMessagesOnFailure() {},
    onResponse: (response) => void (headers = response.headers),
    onUpdate(update: {message: UIMessage; data: JSONValue[] | undefined}) {
      ({message} = update);
      shown.push(message.content);
    },
    onFinish: (_message, {finishReason: reason, usage}) => void (finish = {reason, usage}),
    onToolCall: undefined,
    generateId,
    fetch,
    lastMessage: question(text),
  });
  return {message, finish, headers, shown};
}

test('callChatApi of ai/react gets the whole text, the end reason and the usage', async () => {
  await using chat = await startServer();
  const {message, finish, headers} = await ask(chat, 'Grüße 👋, "one"\ntwo');
  assert.equal(message?.content, 'Grüße 👋, "one"\ntwo');
  assert.equal(finish?.reason, 'stop');
  const {promptTokens, completionTokens, totalTokens} = finish.usage as Record<string, number>;
  assert.equal(completionTokens, 4);
  assert.equal(totalTokens, (promptTokens ?? NaN) + completionTokens);
  assert.match(headers?.get('x-chat-id') ?? '', /^chat_/);
  assert.equal(headers?.get('x-vercel-ai-data-stream'), 'v1');
});

test('keep-alive lines change nothing in a page with ai/react', async () => {
  await using chat = await startServer({heartbeat: 20});
  const thinking = pause();
  chat.script(async (exchange) => {
    await thinking.here();
    await says('Hi')(exchange);
  });
  const {shown} = await ask(chat, 'Hi', {fetch: fetchUntil(3, thinking.go)});
  assert.deepEqual(shown, (await ask(chat, 'Hi')).shown);
  assert.equal(shown.at(-1), 'Hi');
});

test('reasoning is a part of its own in ai/react', async () => {
  await using chat = await startServer();
  const {message} = await ask(chat, 'Think, then speak');
  const reasoning = message?.parts.find((part) => part.type === 'reasoning');
  assert.equal(reasoning?.reasoning, thought);
  assert.equal(message?.content, 'Think, then speak');
});

test('tool calls and results are tool invocations in ai/react', async () => {
  await using chat = await startServer({
    providers: [
      {
        id: 'scripted',
        models: async () => [{id: 'm', name: 'M'}],
        async *answer() {
          yield [
            {type: 'tool-call', callId: 'c1', name: 'weather', input: {at: 'home'}},
            {type: 'tool-result', callId: 'c1', output: 'fog'},
            {type: 'source', id: 's1', title: 'Weather', url: 'https://example.com/weather'},
            {type: 'text-delta', delta: 'Fog.'},
            {type: 'message-end', reason: 'stop'},
          ];
        },
      },
    ],
  });
  const {message} = await ask(chat, 'Weather?');
  const [tool] = (message?.parts ?? []).flatMap((part) =>
    part.type === 'tool-invocation' ? [part.toolInvocation] : [],
  );
  assert.equal(tool?.state, 'result');
  assert.deepEqual([tool.toolName, tool.args, tool.result], ['weather', {at: 'home'}, 'fog']);
  const source = message?.parts.find((part) => part.type === 'source');
  assert.equal(source?.source.url, 'https://example.com/weather');
  assert.equal(message?.content, 'Fog.');
});

test('callChatApi rejects on an error before the first word and in the middle', async () => {
  await using chat = await startServer();
  await assert.rejects(ask(chat, 'Hi', {model: 'no-such-model'}), (error) => {
    assert.ok(error instanceof Error);
    assert.equal((JSON.parse(error.message) as {code: string}).code, 'INVALID_MODEL');
    return true;
  });
  chat.script(async (exchange) => {
    await exchange.write(delta('Half an '));
    exchange.cut();
  });
  await assert.rejects(ask(chat, 'Hi'), (error) => {
    assert.ok(error instanceof Error);
    assertSafe(error.message);
    assert.doesNotMatch(error.message, /Failed to parse/);
    return true;
  });
});

test('a 429 of the model is an error in ai/react, and asking again gets the answer', async () => {
  await using chat = await startServer({heartbeat: 600_000});
  chat.script(refuses(429, {error: {message: 'canary'}}, {'retry-after': '60'}));
  await assert.rejects(ask(chat, 'Hi'), /"code":"RATE_LIMITED".*"retryAfter":60/);
  assert.equal((await ask(chat, 'Hi')).message?.content, 'Hi');
});

test('an answer goes on after its ai/react reader was lost, until a stop ends it', async () => {
  await using chat = await startServer();
  const {script, freed} = endless();
  chat.script(script);
  const abort = new AbortController();
  const asked = assert.rejects(ask(chat, 'Count', {abort}), {name: 'AbortError'});
  await untilSaid(chat, 'chat-of-page', 'One ');
  abort.abort();
  await asked;
  const stopped = await fetch(`${chat.url}/api/chat/chat-of-page/stop`, {method: 'POST'});
  assert.deepEqual(await jsonOf(stopped), {stopped: true});
  await freed;
});

test('processDataStream reads every line of an answer, with its start and its ends', async () => {
  await using chat = await startServer();
  const response = await postJson(chat, '/api/chat', {id: 'c1', messages: [question('One two')], model: 'm'});
  assert.ok(response.body);
  let text = '';
  const met: string[] = [];
  await processDataStream({
    stream: response.body,
    onTextPart: (piece) => void (text += piece),
    onErrorPart: (error) => assert.fail(error),
    onStartStepPart: () => void met.push('start-step'),
    onFinishStepPart: () => void met.push('finish-step'),
    onFinishMessagePart: ({finishReason}) => void met.push(`finish: ${finishReason}`),
  });
  assert.equal(text, 'One two');
  assert.deepEqual(met, ['start-step', 'finish-step', 'finish: stop']);
});
