/**
 * The AI SDK in a page: four of its versions, unmodified, from the oldest that speaks UI message streams to today's.
 * The transport alone, and the whole base of `useChat`.
 */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import * as ai5 from 'ai5';
import * as ai500 from 'ai500';
import * as ai6 from 'ai6';
import * as ai7 from 'ai7';
import type {ChatState, UIMessage, UIMessageChunk} from 'ai7';
import type {ChatEvent} from '@chatlet/protocol';
import {type Provider, defineTool} from '@chatlet/server';
import {z} from 'zod';
import {delta, done, says as modelSays, pause, refuses} from '../../server/src/testing/upstream.ts';
import {type CompatServer, assertSafe, endless, jsonOf, postJson, startServer, untilSaid} from './testing/harness.ts';
import {callsTool, thought} from './testing/model.ts';

type Sdk = typeof ai7;

/** The parts that are used here are equal in all versions; only their types are separate. */
const versions: readonly (readonly [name: string, sdk: Sdk])[] = [
  ['ai 5.0.0', ai500 as unknown as Sdk],
  ['ai 5.0.277', ai5 as unknown as Sdk],
  ['ai 6.0.326', ai6 as unknown as Sdk],
  ['ai 7.0.173', ai7],
];

const says = (text: string, id = `message-${text}`): UIMessage => ({id, role: 'user', parts: [{type: 'text', text}]});

interface Ask {
  readonly chatId?: string;
  readonly messages: UIMessage[];
  readonly trigger?: 'submit-message' | 'regenerate-message';
  readonly messageId?: string;
  readonly signal?: AbortSignal;
}

const transportOf = (sdk: Sdk, {url}: Pick<CompatServer, 'url'>) =>
  new sdk.DefaultChatTransport<UIMessage>({api: `${url}/api/chat`});

function send(sdk: Sdk, chat: CompatServer, ask: Ask): Promise<ReadableStream<UIMessageChunk>> {
  const {chatId = 'chat-of-page', messages, trigger = 'submit-message', messageId, signal} = ask;
  return transportOf(sdk, chat).sendMessages({chatId, messages, trigger, messageId, abortSignal: signal});
}

/** The message at the end; rejects if the stream reports an error. */
async function read(sdk: Sdk, stream: ReadableStream<UIMessageChunk>): Promise<UIMessage> {
  let last: UIMessage | undefined;
  for await (const message of sdk.readUIMessageStream({stream, terminateOnError: true})) last = message;
  assert.ok(last);
  return last;
}

const answer = async (sdk: Sdk, chat: CompatServer, ask: Ask) => read(sdk, await send(sdk, chat, ask));

const uiTextOf = ({parts}: UIMessage) => parts.map((part) => (part.type === 'text' ? part.text : '')).join('');

interface StoredMessage {
  readonly id: string;
  readonly role: string;
  readonly content: string;
}

/** The only chat of the caller, as it is stored. */
async function storedMessages(chat: CompatServer): Promise<readonly StoredMessage[]> {
  const [only, ...others] = await jsonOf<{id: string}[]>(await chat.get('/api/chats'));
  assert.deepEqual(others, []);
  return jsonOf<StoredMessage[]>(await chat.get(`/api/chats/${only?.id}/messages`));
}

const stop = async (chat: CompatServer, id: string) =>
  jsonOf<{stopped: boolean}>(await fetch(`${chat.url}/api/chat/${id}/stop`, {method: 'POST'}));

/** A provider that says these things in one go. */
const sayingAll = (...events: readonly ChatEvent[]): {providers: readonly Provider[]} => ({
  providers: [
    {
      id: 'scripted',
      models: async () => [{id: 'm', name: 'M'}],
      async *answer() {
        yield events;
      },
    },
  ],
});

/** The chat state that useChat keeps in a page, without React. */
function pageState(): ChatState<UIMessage> {
  const state: ChatState<UIMessage> = {
    status: 'ready',
    error: undefined,
    messages: [],
    pushMessage: (message) => void (state.messages = [...state.messages, message]),
    popMessage: () => void (state.messages = state.messages.slice(0, -1)),
    replaceMessage: (index, message) => void (state.messages = state.messages.with(index, message)),
    snapshot: (thing) => structuredClone(thing),
  };
  return state;
}

function openPage(
  {AbstractChat, DefaultChatTransport}: Sdk,
  {url}: Pick<CompatServer, 'url'>,
  options: {readonly fetch?: typeof fetch} = {},
) {
  class PageChat extends AbstractChat<UIMessage> {}
  const transport = new DefaultChatTransport({api: `${url}/api/chat`, ...options});
  return new PageChat({id: 'page-chat', state: pageState(), transport});
}

for (const [name, sdk] of versions) {
  suite(`${name}, DefaultChatTransport and readUIMessageStream`, () => {
    test('a UI message has the whole text and the id of the stored message', async () => {
      await using chat = await startServer();
      const message = await answer(sdk, chat, {messages: [says('Grüße 👋, one two')]});
      assert.equal(message.role, 'assistant');
      assert.deepEqual(
        message.parts.map((part) => (part.type === 'text' ? [part.type, part.text, part.state] : [part.type])),
        [['step-start'], ['text', 'Grüße 👋, one two', 'done']],
      );
      const [question, stored] = await storedMessages(chat);
      assert.deepEqual([question?.content, stored?.content], ['Grüße 👋, one two', 'Grüße 👋, one two']);
      assert.equal(message.id, stored?.id);
    });

    test('reasoning is a part of its own in a UI message', async () => {
      await using chat = await startServer();
      const {parts} = await answer(sdk, chat, {messages: [says('Think, then speak')]});
      const reasoning = parts.find((part) => part.type === 'reasoning');
      assert.deepEqual([reasoning?.text, reasoning?.state], [thought, 'done']);
      assert.equal(uiTextOf({id: '', role: 'assistant', parts}), 'Think, then speak');
    });

    test('tool calls, their errors and sources are parts of a UI message', async () => {
      await using chat = await startServer(
        sayingAll(
          {type: 'tool-call', callId: 'c1', name: 'weather', input: {at: 'home'}},
          {type: 'tool-result', callId: 'c1', output: {sky: 'fog'}},
          {type: 'tool-call', callId: 'c2', name: 'weather', input: {at: 'sea'}},
          {type: 'tool-result', callId: 'c2', output: 'No such place.', failed: true},
          {type: 'source', id: 's1', title: 'Weather', url: 'https://example.com/weather'},
          {type: 'text-delta', delta: 'Fog.'},
          {type: 'message-end', reason: 'stop'},
        ),
      );
      const message = await answer(sdk, chat, {messages: [says('Weather?')]});
      const tools = message.parts.filter((part) => part.type === 'tool-weather') as unknown as {
        state: string;
        input: object;
        output?: unknown;
        errorText?: string;
      }[];
      assert.deepEqual(
        tools.map(({state, input, output, errorText}) => [state, input, output ?? errorText]),
        [
          ['output-available', {at: 'home'}, {sky: 'fog'}],
          ['output-error', {at: 'sea'}, 'No such place.'],
        ],
      );
      const source = message.parts.find((part) => part.type === 'source-url');
      assert.deepEqual([source?.url, source?.title], ['https://example.com/weather', 'Weather']);
      assert.equal(uiTextOf(message), 'Fog.');
    });

    test('files of a UI message reach the model', async () => {
      await using chat = await startServer();
      const url = 'data:image/png;base64,iVBORw0KGgo=';
      const question: UIMessage = {
        id: 'with-file',
        role: 'user',
        parts: [
          {type: 'text', text: 'What is this?'},
          {type: 'file', mediaType: 'image/png', filename: 'a.png', url},
        ],
      };
      await answer(sdk, chat, {messages: [question]});
      assert.deepEqual(chat.told.at(-1)?.content, [
        {type: 'text', text: 'What is this?'},
        {type: 'image_url', image_url: {url}},
      ]);
    });

    test('a UI message stream reports errors before the first word and in the middle', async () => {
      await using chat = await startServer();
      chat.script(...Array.from({length: 5}, () => refuses(500, {error: {message: 'canary at /srv/model.py'}})));
      await assert.rejects(answer(sdk, chat, {messages: [says('One')], chatId: 'one'}), (error) => {
        assert.ok(error instanceof Error);
        assert.doesNotMatch(error.message, /canary/);
        assertSafe(error.message);
        return true;
      });
      await using second = await startServer();
      second.script(async (exchange) => {
        await exchange.write(delta('Half an '));
        exchange.cut();
      });
      await assert.rejects(answer(sdk, second, {messages: [says('Two')], chatId: 'two'}));
      const stored = await storedMessages(second);
      assert.equal(stored.at(-1)?.content, 'Half an ');
    });

    test('DefaultChatTransport gives a refused request as an error with our message', async () => {
      await using chat = await startServer();
      const message: UIMessage = {id: 'x', role: 'user', parts: []};
      await assert.rejects(answer(sdk, chat, {messages: [message]}), (error) => {
        assert.ok(error instanceof Error);
        const body = JSON.parse(error.message) as {error: string; code: string};
        assert.equal(typeof body.error, 'string');
        assert.equal(body.code, 'INVALID_REQUEST');
        return true;
      });
    });

    test('a stop ends the UI message stream for all readers and frees the upstream', async () => {
      await using chat = await startServer();
      const {script, freed} = endless();
      chat.script(script);
      const reading = answer(sdk, chat, {chatId: 'stopped', messages: [says('Count')]});
      await untilSaid(chat, 'stopped', 'One ');
      assert.deepEqual(await stop(chat, 'stopped'), {stopped: true});
      await freed;
      assert.equal(uiTextOf(await reading), 'One ');
      assert.deepEqual(await stop(chat, 'stopped'), {stopped: false});
      assert.equal((await storedMessages(chat)).at(-1)?.content, 'One ');
    });

    test('an answer goes on after its reader was lost, and reconnectToStream replays it from the beginning', async () => {
      await using chat = await startServer();
      const transport = transportOf(sdk, chat);
      assert.equal(await transport.reconnectToStream({chatId: 'resumed'}), null);
      const writing = pause();
      chat.script(async (exchange) => {
        await exchange.write(delta('One '));
        await writing.here();
        exchange.end(delta('two') + done());
      });
      const abort = new AbortController();
      const stream = await send(sdk, chat, {chatId: 'resumed', messages: [says('Count')], signal: abort.signal});
      const lost = assert.rejects(read(sdk, stream));
      await writing.reached;
      abort.abort();
      await lost;

      const resumed = await transport.reconnectToStream({chatId: 'resumed'});
      assert.ok(resumed);
      const again = await transport.reconnectToStream({chatId: 'resumed'});
      assert.ok(again);
      writing.go();
      const [one, two] = await Promise.all([read(sdk, resumed), read(sdk, again)]);
      assert.equal(uiTextOf(one), 'One two');
      assert.deepEqual(two, one);
      assert.equal(await transport.reconnectToStream({chatId: 'resumed'}), null);
      assert.equal(chat.requests.length, 1);
      assert.equal((await storedMessages(chat)).at(-1)?.content, 'One two');
    });

    test('a regenerated answer replaces the old one', async () => {
      await using chat = await startServer();
      const question = says('One');
      const first = await answer(sdk, chat, {messages: [question]});
      const ask = {messages: [question], trigger: 'regenerate-message', messageId: first.id} as const;
      const second = await answer(sdk, chat, {...ask, messages: [...ask.messages]});
      assert.equal(uiTextOf(second), 'One');
      assert.notEqual(second.id, first.id);
      assert.deepEqual(
        (await storedMessages(chat)).map(({role}) => role),
        ['user', 'assistant'],
      );
      assert.deepEqual(chat.told, [{role: 'user', content: 'One'}]);
    });

    test('a UI message sent twice is asked once, at the same time and afterwards', async () => {
      await using chat = await startServer();
      const ask = {messages: [says('Once')]};
      const [one, two] = await Promise.all([answer(sdk, chat, ask), answer(sdk, chat, ask)]);
      const three = await answer(sdk, chat, ask);
      assert.equal(uiTextOf(one), 'Once');
      assert.deepEqual([two.id, three.id], [one.id, one.id]);
      assert.deepEqual([uiTextOf(two), uiTextOf(three)], ['Once', 'Once']);
      assert.equal(chat.requests.length, 1);
    });
  });

  suite(`${name}, AbstractChat, the base of useChat`, () => {
    test('useChat asks, goes on and regenerates without an error', async () => {
      await using chat = await startServer();
      const page = openPage(sdk, chat);
      await page.sendMessage({text: 'One'});
      await page.sendMessage({text: 'Two'});
      await page.regenerate();
      assert.equal(page.error, undefined);
      assert.equal(page.status, 'ready');
      assert.deepEqual(page.messages.map(uiTextOf), ['One', 'One', 'Two', 'Two']);
      assert.deepEqual(
        (await storedMessages(chat)).map(({role, content}) => [role, content]),
        [
          ['user', 'One'],
          ['assistant', 'One'],
          ['user', 'Two'],
          ['assistant', 'Two'],
        ],
      );
      assert.deepEqual(
        chat.told.map(({content}) => content),
        ['One', 'One', 'Two'],
      );
    });

    test('useChat shows the text until a stop, and can go on', async () => {
      await using chat = await startServer();
      const {script, freed} = endless();
      chat.script(script);
      const page = openPage(sdk, chat);
      const sent = page.sendMessage({text: 'Count'});
      await untilSaid(chat, 'page-chat', 'One ');
      await stop(chat, page.id);
      await sent;
      await freed;
      assert.equal(page.error, undefined);
      assert.equal(page.status, 'ready');
      await page.sendMessage({text: 'Go on'});
      assert.deepEqual(page.messages.map(uiTextOf), ['Count', 'One ', 'Go on', 'Go on']);
    });

    test('a second page with useChat resumes the answer of the first', async () => {
      await using chat = await startServer();
      const writing = pause();
      chat.script(async (exchange) => {
        await exchange.write(delta('One '));
        await writing.here();
        exchange.end(delta('two') + done());
      });
      const page = openPage(sdk, chat);
      const sent = page.sendMessage({text: 'Count'});
      await untilSaid(chat, 'page-chat', 'One ');
      const answered = Promise.withResolvers<void>();
      const other = openPage(sdk, chat, {
        async fetch(input, init) {
          const response = await fetch(input, init);
          answered.resolve();
          return response;
        },
      });
      other.messages = page.messages.slice(0, 1);
      const resumed = other.resumeStream();
      await answered.promise;
      writing.go();
      await Promise.all([sent, resumed]);
      assert.equal(other.error, undefined);
      assert.deepEqual(other.messages.map(uiTextOf), ['Count', 'One two']);
      assert.deepEqual(page.messages.map(uiTextOf), ['Count', 'One two']);
      // Nothing runs any more: nothing changes.
      await other.resumeStream();
      assert.deepEqual(other.messages.map(uiTextOf), ['Count', 'One two']);
      assert.equal(other.error, undefined);
    });

    test('S0.20: a 429 of the model is an error in useChat, and asking again gets the answer', async () => {
      await using chat = await startServer({heartbeat: 600_000});
      const page = openPage(sdk, chat);
      chat.script(refuses(429, {error: {message: 'canary'}}, {'retry-after': '60'}));
      await page.sendMessage({text: 'Hi'});
      assert.equal(page.status, 'error');
      const {code, retryAfter} = JSON.parse(page.error?.message ?? '') as {code: string; retryAfter: number};
      assert.deepEqual([code, retryAfter], ['RATE_LIMITED', 60]);
      await page.regenerate();
      assert.equal(page.error, undefined);
      assert.deepEqual(page.messages.map(uiTextOf), ['Hi', 'Hi']);
      assert.deepEqual(
        (await storedMessages(chat)).map(({role, content}) => [role, content]),
        [
          ['user', 'Hi'],
          ['assistant', 'Hi'],
        ],
      );
    });

    test('useChat shows an error of the model', async () => {
      await using chat = await startServer();
      const page = openPage(sdk, chat);
      await page.sendMessage({text: 'Hi'}, {body: {model: 'no-such-model'}});
      assert.equal(page.status, 'error');
      assert.equal((JSON.parse(page.error?.message ?? '') as {code: string}).code, 'INVALID_MODEL');
      chat.script(async (exchange) => {
        await exchange.write(delta('Half an '));
        exchange.cut();
      });
      await page.sendMessage({text: 'Again'});
      assert.equal(page.status, 'error');
      assertSafe(page.error?.message ?? '');
      assert.equal(page.messages.map(uiTextOf).at(-1), 'Half an ');
    });
  });
}

/** A tool with side effects, and what it was run with. */
function sendingTool(ran: unknown[]) {
  return defineTool({
    name: 'send',
    description: 'Sends a message.',
    input: z.object({to: z.string()}),
    run: async (input) => {
      ran.push(input);
      return 'sent';
    },
  });
}

const toolsOf = ({parts}: UIMessage) => parts.filter(ai7.isToolUIPart);

for (const [name, sdk] of versions.slice(2)) {
  suite(`${name}, approvals of AbstractChat`, () => {
    function openAskingPage(chat: CompatServer) {
      class PageChat extends sdk.AbstractChat<UIMessage> {}
      const state = pageState();
      let finish = Promise.withResolvers<void>();
      const page = new PageChat({
        id: 'page-chat',
        state,
        transport: new sdk.DefaultChatTransport({api: `${chat.url}/api/chat`}),
        sendAutomaticallyWhen: sdk.lastAssistantMessageIsCompleteWithApprovalResponses,
        onFinish() {
          finish.resolve();
          finish = Promise.withResolvers();
        },
      });
      return {page, finished: () => finish.promise, last: () => state.messages.at(-1) ?? assert.fail('no message')};
    }

    for (const [approved, ran, state] of [
      [true, [{to: 'Ada'}], 'output-available'],
      [false, [], 'output-denied'],
    ] as const) {
      test(`a call waits for the visitor, and when ${approved ? 'allowed' : 'refused'} the message goes on`, async () => {
        const did: unknown[] = [];
        await using chat = await startServer({tools: [sendingTool(did)]});
        chat.script(callsTool('send', {to: 'Ada'}, 'call_1'), modelSays('That was it.'));
        const {page, last, finished} = openAskingPage(chat);
        await page.sendMessage({text: 'Send it'});
        const [asked] = toolsOf(last());
        assert.equal(asked?.state, 'approval-requested');
        assert.deepEqual(did, []);
        const {id} = last();
        const over = finished();
        await page.addToolApprovalResponse({id: asked?.approval?.id ?? '', approved, reason: 'Because.'});
        await over;
        assert.deepEqual(did, ran);
        assert.deepEqual(
          [last().id, page.messages.length, toolsOf(last()).map((part) => part.state)],
          [id, 2, [state]],
        );
        assert.equal(uiTextOf(last()), 'That was it.');
        const stored = await storedMessages(chat);
        assert.deepEqual([stored.length, stored[1]?.id, stored[1]?.content], [2, id, 'That was it.']);
        if (!approved) assert.match(JSON.stringify(chat.told), /The person refused, and said: Because\./);
      });
    }

    test('an approval that nobody asked for is refused, and a second one finds the call answered', async () => {
      const did: unknown[] = [];
      await using chat = await startServer({tools: [sendingTool(did)]});
      chat.script(callsTool('send', {to: 'Ada'}, 'call_1'), modelSays('Done.'));
      const {page, last} = openAskingPage(chat);
      await page.sendMessage({text: 'Send it'});
      const answeredWith = (toolCallId: string) => ({
        id: 'page-chat',
        trigger: 'submit-message',
        messages: [
          ...page.messages.slice(0, -1),
          {
            id: last().id,
            role: 'assistant',
            parts: [{type: 'tool-send', toolCallId, state: 'approval-responded', approval: {id: 'a', approved: true}}],
          },
        ],
      });
      assert.equal((await postJson(chat, '/api/chat', answeredWith('call_7'))).status, 400);
      const both = await Promise.all(
        ['call_1', 'call_1'].map((callId) => postJson(chat, '/api/chat', answeredWith(callId))),
      );
      assert.deepEqual(new Set(both.map(({status}) => status)), new Set([200, 409]));
      await Promise.all(both.map((response) => response.text()));
      assert.equal(did.length, 1);
    });
  });
}

for (const [name, sdk] of versions.slice(0, 2)) {
  test(`${name} is not asked for an approval if it names itself, because it would stop at the question`, async () => {
    const did: unknown[] = [];
    await using chat = await startServer({tools: [sendingTool(did)]});
    chat.script(callsTool('send', {to: 'Ada'}, 'call_1'));
    const transport = new sdk.DefaultChatTransport<UIMessage>({
      api: `${chat.url}/api/chat`,
      headers: {'x-chat-protocol': 'ai-sdk-5'},
    });
    const stream = await transport.sendMessages({
      chatId: 'chat-of-page',
      messages: [says('Send it')],
      trigger: 'submit-message',
      messageId: undefined,
      abortSignal: undefined,
    });
    const message = await read(sdk, stream);
    assert.deepEqual([toolsOf(message)[0]?.state, did], ['input-available', []]);
  });
}
