/** Tools of the server in responses, and calls of them that wait for an approval, through the real server. */
import assert from 'node:assert/strict';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite, test} from 'node:test';
import {z} from 'zod';
import {NeedsInput, type Tool} from '../../../engine/tool.ts';
import type {ProviderRequest} from '../../../engine/provider.ts';
import type {ChatServerConfig} from '../../../index.ts';
import {callingProvider} from '../../../testing/calling-provider.ts';
import {type TestServer, json, startChat} from '../../../testing/chat-server.ts';
import {defineTool} from '../../../tools/define-tool.ts';

const path = '/v1/responses';
const keyOf = (name: string) => ({authorization: `Bearer key-of-${name}`});
const tools = [{type: 'mcp', server_label: 'site'}];

interface Item {
  readonly id: string;
  readonly type: string;
  readonly [field: string]: unknown;
}

interface ResponseObject {
  readonly id: string;
  readonly status: string;
  readonly output: readonly Item[];
  readonly error: {readonly message: string; readonly code: string; readonly param: string | null} | null;
  readonly [field: string]: unknown;
}

function sending(ran: unknown[], description = 'Sends a message.'): Tool {
  return defineTool({
    name: 'send',
    description,
    input: z.object({to: z.string()}),
    annotations: {destructiveHint: true},
    run: async (input) => {
      ran.push(input);
      return {sent: true};
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

const form = defineTool({
  name: 'form',
  description: 'Asks for a form.',
  input: z.unknown(),
  annotations: {readOnlyHint: true},
  run: async () => {
    throw new NeedsInput({ask: 'form', message: 'Who?', schema: {type: 'object', properties: {}}});
  },
});

async function start(ran: unknown[], config: ChatServerConfig & {requests?: ProviderRequest[]} = {}) {
  const {requests, ...rest} = config;
  return startChat({
    providers: [callingProvider(requests)],
    tools: [sending(ran), look, form],
    apiKeys: ['alice', 'bob'].map((name) => ({key: `key-of-${name}`, plan: 'default', account: name})),
    plans: [{name: 'default'}],
    ...rest,
  });
}

const post = (chat: TestServer, body: object, more: Readonly<Record<string, string>> = {}) =>
  chat.post(path, {tools, ...body}, {...keyOf('alice'), ...more});
const create = async (chat: TestServer, body: object) => json<ResponseObject>(await post(chat, body));
const retrieve = async (chat: TestServer, id: string) =>
  json<ResponseObject>(await chat.get(`${path}/${id}`, keyOf('alice')));

function requestsIn({output}: ResponseObject): readonly Item[] {
  return output.filter(({type}) => type === 'mcp_approval_request');
}

const approve = (id: string | undefined) => ({type: 'mcp_approval_response', approval_request_id: id, approve: true});
const refuse = (id: string | undefined, reason?: string) => ({...approve(id), approve: false, reason});

/** The response to a question with these calls, and the ids of its requests. */
async function ask(chat: TestServer, calls: string, more: object = {}) {
  const response = await create(chat, {input: `do: ${calls}`, ...more});
  return {response, ids: requestsIn(response).map(({id}) => id)};
}

/** What the model read last about its calls. */
function toldCalls(requests: readonly ProviderRequest[]) {
  return requests
    .at(-1)
    ?.messages.flatMap(({parts}) => parts)
    .flatMap((part) => (part.type === 'tool' ? [[part.name, part.output]] : []));
}

const typesIn = ({output}: ResponseObject) => output.map(({type}) => type);

suite('the tools of the server in a response', () => {
  test('run if the request brings them, and each call is an item with its result', async () => {
    await using chat = await start([]);
    const {response} = await ask(chat, 'look look');
    assert.deepEqual(typesIn(response), ['message', 'mcp_call', 'mcp_call', 'message']);
    const [, call] = response.output;
    assert.deepEqual(
      {...call, id: ''},
      {
        id: '',
        type: 'mcp_call',
        approval_request_id: null,
        name: 'look',
        server_label: 'site',
        status: 'completed',
        arguments: '{"to":"Ada"}',
        error: null,
        output: 'seen',
      },
    );
    assert.deepEqual(response['tools'], [
      {type: 'mcp', server_label: 'site', allowed_tools: null, headers: null, require_approval: null},
    ]);
    assert.deepEqual(await retrieve(chat, response.id), response);
    const {response: without} = await ask(chat, 'look', {tools: []});
    assert.deepEqual(typesIn(without), ['message', 'function_call']);
  });

  test('run also if the response is not stored, but then no call can wait', async () => {
    const ran: unknown[] = [];
    await using chat = await start(ran);
    const {response} = await ask(chat, 'look send', {store: false});
    assert.deepEqual(
      response.output.map(({type, status}) => [type, status]),
      [
        ['message', 'completed'],
        ['mcp_call', 'completed'],
        ['mcp_call', 'failed'],
        ['message', 'completed'],
      ],
    );
    assert.match(JSON.stringify(response.output[2]?.['error']), /A person must allow this, and nobody can be asked/);
    assert.deepEqual(ran, []);
  });

  test('are those that `allowed_tools` names', async () => {
    const requests: ProviderRequest[] = [];
    await using chat = await start([], {requests});
    const offered = async (allowed_tools: unknown) => {
      await create(chat, {input: 'Hi', tools: [{...tools[0], allowed_tools}]});
      return requests.at(-1)?.tools?.map(({name}) => name);
    };
    assert.deepEqual(await offered(['look', 'other']), ['look']);
    assert.deepEqual(await offered({tool_names: ['send']}), ['send']);
    assert.deepEqual(await offered({read_only: true}), ['look', 'form']);
    assert.deepEqual(await offered(null), ['send', 'look', 'form']);
  });

  test('all ask with `require_approval: "always"`, and none does with "never", which lifts no rule', async () => {
    const ran: unknown[] = [];
    await using chat = await start(ran);
    const ruled = (require_approval: unknown) => ({tools: [{...tools[0], require_approval}]});
    const {response: always} = await ask(chat, 'look send', ruled('always'));
    assert.deepEqual(
      requestsIn(always).map(({name}) => name),
      ['look', 'send'],
    );
    const {response: one} = await ask(chat, 'look', ruled({always: {tool_names: ['look']}}));
    assert.equal(requestsIn(one).length, 1);
    const {response: never} = await ask(chat, 'look send', ruled('never'));
    assert.deepEqual(
      never.output.flatMap(({type, status}) => (type === 'mcp_call' ? [status] : [])),
      ['completed', 'failed'],
    );
    assert.match(JSON.stringify(never.output), /the request says that nobody is asked/);
    assert.deepEqual(ran, []);
  });

  test('refuse in words what no item can ask, such as a form', async () => {
    await using chat = await start([]);
    const {response} = await ask(chat, 'form');
    assert.equal(response.output[1]?.['status'], 'failed');
    assert.match(JSON.stringify(response.output[1]?.['error']), /It needs an answer, and nobody can be asked here/);
  });

  test('are no other server’s: addresses, tokens and mixtures are a 400 that names the field', async () => {
    await using chat = await start([]);
    const refused = async (body: object) => {
      const response = await post(chat, {input: 'Hi', ...body});
      assert.equal(response.status, 400);
      return (await json<ResponseObject>(response)).error?.param;
    };
    const mcp = {...tools[0]};
    assert.equal(await refused({tools: [{...mcp, server_url: 'https://example.com/mcp'}]}), 'tools[0].server_url');
    assert.equal(await refused({tools: [{...mcp, connector_id: 'connector_gmail'}]}), 'tools[0].connector_id');
    assert.equal(await refused({tools: [{...mcp, authorization: 'token'}]}), 'tools[0].authorization');
    assert.equal(await refused({tools: [mcp, mcp]}), 'tools');
    assert.equal(await refused({tools: [mcp, {type: 'function', name: 'own', parameters: {}}]}), 'tools');
    assert.equal(await refused({tools: [mcp], tool_choice: 'required'}), 'tool_choice');
    assert.equal(await refused({tools: [mcp], max_tool_calls: 1}), 'max_tool_calls');
    assert.equal((await post(chat, {input: 'Hi', tools: [{...mcp, server_url: 'chatlet:tools'}]})).status, 200);
  });
});

suite('a call in a response that needs an approval', () => {
  test('S2.13: is an item that asks, and runs once when it is approved, in a response of its own', async () => {
    const ran: unknown[] = [];
    const requests: ProviderRequest[] = [];
    await using chat = await start(ran, {requests});
    const {response, ids} = await ask(chat, 'look send');
    assert.equal(response.status, 'completed');
    assert.deepEqual(typesIn(response), ['message', 'mcp_call', 'mcp_approval_request']);
    assert.deepEqual(response.output[2], {
      id: ids[0],
      type: 'mcp_approval_request',
      arguments: '{"to":"Ada"}',
      name: 'send',
      server_label: 'site',
    });
    assert.deepEqual(ran, []);
    assert.deepEqual(await retrieve(chat, response.id), response);

    const next = await create(chat, {previous_response_id: response.id, input: [approve(ids[0])]});
    assert.deepEqual(ran, [{to: 'Ada'}]);
    assert.deepEqual(typesIn(next), ['mcp_call', 'message']);
    const [call, said] = next.output;
    assert.deepEqual(
      [call?.['name'], call?.['approval_request_id'], call?.['status'], call?.['output']],
      ['send', ids[0], 'completed', '{"sent":true}'],
    );
    assert.match(JSON.stringify(said), /look: \\"seen\\"; send: \{\\"sent\\":true\}/);
    // One message of the model: its words, and all of its calls.
    assert.deepEqual(toldCalls(requests), [
      ['look', 'seen'],
      ['send', {sent: true}],
    ]);
    assert.deepEqual(
      [response, next].map(({usage}) => (usage as {total_tokens: number}).total_tokens),
      [15, 27],
    );
    // Both responses stay as they were.
    assert.deepEqual(await retrieve(chat, response.id), response);
    assert.deepEqual(await retrieve(chat, next.id), next);

    await create(chat, {previous_response_id: next.id, input: 'Thanks'});
    assert.deepEqual(
      requests.at(-1)?.messages.map(({role, parts}) => [role, parts.map(({type}) => type)]),
      [
        ['user', ['text']],
        ['assistant', ['text', 'tool', 'tool', 'text']],
        ['user', ['text']],
      ],
    );
    assert.deepEqual(toldCalls(requests), [
      ['look', 'seen'],
      ['send', '{"sent":true}'],
    ]);
    assert.deepEqual(ran, [{to: 'Ada'}]);
  });

  test('runs also if the client sends the items of the conversation, and then as it was stored', async () => {
    const ran: unknown[] = [];
    await using chat = await start(ran);
    const {response, ids} = await ask(chat, 'send');
    const question = {role: 'user', content: 'do: send'};
    const forged = response.output.map((item) =>
      item.type === 'mcp_approval_request' ? {...item, arguments: '{"to":"Eve"}'} : item,
    );
    const next = await create(chat, {input: [question, ...forged, approve(ids[0])]});
    assert.deepEqual(ran, [{to: 'Ada'}]);
    assert.deepEqual(typesIn(next), ['mcp_call', 'message']);
    assert.equal(next.output[0]?.['arguments'], '{"to":"Ada"}');
    const history = [question, ...response.output, approve(ids[0]), ...next.output, {role: 'user', content: 'Thanks'}];
    assert.equal((await create(chat, {input: history})).status, 'completed');
    const reference = {type: 'item_reference', id: ids[0]};
    const again = await post(chat, {input: [question, reference, approve(ids[0])]});
    assert.equal(again.status, 409);
    assert.equal(ran.length, 1);
  });

  test('does not run when it is refused, and the model reads the reason', async () => {
    const ran: unknown[] = [];
    const requests: ProviderRequest[] = [];
    await using chat = await start(ran, {requests});
    const {response, ids} = await ask(chat, 'send send');
    const next = await create(chat, {
      previous_response_id: response.id,
      input: [refuse(ids[0], 'Not to Ada.'), refuse(ids[1])],
    });
    assert.deepEqual(typesIn(next), ['message']);
    const told = [
      ['send', 'The person refused, and said: Not to Ada.'],
      ['send', 'The person refused.'],
    ];
    assert.deepEqual(toldCalls(requests), told);
    assert.deepEqual(await retrieve(chat, response.id), response);
    await create(chat, {previous_response_id: next.id, input: 'And now?'});
    assert.deepEqual(toldCalls(requests), told);
    assert.deepEqual(ran, []);
    const input = await json<{data: readonly Item[]}>(
      await chat.get(`${path}/${next.id}/input_items?order=asc`, keyOf('alice')),
    );
    assert.deepEqual(
      input.data.map(({type, approve: approved, reason}) => [type, approved, reason]),
      [
        ['mcp_approval_response', false, 'Not to Ada.'],
        ['mcp_approval_response', false, undefined],
      ],
    );
  });

  test('is answered once: a later answer is a 409 with a sentence, and of many at the same time one counts', async () => {
    const ran: unknown[] = [];
    await using chat = await start(ran);
    const {response, ids} = await ask(chat, 'send');
    const answers = await Promise.all(
      [approve(ids[0]), refuse(ids[0]), approve(ids[0]), approve(ids[0])].map((input) =>
        post(chat, {previous_response_id: response.id, input: [input]}),
      ),
    );
    assert.deepEqual(
      answers.map(({status}) => status).toSorted((one, other) => one - other),
      [200, 409, 409, 409],
    );
    const count = ran.length;
    assert.ok(count <= 1);
    const late = await post(chat, {previous_response_id: response.id, input: [approve(ids[0])], stream: true});
    assert.equal(late.status, 409);
    assert.equal((await json<ResponseObject>(late)).error?.message, 'This was answered already.');
    assert.equal(ran.length, count);
  });

  test('is answered by its owner alone, and only if it exists', async () => {
    const ran: unknown[] = [];
    await using chat = await start(ran);
    const {response, ids} = await ask(chat, 'send');
    const refused = async (status: number, body: object, name = 'alice') => {
      const answer = await post(chat, body, keyOf(name));
      assert.equal(answer.status, status);
      return (await json<ResponseObject>(answer)).error?.message ?? '';
    };
    const previous = {previous_response_id: response.id};
    await refused(404, {...previous, input: [approve(ids[0])]}, 'bob');
    const items = [{role: 'user', content: 'Hi'}, ...response.output];
    assert.match(await refused(404, {input: [...items, approve(ids[0])]}, 'bob'), /not found/);
    await refused(404, {...previous, input: [approve('mcpr_made_up')]});
    await refused(404, {...previous, input: [approve(response.output[0]?.id)]});
    assert.match(await refused(400, {input: [{role: 'user', content: 'Hi'}, approve(ids[0])]}), /No approval request/);
    assert.match(await refused(400, {...previous, input: [approve(ids[0])], tools: []}), /tool of type "mcp"/);
    await refused(400, {...previous, input: [approve(ids[0])], store: false});
    assert.match(await refused(400, {...previous, input: [approve(ids[0]), refuse(ids[0])]}), /two answers/);
    assert.match(
      await refused(400, {...previous, input: [approve(ids[0]), {role: 'user', content: 'Now'}]}),
      /must be the last items/,
    );
    const moved = await create(chat, {...previous, input: 'Something else'});
    assert.match(
      await refused(409, {previous_response_id: moved.id, input: [approve(ids[0])]}),
      /has gone on behind these calls/,
    );
    assert.deepEqual(ran, []);
    // None of these has used it up.
    assert.equal((await create(chat, {...previous, input: [approve(ids[0])]})).status, 'completed');
    assert.equal(ran.length, 1);
  });

  test('is answered together with the others of its response', async () => {
    const ran: unknown[] = [];
    await using chat = await start(ran);
    const {response, ids} = await ask(chat, 'send look send');
    const previous = {previous_response_id: response.id};
    const half = await post(chat, {...previous, input: [approve(ids[0])]});
    assert.equal(half.status, 400);
    assert.match((await json<ResponseObject>(half)).error?.message ?? '', new RegExp(`"${ids[1]}" waits, too`));
    const next = await create(chat, {...previous, input: [refuse(ids[1]), approve(ids[0])]});
    assert.deepEqual(typesIn(next), ['mcp_call', 'message']);
    assert.equal(next.output[0]?.['approval_request_id'], ids[0]);
    assert.equal(ran.length, 1);
  });

  test('without an answer is told to the model as not done when the conversation goes on', async () => {
    const requests: ProviderRequest[] = [];
    await using chat = await start([], {requests});
    const {response} = await ask(chat, 'send');
    await create(chat, {previous_response_id: response.id, input: 'Something else'});
    assert.deepEqual(toldCalls(requests), [['send', 'Nobody has said whether it may run, so it was not done.']]);
  });

  test('is asked anew if its tool has changed since', async () => {
    const ran: unknown[] = [];
    let description = 'Sends a message.';
    await using chat = await start(ran, {
      tools: [
        {
          ...sending(ran),
          get description() {
            return description;
          },
        },
      ],
    });
    const {response, ids} = await ask(chat, 'send');
    description = 'Sends a message to everybody.';
    const asksAgain = await create(chat, {previous_response_id: response.id, input: [approve(ids[0])]});
    assert.deepEqual(typesIn(asksAgain), ['mcp_approval_request']);
    assert.deepEqual(await retrieve(chat, asksAgain.id), asksAgain);
    assert.deepEqual(ran, []);
    const input = [approve(asksAgain.output[0]?.id)];
    const next = await create(chat, {previous_response_id: asksAgain.id, input});
    assert.deepEqual(typesIn(next), ['mcp_call', 'message']);
    assert.equal(ran.length, 1);
  });

  test('waits over a restart of the server, in a response and in a run of AG-UI', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'chatlet-approvals-'));
    const ran: unknown[] = [];
    const onDisk = {databaseUrl: `sqlite:${join(folder, 'chats.db')}`};
    const run = (chat: TestServer, more: object = {}) =>
      chat.post(
        '/agui',
        {threadId: 't', messages: [{id: 'q', role: 'user', content: 'do: send'}], ...more},
        keyOf('alice'),
      );
    try {
      let previous = '';
      let id: string | undefined;
      let interruptId: string | undefined;
      {
        await using chat = await start(ran, onDisk);
        const {response, ids} = await ask(chat, 'send');
        [previous, id] = [response.id, ids[0]];
        [, interruptId] = /"id":"(resp_[^"]+)"/.exec(await (await run(chat)).text()) ?? [];
      }
      await using chat = await start(ran, onDisk);
      assert.deepEqual(ran, []);
      const next = await create(chat, {previous_response_id: previous, input: [approve(id)]});
      assert.deepEqual(typesIn(next), ['mcp_call', 'message']);
      assert.equal(ran.length, 1);
      const resume = [{interruptId, status: 'resolved', payload: {approved: true}}];
      assert.match(await (await run(chat, {resume})).text(), /"TOOL_CALL_RESULT".*sent/);
      assert.equal(ran.length, 2);
      assert.equal((await run(chat, {resume})).status, 409);
      assert.equal(ran.length, 2);
    } finally {
      await rm(folder, {recursive: true});
    }
  });

  test('goes on once with an idempotency key, and gives the same response again', async () => {
    const ran: unknown[] = [];
    await using chat = await start(ran);
    const {response, ids} = await ask(chat, 'send');
    const body = {previous_response_id: response.id, input: [approve(ids[0])]};
    const key = {'idempotency-key': 'once'};
    const next = await json<ResponseObject>(await post(chat, body, key));
    assert.deepEqual(await json<ResponseObject>(await post(chat, body, key)), next);
    assert.equal(ran.length, 1);
  });

  test('comes in a stream with OpenAI’s events in their order, and so does its result', async () => {
    await using chat = await start([]);
    const eventsOf = async (body: object) => {
      const response = await post(chat, {...body, stream: true});
      assert.equal(response.status, 200);
      const frames = (await response.text()).split('\n\n').filter((frame) => frame !== '');
      return frames.map((frame) => JSON.parse(frame.slice(frame.indexOf('data: ') + 6)) as Item & {item?: Item});
    };
    const asked = await eventsOf({input: 'do: send'});
    assert.deepEqual(
      asked.map(({sequence_number: number}) => number),
      [...asked.keys()],
    );
    assert.deepEqual(
      asked.slice(-4).map(({type, item}) => [type, item?.type]),
      [
        ['response.output_item.done', 'message'],
        ['response.output_item.added', 'mcp_approval_request'],
        ['response.output_item.done', 'mcp_approval_request'],
        ['response.completed', undefined],
      ],
    );
    const id = asked.at(-2)?.item?.id;
    const response = asked.at(-1)?.['response'] as ResponseObject;
    const told = await eventsOf({previous_response_id: response.id, input: [approve(id)]});
    assert.deepEqual(
      told.map(({sequence_number: number}) => number),
      [...told.keys()],
    );
    assert.deepEqual(
      told.slice(0, 9).map(({type}) => type),
      [
        'response.created',
        'response.in_progress',
        'response.output_item.added',
        'response.mcp_call.in_progress',
        'response.mcp_call_arguments.delta',
        'response.mcp_call_arguments.done',
        'response.mcp_call.completed',
        'response.output_item.done',
        'response.output_item.added',
      ],
    );
    const last = told.at(-1)?.['response'] as ResponseObject;
    assert.deepEqual(await retrieve(chat, last.id), last);
  });

  test('waits also in a background response, which can be read again from any event', async () => {
    const ran: unknown[] = [];
    await using chat = await start(ran);
    const begun = await create(chat, {input: 'do: send', background: true});
    const ended = async (id: string) => {
      await (await chat.get(`${path}/${id}?stream=true`, keyOf('alice'))).text();
      return retrieve(chat, id);
    };
    const response = await ended(begun.id);
    const next = await create(chat, {
      previous_response_id: response.id,
      input: [approve(requestsIn(response)[0]?.id)],
      background: true,
    });
    assert.deepEqual(typesIn(await ended(next.id)), ['mcp_call', 'message']);
    const again = await chat.get(`${path}/${next.id}?stream=true&starting_after=4`, keyOf('alice'));
    assert.match(await again.text(), /^event: response.mcp_call_arguments.delta\n/);
    assert.equal(ran.length, 1);
  });
});
