/** `/v1`: OpenAI's API from the client's side. */
import assert from 'node:assert/strict';
import {request} from 'node:http';
import {suite, test} from 'node:test';
import borderCases from '@chatlet/testdata/requests-border.json' with {type: 'json'};
import {gzipSync} from 'node:zlib';
import type {EventBatches} from '@chatlet/protocol';
import type {Provider} from '../../../engine/provider.ts';
import type {RequestFacts, TurnFacts} from '../../../index.ts';
import {type TestServer, json, startChat} from '../../../testing/chat-server.ts';
import {echoProvider, echoed} from '../../../testing/echo-provider.ts';
import {waitFor} from '../../../testing/wait-for.ts';
import {delta, done, pause, refuses, says} from '../../../testing/upstream.ts';

const path = '/v1/chat/completions';
const user = {role: 'user', content: 'Hi'};
const question = {model: 'default', messages: [user]};

interface Completion {
  readonly id: string;
  readonly object: string;
  readonly created: number;
  readonly model: string;
  readonly choices: readonly {
    readonly index: number;
    readonly message: Readonly<Record<string, unknown>> & {readonly content: string};
    readonly logprobs: null;
    readonly finish_reason: string;
  }[];
  readonly usage: {readonly prompt_tokens: number; readonly completion_tokens: number; readonly total_tokens: number};
}

interface Chunk {
  readonly id: string;
  readonly choices: readonly {
    readonly index: number;
    readonly delta: {readonly role?: string; readonly content?: string; readonly tool_calls?: readonly object[]};
    readonly finish_reason: string | null;
  }[];
  readonly usage?: object | null;
  readonly error?: {readonly code: string};
}

interface Envelope {
  readonly error: {readonly message: string; readonly type: string; readonly param: unknown; readonly code: string};
}

const ask = (chat: TestServer, more: object = {}, headers: Readonly<Record<string, string>> = {}) =>
  chat.post(path, {...question, ...more}, headers);

/** The chunks of a stream, and whether it ended with its end mark. */
async function chunksOf(response: Response): Promise<{chunks: readonly Chunk[]; marked: boolean}> {
  const text = await response.text();
  assert.ok(text.endsWith('\n\n'), 'The last event must be complete.');
  const data = text
    .split('\n\n')
    .filter((frame) => frame.startsWith('data: '))
    .map((frame) => frame.slice(6));
  const marked = data.at(-1) === '[DONE]';
  return {marked, chunks: (marked ? data.slice(0, -1) : data).map((one) => JSON.parse(one))};
}

/** Checks that an error has all four keys and nothing of our own form. */
async function envelope(response: Response): Promise<Envelope['error']> {
  const text = await response.text();
  assert.doesNotMatch(text, /<html|at .*\(|node_modules|\.ts\b|canary/);
  const {error}: Envelope = JSON.parse(text);
  assert.deepEqual(Object.keys(error).toSorted(), ['code', 'message', 'param', 'type']);
  return error;
}

/** The number of running turns. */
async function running(chat: TestServer): Promise<number> {
  const numbers = await (await chat.get('/metrics')).text();
  return Number(/^chatlet_turns_running (\d+)$/m.exec(numbers)?.[1]);
}

suite('a chat completion', () => {
  test('a chat completion without stream is one JSON object', async () => {
    await using chat = await startChat();
    const response = await ask(chat);
    assert.match(response.headers.get('x-request-id') ?? '', /^req_/);
    assert.match(response.headers.get('openai-processing-ms') ?? '', /^\d+$/);
    const {id, created, ...rest} = await json<Completion>(response);
    assert.match(id, /^chatcmpl-/);
    assert.ok(Math.abs(created - Date.now() / 1000) < 60);
    assert.deepEqual(rest, {
      object: 'chat.completion',
      model: 'default',
      choices: [
        {
          index: 0,
          message: {role: 'assistant', content: 'You said: Hi', refusal: null},
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: {prompt_tokens: 9, completion_tokens: 3, total_tokens: 12},
    });
  });

  test('M-43: a whole chat completion has the answer’s sources as annotations, and its reasoning', async () => {
    const provider: Provider = {
      id: 'fixed',
      models: async () => [{id: 'fixed', name: 'Fixed'}],
      async *answer(): EventBatches {
        yield [
          {type: 'reasoning-delta', delta: 'Hm.'},
          {type: 'source', id: 's1', title: 'Pears', url: 'https://example.com/pears'},
          {type: 'source', id: 's2', title: 'A book without an address'},
          {type: 'text-delta', delta: 'Well'},
          {type: 'message-end', reason: 'stop'},
        ];
      },
    };
    await using chat = await startChat({providers: [provider]});
    const {choices} = await json<Completion>(await ask(chat, {model: 'fixed'}));
    assert.deepEqual(choices[0]?.message, {
      role: 'assistant',
      content: 'Well',
      refusal: null,
      reasoning_content: 'Hm.',
      annotations: [
        {
          type: 'url_citation',
          url_citation: {url: 'https://example.com/pears', title: 'Pears', start_index: 0, end_index: 0},
        },
      ],
    });
    const content = await chat.post('/chat/stream', {...question, model: 'fixed', stream: false}, {});
    assert.deepEqual(await json(content), {
      content: 'Well',
      finishReason: 'stop',
      sources: [
        {type: 'source', id: 's1', title: 'Pears', url: 'https://example.com/pears'},
        {type: 'source', id: 's2', title: 'A book without an address'},
      ],
    });
  });

  test('a streamed chat completion has one id, and the role in its first chunk', async () => {
    await using chat = await startChat();
    chat.upstream.script(says('One ', 'two'));
    const response = await ask(chat, {stream: true});
    assert.equal(response.headers.get('x-accel-buffering'), 'no');
    const {chunks, marked} = await chunksOf(response);
    assert.ok(marked);
    assert.equal(new Set(chunks.map(({id}) => id)).size, 1);
    assert.equal(chunks[0]?.choices[0]?.delta.role, 'assistant');
    assert.equal(chunks.map(({choices: [choice]}) => choice?.delta.content ?? '').join(''), 'One two');
    assert.deepEqual(
      chunks.map(({choices: [choice]}) => choice?.finish_reason).filter((reason) => reason !== null),
      ['stop'],
    );
    assert.ok(chunks.every((chunk) => chunk.choices.length === 1 && !('usage' in chunk)));
  });

  test('a streamed chat completion has usage in its last chunk if include_usage is set', async () => {
    await using chat = await startChat();
    const {chunks} = await chunksOf(await ask(chat, {stream: true, stream_options: {include_usage: true}}));
    const last = chunks.at(-1);
    assert.deepEqual(
      {choices: last?.choices, usage: last?.usage},
      {choices: [], usage: {prompt_tokens: 9, completion_tokens: 3, total_tokens: 12}},
    );
    assert.ok(chunks.slice(0, -1).every(({usage}) => usage === null));
  });

  test('several choices are numbered, whole and streamed', async () => {
    await using chat = await startChat();
    chat.upstream.script(says('A'), says('B'));
    const {choices, usage} = await json<Completion>(await ask(chat, {n: 2}));
    assert.deepEqual(
      choices.map(({index}) => index),
      [0, 1],
    );
    assert.deepEqual(choices.map(({message: {content}}) => content).toSorted(), ['A', 'B']);
    assert.equal(usage.total_tokens, 24);

    const {chunks, marked} = await chunksOf(
      await ask(chat, {n: 3, stream: true, stream_options: {include_usage: true}}),
    );
    assert.ok(marked);
    const texts = ['', '', ''];
    const ends: number[] = [];
    for (const {
      choices: [choice],
    } of chunks) {
      if (!choice) continue;
      texts[choice.index] += choice.delta.content ?? '';
      if (choice.finish_reason) ends.push(choice.index);
    }
    assert.deepEqual(texts, ['You said: Hi', 'You said: Hi', 'You said: Hi']);
    assert.deepEqual(new Set(ends), new Set([0, 1, 2]));
    assert.equal(ends.length, 3);
    assert.deepEqual(chunks.at(-1)?.usage, {prompt_tokens: 27, completion_tokens: 9, total_tokens: 36});
  });

  test('one choice makes one request of the upstream', async () => {
    await using chat = await startChat();
    await ask(chat, {n: 1});
    assert.equal(chat.upstream.requests.length, 1);
    assert.equal('n' in (chat.upstream.first.body ?? {}), false);
  });

  test('known options of a chat completion reach the model', async () => {
    await using chat = await startChat({providers: [echoProvider()]});
    const {choices} = await json<Completion>(
      await ask(chat, {
        max_tokens: 7,
        stop: 'END',
        seed: 3,
        temperature: 0,
        top_p: 0.5,
      }),
    );
    const {messages, ...asked} = echoed(choices[0]?.message.content ?? '');
    assert.deepEqual(asked, {model: 'echo', maxTokens: 7, stop: ['END'], seed: 3, temperature: 0, topP: 0.5});
    assert.deepEqual(messages, [{role: 'user', parts: [{type: 'text', text: 'Hi'}]}]);
  });

  test('max_tokens: 0 sets no limit', async () => {
    await using chat = await startChat();
    await ask(chat, {max_tokens: 0});
    assert.equal('max_tokens' in (chat.upstream.first.body ?? {}), false);
  });

  test('a model that refuses temperature is asked again without it', async () => {
    await using chat = await startChat();
    chat.upstream.script(refuses(400, {error: {message: "Unsupported value: 'temperature' does not support 0.7"}}));
    assert.equal((await ask(chat)).status, 200);
    const {temperature, top_p} = chat.upstream.requests[1]?.body ?? {};
    assert.deepEqual({temperature, top_p}, {temperature: undefined, top_p: undefined});
  });
});

suite('messages of a chat completion', () => {
  test('name and image detail of a message reach the model', async () => {
    await using chat = await startChat();
    const image = {type: 'image_url', image_url: {url: 'https://www.example.com/a.png', detail: 'low'}};
    const messages = [
      {role: 'system', name: 'rules', content: 'Be brief.'},
      {role: 'user', name: 'ada', content: [{type: 'text', text: 'What is this?'}, image]},
      {role: 'assistant', name: 'guide', content: 'A lamp.'},
      {role: 'user', name: 'bob', content: 'Are you sure?'},
    ];
    await ask(chat, {messages});
    assert.deepEqual(chat.upstream.first.body?.['messages'], messages);
  });
});

suite('tools of a chat completion', () => {
  const weather = {
    type: 'function',
    function: {name: 'weather', description: 'Says it', parameters: {type: 'object'}, strict: true},
  };
  // Spaces and digits that parsing and printing would lose.
  const written = '{"city": 12345678901234567890}';
  const call = {id: 'call_1', type: 'function', function: {name: 'weather', arguments: written}};
  const callFrames = [
    {tool_calls: [{index: 0, id: 'call_1', type: 'function', function: {name: 'weather', arguments: ''}}]},
    {tool_calls: [{index: 0, function: {arguments: written.slice(0, 9)}}]},
    {tool_calls: [{index: 0, function: {arguments: written.slice(9)}}]},
  ].map((piece) => `data: ${JSON.stringify({choices: [{index: 0, delta: piece, finish_reason: null}]})}\n\n`);
  const end = `data: ${JSON.stringify({choices: [{index: 0, delta: {}, finish_reason: 'tool_calls'}]})}\n\ndata: [DONE]\n\n`;

  test('the model calls the client’s tools, and the client sends their results', async () => {
    await using chat = await startChat();
    chat.upstream.script(
      (exchange) => exchange.end(callFrames.join('') + end),
      (exchange) => exchange.end(callFrames.join('') + end),
    );
    const tools = {tools: [weather], tool_choice: 'auto', parallel_tool_calls: false};
    const {choices} = await json<Completion>(await ask(chat, tools));
    assert.deepEqual(choices[0], {
      index: 0,
      message: {role: 'assistant', content: null, refusal: null, tool_calls: [call]},
      logprobs: null,
      finish_reason: 'tool_calls',
    });
    const sent = chat.upstream.first.body ?? {};
    assert.deepEqual([sent['tools'], sent['tool_choice'], sent['parallel_tool_calls']], [[weather], 'auto', false]);

    const {chunks} = await chunksOf(await ask(chat, {...tools, stream: true}));
    const pieces = chunks.flatMap(({choices: [choice]}) => choice?.delta.tool_calls ?? []);
    assert.deepEqual(pieces, [{index: 0, ...call}]);
    assert.equal(chunks.at(-1)?.choices[0]?.finish_reason, 'tool_calls');

    const answer = {role: 'assistant', content: null, tool_calls: [call]};
    const result = {role: 'tool', tool_call_id: 'call_1', content: 'Rain'};
    assert.equal((await ask(chat, {...tools, messages: [user, answer, result]})).status, 200);
    assert.deepEqual(chat.upstream.requests[2]?.body?.['messages'], [user, answer, result]);
  });

  test('an empty list of tools is no list of tools', async () => {
    await using chat = await startChat();
    await ask(chat, {tools: []});
    assert.equal('tools' in (chat.upstream.first.body ?? {}), false);
  });
});

suite('errors of /v1', () => {
  const wrong: readonly [name: string, more: object, status: number, code: string][] = [
    ['no model', {model: undefined}, 400, 'invalid_request'],
    ['a temperature above 2', {temperature: 2.01}, 400, 'invalid_request'],
    ['five answers', {n: 5}, 400, 'invalid_request'],
    ['an unknown model', {model: 'no-such-model'}, 404, 'model_not_found'],
  ];
  for (const [name, more, status, code] of wrong) {
    test(`an error of a chat completion has OpenAI’s form: ${name}`, async () => {
      await using chat = await startChat();
      const response = await ask(chat, more);
      assert.equal(response.status, status);
      assert.equal(response.headers.get('x-should-retry'), 'false');
      const error = await envelope(response);
      assert.deepEqual([error.type, error.code], ['invalid_request_error', code]);
      assert.deepEqual(chat.upstream.requests, []);
    });
  }

  test('an unknown path under /v1 is a 404 in OpenAI’s form', async () => {
    await using chat = await startChat();
    for (const response of [await chat.get('/v1/nothing'), await chat.post('/v1/audio/speech', {}, {})]) {
      assert.equal(response.status, 404);
      assert.equal((await envelope(response)).code, 'unknown_url');
    }
  });

  test('too long a conversation is refused before any stream, with both lengths in the sentence', async () => {
    await using chat = await startChat({models: [{id: 'test-model', contextLength: 100}]});
    const response = await ask(chat, {stream: true, messages: [{role: 'user', content: 'word '.repeat(200)}]});
    assert.equal(response.status, 400);
    const {code, message} = await envelope(response);
    assert.equal(code, 'context_length_exceeded');
    assert.match(message, /\b2\d\d tokens.*\b100\b/);
  });

  test('a refusal of the upstream keeps its status, streamed or not, but not its sentence', async () => {
    await using chat = await startChat();
    for (const stream of [false, true]) {
      chat.upstream.script(refuses(429, {error: {message: 'canary: too fast'}}, {'retry-after': '7'}));
      const limited = await ask(chat, {stream});
      assert.equal(limited.status, 429);
      assert.equal(limited.headers.get('retry-after'), '7');
      assert.equal(limited.headers.get('x-should-retry'), null);
      assert.equal((await envelope(limited)).code, 'rate_limit_exceeded');

      // Longer than OpenAI's clients wait: without the header they would retry at once.
      for (const [seconds, shouldRetry] of [
        ['60', null],
        ['61', 'false'],
      ] as const) {
        chat.upstream.script(refuses(429, {error: {message: 'canary: too fast'}}, {'retry-after': seconds}));
        const longer = await ask(chat, {stream});
        assert.deepEqual(
          [longer.headers.get('retry-after'), longer.headers.get('x-should-retry')],
          [seconds, shouldRetry],
        );
        await longer.text();
      }

      chat.upstream.script(refuses(401, {error: {message: 'canary: bad key'}}));
      const refused = await ask(chat, {stream});
      assert.equal(refused.status, 502);
      assert.equal(refused.headers.get('x-should-retry'), 'false');
      assert.equal((await envelope(refused)).type, 'server_error');
    }
  });

  test('an error in the middle of a stream is its last event', async () => {
    await using chat = await startChat();
    chat.upstream.script(async (exchange) => {
      await exchange.write(delta('Half '));
      exchange.cut();
    });
    const {chunks, marked} = await chunksOf(await ask(chat, {stream: true}));
    assert.equal(chunks.at(-1)?.error?.code, 'interrupted');
    assert.equal(marked, false);
    assert.equal(
      chunks.some(({choices}) => choices?.some(({finish_reason}) => finish_reason)),
      false,
    );
  });

  test('an error in one of several choices is sent at once and ends all of them', async () => {
    await using chat = await startChat();
    const silent = pause();
    chat.upstream.script(
      async (exchange) => {
        await exchange.write(delta('Long '));
        await silent.here();
      },
      async (exchange) => {
        await exchange.write(delta('Half '));
        await silent.reached;
        exchange.cut();
      },
    );
    const {chunks, marked} = await chunksOf(await ask(chat, {stream: true, n: 2}));
    assert.deepEqual([chunks.at(-1)?.error?.code, marked], ['interrupted', false]);
    await chat.upstream.first.abandoned;
    assert.equal(await running(chat), 0);
  });

  for (const stream of [true, false]) {
    test(`an error before the first word of one choice ends all choices, ${stream ? 'streamed' : 'whole'}`, async () => {
      // The ceiling has room for two answers at once, so the first ones must release their share.
      await using chat = await startChat({spending: {everybody: {tokensPerDay: 10_000}}});
      for (const round of [0, 1, 2]) {
        const silent = pause();
        chat.upstream.script(
          () => silent.here(),
          async (exchange) => {
            await silent.reached;
            await refuses(429, {error: {message: 'Slow down'}})(exchange);
          },
        );
        const response = await ask(chat, {stream, n: 2});
        assert.equal((await envelope(response)).type, 'rate_limit_error');
        await chat.upstream.requests[2 * round]?.abandoned;
        assert.equal(await running(chat), 0);
      }
    });
  }

  for (const {name, method, headers, body, raw, expect} of borderCases.cases.filter(
    (each) => each.path === path && !('when' in each.expect),
  ) as readonly BorderCase[]) {
    test(`/v1/chat/completions with a borderline request: ${name}`, async () => {
      await using chat = await startChat({aliases: {m: 'test-model'}});
      const response = await fetch(chat.url + path, {
        method,
        headers,
        ...(method === 'POST' && {body: raw === undefined ? JSON.stringify(body) : rawBody(raw)}),
      });
      assert.ok(expect.status.includes(response.status), `${response.status}`);
      assert.equal(response.headers.get('x-evil'), null);
      if (response.status >= 400) await envelope(response);
    });
  }
});

interface BorderCase {
  readonly name: string;
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: unknown;
  readonly raw?: string;
  readonly expect: {readonly status: readonly number[]};
}

function rawBody(raw: string): string | Buffer<ArrayBuffer> {
  const [, recipe, count] = /^@(\w+):(\d+)/.exec(raw) ?? [];
  if (recipe === 'messages')
    return JSON.stringify({model: 'm', messages: Array.from({length: Number(count)}, () => user)});
  // A smaller body will do, as it exceeds the limit, too.
  if (recipe === 'gzip') return gzipSync(Buffer.alloc(Math.min(Number(count), 64_000_000)));
  return raw;
}

suite('error.param', () => {
  const [message] = question.messages;
  const cases: readonly [body: object, param: string | null][] = [
    [{messages: undefined}, 'messages'],
    [{messages: []}, 'messages'],
    [{model: undefined}, 'model'],
    [{messages: [message, {role: 'root', content: 'x'}]}, 'messages[1].role'],
    [{messages: [{role: 'user'}]}, 'messages[0].content'],
    [{messages: [{role: 'user', content: [{type: 'text', text: 5}]}]}, 'messages[0].content[0].text'],
    [{messages: [{role: 'tool', tool_call_id: 'call_1', content: 'x'}]}, 'messages[0].tool_call_id'],
    [{temperature: 2.01}, 'temperature'],
    [{stop: 7}, 'stop'],
    [{n: 9}, 'n'],
    [{tool_choice: 'required'}, 'tool_choice'],
    [{tools: [{type: 'function', function: {name: 'not this'}}]}, 'tools[0].function.name'],
    [{response_format: {type: 'xml'}}, 'response_format.type'],
    [{model: 'no-such-model'}, null],
  ];
  for (const [fields, param] of cases) {
    test(`error.param is ${param} for ${JSON.stringify(fields)}`, async () => {
      await using chat = await startChat();
      const response = await chat.post(path, {...question, ...fields}, {});
      assert.ok(response.status === 400 || response.status === 404);
      assert.equal((await json<Envelope>(response)).error.param, param);
      assert.deepEqual(chat.upstream.requests, []);
    });
  }

  test('error.param names the field that makes a conversation or an answer too long', async () => {
    await using chat = await startChat({
      models: [{id: 'test-model', contextLength: 100}],
      plans: [{name: 'default', maxTokens: 10, maxPromptLength: 2000}],
    });
    const refusal = async (fields: object) =>
      (await json<Envelope>(await chat.post(path, {...question, ...fields}, {}))).error.param;
    assert.equal(await refusal({max_tokens: 11}), 'max_tokens');
    assert.equal(await refusal({messages: [{role: 'user', content: 'x'.repeat(2001)}]}), 'messages');
    assert.equal(await refusal({messages: [{role: 'user', content: 'word '.repeat(300)}]}), 'messages');
  });
});

test('an option that the model refuses is a 400 with a sentence of our own', async () => {
  await using chat = await startChat();
  chat.upstream.script(
    ...Array.from({length: 2}, () => refuses(400, {error: {message: 'canary', param: 'tools[0].function.parameters'}})),
  );
  for (const stream of [true, false]) {
    const response = await chat.post(path, {...question, stream}, {});
    assert.equal(response.status, 400);
    assert.equal(response.headers.get('x-should-retry'), 'false');
    const {error} = await json<Envelope>(response);
    assert.deepEqual(
      [error.code, error.type, error.message],
      ['invalid_request', 'invalid_request_error', 'The model refused the request because of its tools.'],
    );
  }
});

suite('a reader of /v1/chat/completions that leaves', () => {
  test('a reader that leaves frees the upstream at once: writing or thinking, streamed or not', async () => {
    await using chat = await startChat();
    const cases = [
      {stream: true, writes: true},
      {stream: true, writes: false},
      {stream: false, writes: true},
    ];
    for (const [index, {stream, writes}] of cases.entries()) {
      const silent = pause();
      chat.upstream.script(async (exchange) => {
        if (writes) await exchange.write(delta('One '));
        await silent.here();
      });
      const sent = request(chat.url + path, {method: 'POST', headers: {'content-type': 'application/json'}});
      sent.on('error', () => {});
      sent.end(JSON.stringify({...question, stream}));
      await silent.reached;
      sent.destroy();
      assert.ok(await chat.upstream.requests[index]?.abandoned);
    }
    assert.deepEqual(chat.reported, []);
  });

  for (const asked of ['/v1/chat/completions', '/v1/chat', '/chat/stream', '/api/chat']) {
    test(`a reader that leaves before the models are listed causes no request to a model, on ${asked}`, async () => {
      const left = Promise.withResolvers<string>();
      const ended = Promise.withResolvers<string>();
      const log = {
        report() {},
        request: ({end}: RequestFacts) => left.resolve(end),
        turn: ({outcome}: TurnFacts) => ended.resolve(outcome),
      };
      await using chat = await startChat({log, ollama: true});
      const listing = pause();
      chat.upstream.models = async (exchange) => {
        await listing.here();
        await exchange.write(JSON.stringify({object: 'list', data: [{id: 'test-model'}]}));
        exchange.end();
      };
      const sent = request(chat.url + asked, {method: 'POST', headers: {'content-type': 'application/json'}});
      sent.on('error', () => {});
      // On /api/chat, a body with options is Ollama's: its answer is not stored and ends with its reader.
      sent.end(JSON.stringify({...question, ...(asked === '/api/chat' && {options: {}})}));
      await listing.reached;
      sent.destroy();
      assert.equal(await waitFor(left.promise, 'the request is logged'), 'left');
      listing.go();
      assert.equal(await waitFor(ended.promise, 'the turn is reported'), 'stopped');
      assert.equal(chat.upstream.requests.length, 0);
    });
  }

  test('a reader that leaves pays for the text so far', async () => {
    await using chat = await startChat();
    const silent = pause();
    chat.upstream.script(async (exchange) => {
      await exchange.write(delta('One two three'));
      await silent.here();
    });
    const leaving = new AbortController();
    const response = await fetch(chat.url + path, {
      method: 'POST',
      headers: {'content-type': 'application/json'},
      body: JSON.stringify({...question, stream: true}),
      signal: leaving.signal,
    });
    await response.body?.getReader().read();
    leaving.abort();
    await chat.upstream.first.abandoned;
    const records = async () =>
      json<readonly {completionTokens: number; estimated: boolean}[]>(await chat.get('/api/usage'));
    // Nobody waits for the record: the first count loads the tokenizer.
    while ((await records()).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    assert.deepEqual(
      (await records()).map(({completionTokens, estimated}) => ({completionTokens, estimated})),
      [{completionTokens: 3, estimated: true}],
    );
  });
});

test('a streamed chat completion has a keep-alive while the model thinks', async () => {
  await using chat = await startChat({heartbeat: 20});
  const silent = pause();
  chat.upstream.script(async (exchange) => {
    exchange.start(200);
    await silent.here();
    exchange.end(delta('At last') + done());
  });
  const response = await ask(chat, {stream: true});
  const reader = response.body?.getReader();
  const first = await reader?.read();
  assert.equal(new TextDecoder().decode(first?.value), ':\n\n');
  silent.go();
  let text = '';
  for (;;) {
    const next = await reader?.read();
    if (!next || next.done) break;
    text += new TextDecoder().decode(next.value);
  }
  assert.match(text, /"role":"assistant".*"At last".*\[DONE\]\n\n$/s);
});

test('a server that shuts down ends its streams with an error', async () => {
  const chat = await startChat();
  const silent = pause();
  chat.upstream.script(async (exchange) => {
    await exchange.write(delta('One '));
    await silent.here();
  });
  const response = await ask(chat, {stream: true});
  const reading = chunksOf(response);
  await silent.reached;
  await chat.close();
  assert.equal((await reading).chunks.at(-1)?.error?.code, 'service_unavailable');
});

suite('/v1/models', () => {
  test('/v1/models has OpenAI’s form, and so has each single model', async () => {
    await using chat = await startChat({providers: [echoProvider()]});
    const {object, data} = await json<{object: string; data: readonly {id: string; created: number}[]}>(
      await chat.get('/v1/models'),
    );
    assert.equal(object, 'list');
    assert.deepEqual(
      data.map(({created, ...rest}) => ({...rest, dated: Number.isInteger(created)})),
      ['echo', 'maker/echo'].map((id) => ({id, object: 'model', owned_by: 'echo', dated: true})),
    );
    for (const address of ['maker/echo', 'maker%2Fecho']) {
      assert.deepEqual(await json(await chat.get(`/v1/models/${address}`)), data[1]);
    }
    const unknown = await chat.get('/v1/models/no/such');
    assert.equal(unknown.status, 404);
    assert.equal((await envelope(unknown)).code, 'model_not_found');
  });
});

suite('an Idempotency-Key on /v1/chat/completions', () => {
  const key = {'idempotency-key': 'one-request'};

  test('an Idempotency-Key makes one turn of two requests, at once and later', async () => {
    await using chat = await startChat();
    for (const [index, more] of [{}, {stream: true}, {stream: true, n: 2}].entries()) {
      const before = chat.upstream.requests.length;
      const named = {'idempotency-key': `request-${index}`};
      const [first, second] = await Promise.all([ask(chat, more, named), ask(chat, more, named)]);
      const texts = [await first.text(), await second.text(), await (await ask(chat, more, named)).text()];
      // The order of chunks of different choices is not fixed.
      const sorted = texts.map((text) => text.split('\n\n').toSorted().join());
      assert.equal(new Set(sorted).size, 1);
      assert.equal(chat.upstream.requests.length - before, 'n' in more ? 2 : 1);
    }
  });

  test('an Idempotency-Key with another request is a conflict', async () => {
    await using chat = await startChat();
    await ask(chat, {}, key);
    const other = await ask(chat, {messages: [{role: 'user', content: 'Something else'}]}, key);
    assert.equal(other.status, 409);
    assert.equal(other.headers.get('x-should-retry'), 'false');
    assert.equal((await envelope(other)).code, 'conflict');
    assert.equal((await ask(chat, {}, {'idempotency-key': 'no spaces'})).status, 400);
  });

  test('the same Idempotency-Key of another owner is another one', async () => {
    await using chat = await startChat({
      apiKeys: [
        {key: 'key-of-alice', plan: 'default'},
        {key: 'key-of-bob-1', plan: 'default'},
      ],
    });
    for (const who of ['key-of-alice', 'key-of-bob-1']) {
      assert.equal((await ask(chat, {}, {...key, authorization: `Bearer ${who}`})).status, 200);
    }
    assert.equal(chat.upstream.requests.length, 2);
  });

  test('a request that failed is tried again under its Idempotency-Key', async () => {
    await using chat = await startChat();
    chat.upstream.script(refuses(500, {error: {message: 'Oops'}}));
    assert.equal((await ask(chat, {}, key)).status, 502);
    assert.equal((await ask(chat, {}, key)).status, 200);
  });

  test('an answer with an Idempotency-Key waits for a reader that lost its connection', async () => {
    await using chat = await startChat();
    const silent = pause();
    chat.upstream.script(async (exchange) => {
      await exchange.write(delta('One '));
      await silent.here();
      exchange.end(delta('two') + done());
    });
    const leaving = new AbortController();
    const lost = await fetch(chat.url + path, {
      method: 'POST',
      headers: {'content-type': 'application/json', ...key},
      body: JSON.stringify({...question, stream: true}),
      signal: leaving.signal,
    });
    await lost.body?.getReader().read();
    leaving.abort();
    const again = ask(chat, {stream: true}, key);
    silent.go();
    const {chunks} = await chunksOf(await again);
    assert.equal(chunks.map(({choices: [choice]}) => choice?.delta.content ?? '').join(''), 'One two');
    assert.equal(chat.upstream.requests.length, 1);
  });
});

test('content that the model cannot read is refused with a plain sentence', async () => {
  await using chat = await startChat();
  chat.upstream.script(refuses(400, {error: {message: 'canary: image input is not supported by this model'}}));
  const content = [{type: 'image_url', image_url: {url: 'data:image/png;base64,AA=='}}];
  const response = await ask(chat, {messages: [{role: 'user', content}]});
  assert.equal(response.status, 400);
  const error = await envelope(response);
  assert.deepEqual(
    [error.code, error.message],
    ['invalid_request', 'This model cannot read all kinds of content in the request.'],
  );
});
