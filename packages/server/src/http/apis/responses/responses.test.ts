import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {emptyAnswer} from '@chatlet/protocol';
import {seededRandom} from '../../../../../bench/widget/statistics.ts';
import {type TestServer, json, startChat} from '../../../testing/chat-server.ts';
import {type Script, delta, done, nextReply, refuses, says} from '../../../testing/upstream.ts';
import {sqliteStore} from '../../../stores/sqlite/index.ts';
import {memoryTurnLog} from '../../../turn-logs/memory.ts';

const path = '/v1/responses';
const alice = {authorization: 'Bearer key-of-alice'};
const bob = {authorization: 'Bearer key-of-bob'};
const keyed = {
  apiKeys: [
    {key: 'key-of-alice', plan: 'default', account: 'alice'},
    {key: 'key-of-bob', plan: 'default', account: 'bob'},
  ],
  plans: [{name: 'default'}],
};

interface Item {
  readonly id: string;
  readonly type: string;
  readonly [field: string]: unknown;
}

interface ResponseObject {
  readonly id: string;
  readonly status: string;
  readonly output: readonly Item[];
  readonly error: {readonly code: string; readonly message: string} | null;
  readonly incomplete_details: {readonly reason: string} | null;
  readonly [field: string]: unknown;
}

interface Refused {
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly param: string | null;
    readonly code: string;
  };
}

const ask = (chat: TestServer, body: object, headers: Readonly<Record<string, string>> = {}) =>
  chat.post(path, {model: 'test-model', ...body}, headers);
const create = async (chat: TestServer, body: object, headers?: Readonly<Record<string, string>>) =>
  json<ResponseObject>(await ask(chat, body, headers));
const retrieve = async (chat: TestServer, id: string) => json<ResponseObject>(await chat.get(`${path}/${id}`));

const erase = (chat: TestServer, at: string, headers: Readonly<Record<string, string>> = {}) =>
  fetch(chat.url + at, {method: 'DELETE', headers});

/** The messages of the last request to the model. */
function told({upstream}: TestServer): unknown {
  return upstream.requests.at(-1)?.body?.['messages'];
}

const chunk = (fields: object, reason: string | null = null) =>
  `data: ${JSON.stringify({choices: [{index: 0, delta: fields, finish_reason: reason}]})}\n\n`;

/** Thinks, speaks, and calls a tool, in many pieces. */
const speaksAtLength: Script = async (exchange) => {
  for (const piece of ['Let me', ' see. ']) await exchange.write(chunk({reasoning_content: piece}));
  for (let count = 0; count < 20; count++) await exchange.write(delta(`Wörd ${count} 😀 `));
  const call = {index: 0, id: 'call_1', type: 'function', function: {name: 'look', arguments: '{"at":'}};
  await exchange.write(chunk({tool_calls: [call]}));
  await exchange.write(chunk({tool_calls: [{index: 0, function: {arguments: '"x"}'}}]}));
  exchange.end(chunk({}, 'tool_calls') + done().split('\n\n').slice(1).join('\n\n'));
};

/** The first bytes of a stream, which is then cut. */
async function readBytes(response: Response, length: number): Promise<Uint8Array> {
  assert.ok(response.body);
  let bytes = new Uint8Array();
  for await (const more of response.body) {
    bytes = new Uint8Array([...bytes, ...more]);
    if (bytes.length >= length) break;
  }
  return bytes.slice(0, length);
}

/** The whole frames at the beginning, and the number of the last one. */
function readFrames(bytes: Uint8Array): {
  readonly text: string;
  readonly id: string | undefined;
  readonly last: number;
} {
  const text = Buffer.from(bytes).toString();
  const whole = text.slice(0, text.lastIndexOf('\n\n') + 2);
  const numbers = [...whole.matchAll(/"sequence_number":(\d+)/g)].map(([, number]) => Number(number));
  return {text: whole, id: /"id":"(resp_[\w-]+)"/.exec(whole)?.[1], last: numbers.at(-1) ?? -1};
}

suite('a stream of a background response', () => {
  test('is the same, byte for byte, if it is cut anywhere and its rest is read by starting_after', async () => {
    const runs = Number(process.env['CHATLET_RUNS'] ?? 20);
    const seed = Number(process.env['CHATLET_SEED'] ?? Date.now() % 1_000_000);
    console.log(`streams of responses that are cut: ${runs} runs, CHATLET_SEED=${seed}`);
    const random = seededRandom(seed);
    await using chat = await startChat({plans: [{name: 'default'}]});
    for (let run = 0; run < runs; run++) {
      chat.upstream.script(speaksAtLength);
      const cut = await ask(chat, {input: 'Speak', background: true, stream: true});
      // Somewhere between the first event, which names the response, and the end.
      const bytes = await readBytes(cut, 1_500 + Math.floor(random() * 12_000));
      const {text, id, last} = readFrames(bytes);
      assert.ok(id !== undefined && last >= 0);
      const rest = await (await chat.get(`${path}/${id}?stream=true&starting_after=${last}`)).text();
      const whole = await (await chat.get(`${path}/${id}?stream=true`)).text();
      assert.equal(text + rest, whole, `seed ${seed}, run ${run}`);
      assert.match(whole, /"sequence_number":(\d+)[^]*event: response.completed\n[^\n]+\n\n$/);
    }
    console.log(`Result: ${runs} streams cut, each read on with the same bytes`);
  });

  test('begins at once, before the model has said a word, and tells a refusal of the model in the stream', async () => {
    await using chat = await startChat();
    const asked = nextReply(chat.upstream);
    const response = await ask(chat, {input: 'Hi', background: true, stream: true});
    const {id} = readFrames(await readBytes(response, 1_500));
    const reply = await asked;
    reply.start(400, {'content-type': 'application/json'});
    reply.end(JSON.stringify({error: {message: 'canary', type: 'invalid_request_error'}}));
    assert.ok(id);
    const whole = await (await chat.get(`${path}/${id}?stream=true`)).text();
    assert.match(
      whole,
      /^event: response\.created\n[^]*event: response\.queued\n[^]*event: error\n[^]*event: response\.failed\n/,
    );
    assert.equal((await retrieve(chat, id)).status, 'failed');
  });

  test('gives its last event with the whole response if its log is forgotten, or all from the store', async () => {
    await using chat = await startChat({turnLog: memoryTurnLog({keepFor: 0})});
    chat.upstream.script(speaksAtLength);
    const {id} = readFrames(Buffer.from(await (await ask(chat, {input: 'Speak', stream: true})).text()));
    assert.ok(id);
    const kept = await retrieve(chat, id);
    const rest = await (await chat.get(`${path}/${id}?stream=true&starting_after=7`)).text();
    const [, data = ''] = /^event: response\.completed\ndata: (.+)\n\n$/.exec(rest) ?? [];
    assert.deepEqual(JSON.parse(data), {type: 'response.completed', sequence_number: 8, response: kept});
    const whole = await (await chat.get(`${path}/${id}?stream=true`)).text();
    const last = whole.trim().split('data: ').at(-1) ?? '';
    assert.deepEqual((JSON.parse(last) as {response: unknown}).response, kept);
  });
});

suite('a stored response', () => {
  test('is no chat, is exported, and goes when its owner is forgotten', async () => {
    await using chat = await startChat(keyed);
    const {id} = await create(chat, {input: 'Secret words'}, alice);
    assert.deepEqual(await json(await chat.get('/api/chats', alice)), []);
    assert.deepEqual(await json(await chat.get('/api/chats?search=secret', alice)), []);
    assert.equal((await chat.get(`/api/chats/${id}`, alice)).status, 404);
    assert.equal((await chat.get(`/api/chats/${id}/messages`, alice)).status, 404);
    // A chat of that name is another one.
    await (
      await chat.post('/api/chat', {chatId: id, message: {text: 'Hi'}}, {...alice, 'x-chat-protocol': 'chatlet'})
    ).text();
    assert.equal((await json<unknown[]>(await chat.get('/api/chats', alice))).length, 1);

    const exported = await (await chat.get('/api/me/export', alice)).text();
    assert.ok(exported.includes(id) && exported.includes('Secret words'));
    const markdown = await (await chat.get('/api/me/export?format=markdown', alice)).text();
    assert.ok(markdown.includes('Secret words'));
    assert.deepEqual(await json(await erase(chat, '/api/me', alice)), {success: true, chats: 2});
    assert.equal((await chat.get(`${path}/${id}`, alice)).status, 404);
  });

  test('does not exist for another owner, by whatever way it is asked for', async () => {
    await using chat = await startChat(keyed);
    const {id, output} = await create(chat, {input: 'Hi'}, alice);
    const [item] = output;
    assert.ok(item);
    const ways: readonly Promise<Response>[] = [
      chat.get(`${path}/${id}`, bob),
      chat.get(`${path}/${id}?stream=true`, bob),
      chat.get(`${path}/${id}?stream=true&starting_after=1`, bob),
      chat.get(`${path}/${id}/input_items`, bob),
      chat.post(`${path}/${id}/cancel`, {}, bob),
      erase(chat, `${path}/${id}`, bob),
      ask(chat, {input: 'Hi', previous_response_id: id}, bob),
      ask(chat, {input: [{type: 'item_reference', id: item.id}]}, bob),
    ];
    for (const [index, response] of (await Promise.all(ways)).entries()) {
      assert.equal(response.status, 404, `way ${index}`);
      const {error} = await json<Refused>(response);
      assert.deepEqual([error.type, error.code], ['invalid_request_error', 'not_found']);
    }
    assert.equal(chat.upstream.requests.length, 1);
    assert.equal((await chat.get(`${path}/${id}`, alice)).status, 200);
  });

  test('is answered once under an Idempotency-Key, and goes on if its reader leaves', async () => {
    await using chat = await startChat();
    const key = {'idempotency-key': 'one'};
    const first = await create(chat, {input: 'Hi'}, key);
    assert.deepEqual(await create(chat, {input: 'Hi'}, key), first);
    assert.equal(chat.upstream.requests.length, 1);
    assert.equal((await ask(chat, {input: 'Other'}, key)).status, 409);

    const asked = nextReply(chat.upstream);
    const abort = new AbortController();
    const left = fetch(chat.url + path, {
      method: 'POST',
      headers: {'content-type': 'application/json', 'idempotency-key': 'two'},
      body: JSON.stringify({model: 'test-model', input: 'Hi'}),
      signal: abort.signal,
    });
    const reply = await asked;
    abort.abort();
    await assert.rejects(left);
    await reply.write(delta('Said '));
    reply.end(delta('on.') + done());
    const again = await create(chat, {input: 'Hi'}, {'idempotency-key': 'two'});
    assert.deepEqual([again.status, textOf(again)], ['completed', 'Said on.']);
  });

  test('R-7: counts with its bytes and not as a chat', async () => {
    await using chat = await startChat({plans: [{name: 'default', maxChats: 1, maxBytes: 20_000}]});
    for (let count = 0; count < 3; count++) await create(chat, {input: 'Hi'});
    await chat.ask('Hi');
    assert.equal((await ask(chat, {input: 'x'.repeat(20_000)})).status, 200);
    assert.equal((await ask(chat, {input: 'Hi'})).status, 403);
  });

  test('R-7: is deleted when it is too old, and chats are not', async (t) => {
    const store = sqliteStore({path: ':memory:'});
    t.after(() => store.close());
    const old = '2026-01-01T00:00:00.000Z';
    for (const id of ['resp_old', 'chat_old']) {
      const answer = {...emptyAnswer({id: `msg_${id}`, createdAt: old}), status: 'done'} as const;
      await store.startTurn('key:a', {chat: {id, title: id, model: 'm', createdAt: old, updatedAt: old}, answer});
    }
    const sweep = (responsesBefore: string) => store.deleteExpired?.({temporaryBefore: old, responsesBefore, ages: []});
    assert.equal(await sweep(old), 0);
    assert.equal(await sweep('2026-01-02T00:00:00.000Z'), 1);
    assert.deepEqual((await store.chats('key:a', {kind: 'responses'})).items, []);
    assert.equal((await store.chats('key:a', {})).items.length, 1);
  });

  test('that is gone cannot be gone on from', async () => {
    await using chat = await startChat();
    const first = await create(chat, {input: 'One'});
    const second = await create(chat, {input: 'Two', previous_response_id: first.id});
    const {data} = await json<{data: Item[]}>(await chat.get(`${path}/${second.id}/input_items`));
    assert.equal(data.length, 1);
    assert.deepEqual(await json(await erase(chat, `${path}/${first.id}`)), {
      id: first.id,
      object: 'response',
      deleted: true,
    });
    const refused = await ask(chat, {input: 'Three', previous_response_id: second.id});
    assert.equal(refused.status, 404);
    assert.equal((await json<Refused>(refused)).error.param, 'previous_response_id');
  });

  test('that is still being written cannot be gone on from, and is stopped when it is deleted', async () => {
    await using chat = await startChat();
    const asked = nextReply(chat.upstream);
    const {id} = await create(chat, {input: 'One', background: true});
    const reply = await asked;
    await reply.write(delta('Half'));
    assert.equal((await ask(chat, {input: 'Two', previous_response_id: id})).status, 400);
    await (await erase(chat, `${path}/${id}`)).text();
    await reply.abandoned;
  });

  test('gives its input page by page, newest first unless asked otherwise', async () => {
    await using chat = await startChat();
    const input = ['One', 'Two', 'Three'].map((content) => ({role: 'user', content}));
    const {id} = await create(chat, {input});
    const page = async (query: string) =>
      json<{data: Item[]; has_more: boolean; first_id: string; last_id: string}>(
        await chat.get(`${path}/${id}/input_items?${query}`),
      );
    const newest = await page('limit=2');
    const texts = ({data}: {data: Item[]}) => data.map(({content}) => (content as {text: string}[])[0]?.text);
    assert.deepEqual([texts(newest), newest.has_more], [['Three', 'Two'], true]);
    const rest = await page(`limit=2&after=${newest.last_id}`);
    assert.deepEqual([texts(rest), rest.has_more], [['One'], false]);
    assert.deepEqual(texts(await page('order=asc')), ['One', 'Two', 'Three']);
  });
});

function textOf({output}: ResponseObject): string {
  return output
    .flatMap(({content}) => (Array.isArray(content) ? (content as {text?: string}[]) : []))
    .map(({text = ''}) => text)
    .join('');
}

suite('how a response ends', () => {
  const ends: readonly [how: string, script: Script, expected: object][] = [
    [
      'too long',
      async (exchange) => exchange.end(delta('Half') + chunk({}, 'length')),
      {status: 'incomplete', incomplete_details: {reason: 'max_output_tokens'}},
    ],
    [
      'filtered',
      async (exchange) => exchange.end(delta('Half') + chunk({}, 'content_filter')),
      {status: 'incomplete', incomplete_details: {reason: 'content_filter'}},
    ],
    ['whole', says('All'), {status: 'completed', incomplete_details: null, error: null}],
  ];
  for (const [how, script, expected] of ends) {
    test(`an answer that is ${how} is told whole, streamed and read again alike`, async () => {
      await using chat = await startChat();
      chat.upstream.script(script, script);
      const whole = await create(chat, {input: 'Hi'});
      assert.partialDeepStrictEqual(whole, expected);
      assert.deepEqual(await retrieve(chat, whole.id), whole);
      const streamed = await (await ask(chat, {input: 'Hi', stream: true})).text();
      const last = JSON.parse(streamed.trim().split('data: ').at(-1) ?? '') as {type: string; response: ResponseObject};
      assert.equal(last.type, `response.${whole.status}`);
      assert.partialDeepStrictEqual(last.response, expected);
      const [item, other] = [last.response.output[0], whole.output[0]];
      assert.deepEqual({...item, id: ''}, {...other, id: ''});
    });
  }

  test('a refusal of the model before its first word keeps its status', async () => {
    await using chat = await startChat();
    for (const stream of [false, true]) {
      chat.upstream.script(
        refuses(429, {error: {message: 'Slow down', type: 'rate_limit_error'}}, {'retry-after': '7'}),
      );
      const response = await ask(chat, {input: 'Hi', stream});
      assert.deepEqual([response.status, response.headers.get('retry-after')], [429, '7']);
    }
  });

  test('what the model thought, said and cited comes as items, and with what its reasoning needs if asked for', async () => {
    await using chat = await startChat();
    chat.upstream.script(async (exchange) => {
      await exchange.write(chunk({reasoning_content: 'Hm.'}));
      await exchange.write(delta('Said.'));
      const url_citation = {url: 'https://example.com/a', title: 'A', start_index: 0, end_index: 0};
      await exchange.write(chunk({annotations: [{type: 'url_citation', url_citation}]}));
      exchange.end(done());
    });
    const response = await create(chat, {input: 'Hi', include: ['reasoning.encrypted_content']});
    const [reasoning, message] = response.output;
    assert.partialDeepStrictEqual(reasoning, {type: 'reasoning', summary: [{type: 'summary_text', text: 'Hm.'}]});
    assert.equal(typeof reasoning?.['encrypted_content'], 'string');
    assert.partialDeepStrictEqual(message?.['content'], [
      {
        type: 'output_text',
        text: 'Said.',
        annotations: [{type: 'url_citation', url: 'https://example.com/a', title: 'A'}],
      },
    ]);
    // And all of it can be sent back.
    await create(chat, {input: [{role: 'user', content: 'Hi'}, ...response.output, {role: 'user', content: 'And?'}]});
    assert.partialDeepStrictEqual(told(chat), [
      {content: 'Hi'},
      {role: 'assistant', content: 'Said.'},
      {content: 'And?'},
    ]);
  });
});

suite('the input of a response', () => {
  test('becomes the messages that a model reads: images, files, audio, roles, calls and results', async () => {
    await using chat = await startChat();
    const call = (id: string) => ({type: 'function_call', call_id: id, name: 'look', arguments: `{"id": "${id}"}`});
    const result = (id: string, output: unknown) => ({type: 'function_call_output', call_id: id, output});
    await create(chat, {
      instructions: 'Be brief.',
      input: [
        {role: 'developer', content: 'In English.'},
        {
          role: 'user',
          content: [
            {type: 'input_text', text: 'Look'},
            {type: 'input_image', image_url: 'https://example.com/a.png', detail: 'low'},
            {type: 'input_file', file_data: 'data:application/pdf;base64,AAAA', filename: 'a.pdf'},
            {type: 'input_audio', input_audio: {data: 'AAAA', format: 'wav'}},
          ],
        },
        {type: 'reasoning', id: 'rs_1', summary: [{type: 'summary_text', text: 'Hm.'}]},
        {type: 'message', role: 'assistant', content: [{type: 'output_text', text: 'Wait.', annotations: []}]},
        call('a'),
        call('b'),
        result('b', 'B'),
        result('a', [{type: 'input_text', text: 'A'}]),
        call('c'),
        result('c', ''),
      ],
    });
    const toolCall = (id: string) => ({id, type: 'function', function: {name: 'look', arguments: `{"id": "${id}"}`}});
    assert.deepEqual(
      JSON.parse(
        JSON.stringify(told(chat), (name, value: unknown) => (name === 'reasoning_content' ? undefined : value)),
      ),
      [
        {role: 'system', content: 'Be brief.\n\nIn English.'},
        {
          role: 'user',
          content: [
            {type: 'text', text: 'Look'},
            {type: 'image_url', image_url: {url: 'https://example.com/a.png', detail: 'low'}},
            {type: 'file', file: {filename: 'a.pdf', file_data: 'data:application/pdf;base64,AAAA'}},
            {type: 'input_audio', input_audio: {data: 'AAAA', format: 'wav'}},
          ],
        },
        {role: 'assistant', content: 'Wait.', tool_calls: [toolCall('a'), toolCall('b')]},
        {role: 'tool', tool_call_id: 'a', content: 'A'},
        {role: 'tool', tool_call_id: 'b', content: 'B'},
        {role: 'assistant', content: null, tool_calls: [toolCall('c')]},
        {role: 'tool', tool_call_id: 'c', content: ''},
      ],
    );
  });

  test('may refer to items of stored responses instead of repeating them', async () => {
    await using chat = await startChat();
    const first = await create(chat, {input: 'One'});
    const {data} = await json<{data: Item[]}>(await chat.get(`${path}/${first.id}/input_items`));
    const ids = [...data, ...first.output].map(({id}) => id);
    await create(chat, {
      input: [{type: 'item_reference', id: ids[0]}, {id: ids[1]}, {role: 'user', content: 'Two'}],
    });
    assert.partialDeepStrictEqual(told(chat), [
      {role: 'user', content: 'One'},
      {role: 'assistant', content: 'You said: One'},
      {role: 'user', content: 'Two'},
    ]);
  });

  test('that is too long is refused with its field, or loses its oldest turns with truncation auto', async () => {
    await using chat = await startChat({models: [{id: 'test-model', contextLength: 100}]});
    const input = Array.from({length: 20}, (_, index) => ({role: 'user', content: `Question ${index} of many words`}));
    const refused = await ask(chat, {input});
    assert.equal(refused.status, 400);
    assert.partialDeepStrictEqual(await json<Refused>(refused), {
      error: {param: 'input', code: 'context_length_exceeded'},
    });
    await create(chat, {input, truncation: 'auto'});
    const messages = told(chat);
    assert.ok(Array.isArray(messages) && messages.length < 20);
    assert.partialDeepStrictEqual(messages.at(-1), {content: 'Question 19 of many words'});
  });

  const refusals: readonly [param: string | null, body: object][] = [
    ['temperature', {temperature: 3}],
    ['max_output_tokens', {max_output_tokens: 0}],
    ['conversation', {conversation: 'conv_1'}],
    ['prompt', {prompt: {id: 'pmpt_1'}}],
    ['context_management', {context_management: [{type: 'compaction'}]}],
    ['moderation', {moderation: {model: 'm'}}],
    ['top_logprobs', {top_logprobs: 3}],
    ['include[0]', {include: ['message.output_text.logprobs']}],
    ['tools[0].type', {tools: [{type: 'web_search'}]}],
    ['tools[0].type', {tools: [{type: 'custom', name: 'x'}]}],
    ['tool_choice', {tool_choice: 'required'}],
    ['tool_choice', {tool_choice: {type: 'function', name: 'x'}}],
    ['tool_choice.type', {tool_choice: {type: 'web_search'}}],
    ['text.format.schema', {text: {format: {type: 'json_schema', name: 'x'}}}],
    ['background', {background: true, store: false}],
    ['no_such_field', {no_such_field: 1}],
    ['input', {input: undefined}],
    ['input', {input: []}],
    ['input[0].role', {input: [{role: 'root', content: 'x'}]}],
    ['input[0].type', {input: [{type: 'web_search_call', id: 'ws_1'}]}],
    ['input[0].content[0].type', {input: [{role: 'user', content: [{type: 'input_video'}]}]}],
    ['input[0].content[0].image_url', {input: [{role: 'user', content: [{type: 'input_image', file_id: 'file_1'}]}]}],
    ['input[0].content[0].file_data', {input: [{role: 'user', content: [{type: 'input_file', file_id: 'file_1'}]}]}],
    ['input[0].call_id', {input: [{type: 'function_call_output', call_id: 'x', output: 'x'}]}],
    ['input[0].encrypted_content', {input: [{type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAA'}]}],
    [
      'input[0].content',
      {input: [{role: 'system', content: [{type: 'input_image', image_url: 'https://e.com/a.png'}]}]},
    ],
    ['stream', {stream: 'yes'}],
  ];
  for (const [param, body] of refusals) {
    test(`that cannot be passed on is a 400 that names ${param}: ${JSON.stringify(body)}`, async () => {
      await using chat = await startChat();
      const response = await ask(chat, {input: 'Hi', ...body});
      assert.equal(response.status, 400);
      const {error} = await json<Refused>(response);
      assert.equal(error.param, param);
      assert.equal(error.type, 'invalid_request_error');
      assert.deepEqual(chat.upstream.requests, []);
    });
  }

  test('of options reaches the model in the words of chat completions', async () => {
    await using chat = await startChat();
    const parameters = {type: 'object', properties: {at: {type: 'string'}}};
    await create(chat, {
      input: 'Hi',
      temperature: 0.2,
      top_p: 0.5,
      max_output_tokens: 50,
      tools: [{type: 'function', name: 'look', description: 'Looks', parameters, strict: true}],
      tool_choice: {type: 'function', name: 'look'},
      parallel_tool_calls: false,
      text: {format: {type: 'json_schema', name: 'answer', schema: {type: 'object'}, strict: true}},
    });
    const {body} = chat.upstream.first;
    assert.partialDeepStrictEqual(body, {
      temperature: 0.2,
      top_p: 0.5,
      tools: [{type: 'function', function: {name: 'look', description: 'Looks', parameters, strict: true}}],
      tool_choice: {type: 'function', function: {name: 'look'}},
      parallel_tool_calls: false,
      response_format: {type: 'json_schema', json_schema: {name: 'answer', schema: {type: 'object'}, strict: true}},
    });
    assert.equal(body?.['max_tokens'] ?? body?.['max_completion_tokens'], 50);
  });
});

suite('the moderation of a response', () => {
  test('replaces words in what is stored, in what goes on from it, and in what the model reads', async () => {
    const input = (text: string) => ({replace: text.replaceAll('4111', '[card]')});
    await using chat = await startChat({moderate: {input}});
    const image = {type: 'input_image', image_url: 'https://example.com/a.png'};
    const first = await create(chat, {
      instructions: 'Never say 4111.',
      input: [
        {
          role: 'user',
          content: [{type: 'input_text', text: 'Card 4111'}, image, {type: 'input_text', text: 'and 4111'}],
        },
        {role: 'assistant', content: 'Your card is 4111.'},
        {role: 'assistant', content: 'Truly 4111.'},
        {role: 'user', content: 'Thanks'},
      ],
    });
    const kept = [await (await chat.get(`${path}/${first.id}`)).text()];
    kept.push(await (await chat.get(`${path}/${first.id}/input_items`)).text());
    kept.push(await (await chat.get('/api/me/export')).text());
    await create(chat, {input: 'And?', previous_response_id: first.id});
    for (const exchange of chat.upstream.requests) kept.push(JSON.stringify(exchange.body));
    for (const text of kept) assert.doesNotMatch(text, /4111/);
    assert.equal(kept[1]?.match(/\[card\]/g)?.length, 4);
    assert.match(kept[1] ?? '', /a\.png/);
    assert.equal((told(chat) as unknown[]).length, 5);
  });
});

suite('what an upstream wants back', () => {
  const call = {
    index: 0,
    id: 'call_1',
    type: 'function',
    function: {name: 'look', arguments: '{}'},
    extra_content: {google: {thought_signature: 'SIG=='}},
  };
  const detail = {type: 'reasoning.text', text: 'Hm. ', signature: 'SIGNED'};
  const thinks: Script = (exchange) =>
    exchange.end(
      chunk({reasoning_content: 'Hm. ', reasoning_details: [detail]}) +
        chunk({tool_calls: [call]}) +
        chunk({}, 'tool_calls'),
    );
  const tools = [{type: 'function', name: 'look'}];
  const result = {type: 'function_call_output', call_id: 'call_1', output: 'Fog'};
  const question = {role: 'user', content: 'Look'};

  const ways: Readonly<Record<string, (chat: TestServer) => Promise<unknown>>> = {
    'by previous_response_id': async (chat) => {
      const {id} = await create(chat, {input: [question], tools});
      return create(chat, {input: [result], tools, previous_response_id: id});
    },
    'by references': async (chat) => {
      const {output} = await create(chat, {input: [question], tools});
      const references = output.map(({id}) => ({type: 'item_reference', id}));
      return create(chat, {input: [question, ...references, result], tools});
    },
    'by the items themselves, sealed': async (chat) => {
      const include = ['reasoning.encrypted_content'];
      const {output} = await create(chat, {input: [question], tools, store: false, include});
      return create(chat, {input: [question, ...output, result], tools, store: false, include});
    },
    'by the items themselves, without a seal': async (chat) => {
      const {output} = await create(chat, {input: [question], tools, store: false});
      return create(chat, {input: [question, ...output, result], tools, store: false});
    },
    'by the items of a stream': async (chat) => {
      const include = ['reasoning.encrypted_content'];
      const streamed = await (await ask(chat, {input: [question], tools, store: false, include, stream: true})).text();
      const items = [...streamed.matchAll(/"type":"response\.output_item\.done",.*"item":(\{.*\})\}\n/g)];
      const output = items.map(([, item = '']) => JSON.parse(item) as Item);
      assert.equal(output.length, 2);
      return create(chat, {input: [question, ...output, result], tools, store: false, include});
    },
  };
  for (const [way, goOn] of Object.entries(ways)) {
    test(`T2-03, T2-04: reasoning and signatures come back to it ${way}`, async () => {
      await using chat = await startChat();
      chat.upstream.script(thinks);
      await goOn(chat);
      const {index: _, ...back} = call;
      assert.deepEqual(told(chat), [
        question,
        {
          role: 'assistant',
          content: null,
          reasoning_content: 'Hm. ',
          // Without a seal the text is all that the client has.
          ...(!way.includes('without') && {reasoning_details: [detail]}),
          tool_calls: [back],
        },
        {role: 'tool', tool_call_id: 'call_1', content: 'Fog'},
      ]);
    });
  }
});

test('T2-05: options that chat completions have too reach the upstream', async () => {
  await using chat = await startChat();
  const same = {service_tier: 'flex', user: 'u', safety_identifier: 's', prompt_cache_key: 'k'};
  const more = {reasoning: {effort: 'low'}, text: {verbosity: 'low'}, ...same};
  const response = await chat.post('/v1/responses', {model: 'test-model', input: 'Hi', ...more}, {});
  assert.equal(response.status, 200);
  const body = chat.upstream.first.body ?? {};
  const expected: Readonly<Record<string, unknown>> = {reasoning_effort: 'low', verbosity: 'low', ...same};
  for (const [name, value] of Object.entries(expected)) assert.equal(body[name], value, name);
});
