/** Calls that wait for a person, through the real server. */
import assert from 'node:assert/strict';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite, test} from 'node:test';
import type {Message, ToolPart} from '@chatlet/protocol';
import {z} from 'zod';
import type {Provider} from '../../../engine/provider.ts';
import type {ChatServerConfig} from '../../../index.ts';
import {callingProvider} from '../../../testing/calling-provider.ts';
import {answered, json, startChat, type TestServer} from '../../../testing/chat-server.ts';
import {NeedsInput, type Tool, type ToolQuestion} from '../../../engine/tool.ts';
import {defineTool} from '../../../tools/define-tool.ts';

/** A tool with side effects, and what it was run with. */
function sending(ran: unknown[], description = 'Sends a message.') {
  return defineTool({
    name: 'send',
    description,
    input: z.object({to: z.string()}),
    annotations: {destructiveHint: true},
    run: async (input) => {
      ran.push(input);
      return 'sent';
    },
  });
}

const look = defineTool({
  name: 'look',
  description: 'Looks.',
  input: z.unknown(),
  annotations: {readOnlyHint: true},
  run: async () => 'seen',
});

async function start(ran: unknown[], config: ChatServerConfig = {}): Promise<TestServer> {
  return startChat({providers: [callingProvider()], tools: [sending(ran), look], ...config});
}

function toolsOf({parts}: Pick<Message, 'parts'>): readonly ToolPart[] {
  return parts.filter((part) => part.type === 'tool');
}

interface Waiting {
  readonly chatId: string;
  reply(body: object, callId?: string): Promise<Response>;
  /** The stored answer when its turn has gone on and ended. */
  ended(): Promise<Message>;
}

function waitingIn(chat: TestServer, chatId: string): Waiting {
  return {
    chatId,
    reply: (body, callId = 'call_1') => chat.post(`/api/chat/${chatId}/tools/${callId}`, body),
    async ended() {
      await answered(await chat.get(`/api/chat/${chatId}/stream?after=0`, {'x-chat-protocol': 'chatlet'}));
      const answer = (await chat.messages(chatId)).at(-1);
      assert.ok(answer);
      return answer;
    },
  };
}

async function ask(
  chat: TestServer,
  question: string,
  more: object = {},
): Promise<Waiting & {readonly answer: Message}> {
  const {chatId, answer} = await chat.ask(question, more);
  return {...waitingIn(chat, chatId), answer};
}

suite('a call that needs an approval', () => {
  test('waits with its input, and runs once when a person allows it; the answer goes on under its id', async () => {
    const ran: unknown[] = [];
    await using chat = await start(ran);
    const {chatId, answer, reply, ended} = await ask(chat, 'do: send look');
    assert.equal(answer.status, 'waiting');
    const [send, looked] = toolsOf(answer);
    assert.deepEqual(
      [send?.state, send?.input, send?.wait?.ask, send?.wait?.destructive],
      ['waiting', {to: 'Ada'}, 'approval', true],
    );
    assert.deepEqual([looked?.state, looked?.output], ['done', 'seen']);
    assert.deepEqual(ran, []);
    const hours = (Date.parse(send?.wait?.expiresAt ?? '') - Date.now()) / 3_600_000;
    assert.ok(hours > 23.9 && hours < 24.1);

    assert.deepEqual(await json(await reply({approval: 'once'})), {goesOn: true});
    const stream = await chat.get(`/api/chat/${chatId}/stream?after=0`, {'x-chat-protocol': 'chatlet'});
    const {answer: read} = await answered(stream);
    assert.equal(read.id, answer.id);
    const stored = await ended();
    assert.deepEqual(ran, [{to: 'Ada'}]);
    for (const each of [read, stored]) {
      assert.deepEqual(
        toolsOf(each).map(({state, approval, output}) => [state, approval, output]),
        [
          ['done', 'once', 'sent'],
          ['done', undefined, 'seen'],
        ],
      );
      assert.match(JSON.stringify(each.parts), /Wait\. .*send: \\"sent\\"; look: \\"seen\\"/);
    }
    assert.deepEqual(stored.usage, {promptTokens: 30, completionTokens: 12});
    const usage = await json<readonly {totalTokens: number}[]>(await chat.get('/api/usage'));
    assert.equal(
      usage.reduce((sum, {totalTokens}) => sum + totalTokens, 0),
      42,
    );
  });

  test('is paid with all of its turns, also if the upstream tells no tokens', async () => {
    const silent = callingProvider();
    const answer: Provider['answer'] = async function* (request, options) {
      for await (const batch of silent.answer(request, options)) {
        const told = batch.filter(({type}) => type !== 'usage');
        if (told.length > 0) yield told;
      }
    };
    await using chat = await start([], {providers: [{...silent, answer}]});
    const {answer: waiting, reply, ended} = await ask(chat, 'do: send');
    await reply({approval: 'once'});
    const stored = await ended();
    assert.ok(waiting.usage && stored.usage);
    assert.ok(stored.usage.completionTokens > waiting.usage.completionTokens);
    assert.ok(stored.usage.promptTokens > 2 * waiting.usage.promptTokens);
    const usage = await json<readonly {totalTokens: number}[]>(await chat.get('/api/usage'));
    assert.equal(
      usage.reduce((sum, {totalTokens}) => sum + totalTokens, 0),
      stored.usage.promptTokens + stored.usage.completionTokens,
    );
  });

  test('does not run when a person refuses, and the model reads the reason', async () => {
    const ran: unknown[] = [];
    await using chat = await start(ran);
    const {reply, ended} = await ask(chat, 'do: send');
    await reply({approval: 'refused', reason: 'Not to Ada.'});
    const [part] = toolsOf(await ended());
    assert.deepEqual([ran.length, part?.state, part?.approval], [0, 'failed', 'refused']);
    assert.equal(part?.output, 'The person refused, and said: Not to Ada.');
  });

  test('runs with the input that a person has corrected, and the model learns of it', async () => {
    const ran: unknown[] = [];
    await using chat = await start(ran);
    const {reply, ended} = await ask(chat, 'do: send');
    await reply({approval: 'once', input: {to: 'Bob'}});
    assert.deepEqual(toolsOf(await ended())[0]?.input, {to: 'Bob'});
    assert.deepEqual(ran, [{to: 'Bob'}]);
  });

  test('goes on when the last of several calls is answered, also if all are answered at once', async () => {
    const ran: unknown[] = [];
    await using chat = await start(ran);
    const {reply, ended} = await ask(chat, 'do: send send send');
    const replies = await Promise.all([
      reply({approval: 'once'}, 'call_1'),
      reply({approval: 'refused'}, 'call_2'),
      reply({approval: 'once'}, 'call_3'),
    ]);
    const bodies = await Promise.all(replies.map((each) => json<{goesOn: boolean}>(each)));
    assert.deepEqual(
      bodies.map(({goesOn}) => goesOn),
      [false, false, true],
    );
    assert.deepEqual(
      toolsOf(await ended()).map(({state}) => state),
      ['done', 'failed', 'done'],
    );
    assert.equal(ran.length, 2);
  });

  test('allowed for the chat runs alone from then on in this chat, and in no other', async () => {
    const ran: unknown[] = [];
    await using chat = await start(ran);
    const {chatId, reply, ended} = await ask(chat, 'do: send');
    await reply({approval: 'chat'});
    await ended();
    const {answer} = await ask(chat, 'do: send', {chatId});
    assert.deepEqual([answer.status, ran.length], ['done', 2]);
    const other = await ask(chat, 'do: send');
    assert.deepEqual([other.answer.status, ran.length], ['waiting', 2]);
  });

  test('is refused in words where nobody can be asked', async () => {
    const ran: unknown[] = [];
    await using chat = await start(ran);
    const body = {messages: [{role: 'user', content: 'do: send'}], stream: false};
    const {content} = await json<{content: string}>(await chat.post('/chat/stream', body, {}));
    assert.match(content, /A person must allow this/);
    assert.equal(ran.length, 0);
  });

  test('is answered once: all later replies are a 409, and so is one after the chat has gone on', async () => {
    const ran: unknown[] = [];
    await using chat = await start(ran);
    const {chatId, reply, ended} = await ask(chat, 'do: send');
    assert.equal((await reply({approval: 'once'})).status, 200);
    await ended();
    const again = await reply({approval: 'refused'});
    assert.deepEqual([again.status, (await json<{error: string}>(again)).error], [409, 'This was answered already.']);
    assert.equal((await reply({approval: 'once'}, 'call_9')).status, 409);

    const {reply: tooLate} = await ask(chat, 'do: send', {chatId});
    await chat.ask('And?', {chatId});
    assert.equal((await tooLate({approval: 'once'})).status, 409);
    assert.equal(ran.length, 1);
    for (const body of [{}, {approval: 'yes'}, {approval: 'once', more: 1}]) {
      assert.equal((await tooLate(body)).status, 400);
    }
  });

  const races = Number(process.env['CHATLET_RUNS'] ?? 10);
  test(`of ${races} races among four replies each call runs exactly once or not at all, and the answer says which`, async () => {
    for (let race = 0; race < races; race++) {
      const ran: unknown[] = [];
      await using chat = await start(ran);
      const {reply, ended} = await ask(chat, 'do: send');
      const statuses = await Promise.all(
        (['once', 'refused', 'chat', 'once'] as const).map(async (approval) => (await reply({approval})).status),
      );
      assert.deepEqual(
        statuses.toSorted((one, other) => one - other),
        [200, 409, 409, 409],
      );
      const [part] = toolsOf(await ended());
      assert.deepEqual([part?.state, ran.length], part?.approval === 'refused' ? ['failed', 0] : ['done', 1]);
    }
  });

  test('waits over a restart of the server, and a tool whose definition has changed must be allowed anew', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'chatlet-waits-'));
    const ran: unknown[] = [];
    const onDisk = {databaseUrl: `sqlite:${join(folder, 'chats.db')}`};
    try {
      let chatId = '';
      {
        await using chat = await start(ran, onDisk);
        ({chatId} = await ask(chat, 'do: send'));
      }
      {
        await using chat = await start(ran, {
          ...onDisk,
          tools: [sending(ran, 'Sends a message and deletes all others.'), look],
        });
        const {reply, ended} = waitingIn(chat, chatId);
        assert.deepEqual(await json(await reply({approval: 'once'})), {goesOn: true});
        assert.equal((await ended()).status, 'waiting');
        assert.equal(ran.length, 0);
      }
      await using chat = await start(ran, {
        ...onDisk,
        tools: [sending(ran, 'Sends a message and deletes all others.'), look],
      });
      const {reply, ended} = waitingIn(chat, chatId);
      assert.deepEqual(await json(await reply({approval: 'once'})), {goesOn: true});
      assert.equal((await ended()).status, 'done');
      assert.equal(ran.length, 1);
    } finally {
      await rm(folder, {recursive: true});
    }
  });

  test('fails in words if its tool is gone when a person allows it, and the answer ends', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'chatlet-waits-'));
    const ran: unknown[] = [];
    const onDisk = {databaseUrl: `sqlite:${join(folder, 'chats.db')}`};
    try {
      for (const tools of [[look], undefined]) {
        let chatId = '';
        {
          await using chat = await start(ran, onDisk);
          ({chatId} = await ask(chat, 'do: send'));
        }
        await using chat = await startChat({providers: [callingProvider()], ...(tools && {tools}), ...onDisk});
        const {reply, ended} = waitingIn(chat, chatId);
        assert.deepEqual(await json(await reply({approval: 'once'})), {goesOn: true});
        const answer = await ended();
        assert.equal(answer.status, 'done');
        const [part] = toolsOf(answer);
        assert.deepEqual(
          [part?.state, part?.output],
          ['failed', `There is no tool "send"${tools ? ', only look' : ''}.`],
        );
      }
      assert.equal(ran.length, 0);
    } finally {
      await rm(folder, {recursive: true});
    }
  });

  test('belongs to its owner: nobody else finds it', async () => {
    const ran: unknown[] = [];
    await using chat = await start(ran);
    const {chatId} = await ask(chat, 'do: send');
    const stranger = {'x-chatlet-visitor': `v2.${'s'.repeat(43)}`, origin: 'http://localhost:5173'};
    const response = await chat.post(`/api/chat/${chatId}/tools/call_1`, {approval: 'once'}, stranger);
    assert.equal(response.status, 404);
    assert.equal(ran.length, 0);
  });
});

/** Asks for a form, then for an address, and tells both answers. `ran` has what it was told each time that it ran. */
function asking(ran: unknown[]) {
  return defineTool({
    name: 'book',
    description: 'Books a room.',
    input: z.unknown(),
    run: async (_, {asked}) => {
      ran.push(asked?.reply);
      if (!asked) {
        const schema = {type: 'object', properties: {city: {type: 'string'}}, required: ['city']};
        throw new NeedsInput({ask: 'form', message: 'Where to?', schema}, {secretStep: 1});
      }
      if (asked.reply.action === 'decline') return 'Not booked.';
      if (asked.reply.content) {
        const kept = {...asked.reply.content, secretStep: 2};
        throw new NeedsInput({ask: 'url', message: 'Pay.', url: 'https://example.com/pay'}, kept);
      }
      return {paid: true, kept: asked.kept ?? null};
    },
  });
}

/** Needs this each time that it runs. */
function needing(question: ToolQuestion): Tool {
  return {
    ...asking([]),
    prepare: () => ({
      needsApproval: false,
      run: async () => {
        throw new NeedsInput(question);
      },
    }),
  };
}

suite('a call that asks a person for more', () => {
  test('asks for an approval, a form and an address one after the other, over restarts, and ends once', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'chatlet-asks-'));
    const ran: unknown[] = [];
    const config = {tools: [asking(ran)], databaseUrl: `sqlite:${join(folder, 'chats.db')}`};
    /** What the page sees of the call: the state, what it asks for, and all that is known of it. */
    const seen = (answer: Message) => toolsOf(answer).map(({state, wait}) => [state, wait?.ask])[0];
    try {
      let chatId = '';
      {
        await using chat = await start([], config);
        ({chatId} = await ask(chat, 'do: book'));
        const {reply, ended} = waitingIn(chat, chatId);
        assert.equal((await reply({action: 'accept', content: {city: 'Oslo'}})).status, 400);
        await reply({approval: 'once'});
        const answer = await ended();
        assert.deepEqual(seen(answer), ['waiting', 'form']);
        assert.doesNotMatch(JSON.stringify(answer), /secretStep/);
        const stream = await chat.get(`/api/chat/${chatId}/stream?after=0`, {'x-chat-protocol': 'chatlet'});
        assert.doesNotMatch(await stream.text(), /secretStep/);
      }
      {
        await using chat = await start([], config);
        const {reply, ended} = waitingIn(chat, chatId);
        const wrong = await reply({action: 'accept', content: {city: 7}});
        assert.deepEqual([wrong.status, (await json<{error: string}>(wrong)).error], [400, 'city must be a string.']);
        assert.deepEqual(await json(await reply({action: 'accept', content: {city: 'Oslo'}})), {goesOn: true});
        const answer = await ended();
        assert.deepEqual(seen(answer), ['waiting', 'url']);
      }
      await using chat = await start([], config);
      const {reply, ended} = waitingIn(chat, chatId);
      const statuses = await Promise.all(
        ['accept', 'decline', 'accept'].map(async (action) => (await reply({action})).status),
      );
      assert.deepEqual(
        statuses.toSorted((one, other) => one - other),
        [200, 409, 409],
      );
      const answer = await ended();
      const [part] = toolsOf(answer);
      assert.equal(part?.state, 'done');
      assert.equal(ran.length, 3);
      const accepted = {paid: true, kept: {city: 'Oslo', secretStep: 2}};
      assert.deepEqual(part.output, part.reply?.action === 'accept' ? accepted : 'Not booked.');
    } finally {
      await rm(folder, {recursive: true});
    }
  });

  test('fails in words where nobody can be asked', async () => {
    await using chat = await start([], {tools: [needing({ask: 'person'})]});
    const body = {messages: [{role: 'user', content: 'do: book'}], stream: false};
    const {content} = await json<{content: string}>(await chat.post('/chat/stream', body, {}));
    assert.match(content, /needs an answer, and nobody can be asked/);
  });

  test('that the page runs is done by the page, and the model reads its result', async () => {
    await using chat = await start([], {tools: [needing({ask: 'page'})]});
    const {reply, ended} = await ask(chat, 'do: book book');
    assert.deepEqual(await json(await reply({output: {shown: 3}})), {goesOn: false});
    assert.deepEqual(await json(await reply({error: 'No such page.'}, 'call_2')), {goesOn: true});
    const answer = await ended();
    assert.deepEqual(
      toolsOf(answer).map(({state, output}) => [state, output]),
      [
        ['done', {shown: 3}],
        ['failed', 'No such page.'],
      ],
    );
    assert.match(JSON.stringify(answer.parts), /book: {\\"shown\\":3}; book: \\"No such page/);
    for (const body of [
      {output: 1, error: 'x'},
      {action: 'accept', approval: 'once'},
      {action: 'cancel'},
      {content: {}},
    ]) {
      assert.equal((await reply(body)).status, 400);
    }
  });
});
