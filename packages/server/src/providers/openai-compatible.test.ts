/** The provider against a real HTTP upstream that replays recorded answers of real ones. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {ChatError, type ChatEvent, type EventBatches, applyEvent, emptyAnswer, textOf} from '@chatlet/protocol';
import transcripts from '@chatlet/testdata/dialects/openai-chat.json' with {type: 'json'};
import type {Provider, ProviderRequest} from '../engine/provider.ts';
import {type Upstream, delta, done, pause, refuses, replays, says, startUpstream} from '../testing/upstream.ts';
import {openAiCompatible} from './openai-compatible.ts';
import type {OpenAiCompatibleOptions} from './openai-upstream.ts';

const asks: ProviderRequest = {model: 'test-model', messages: [{role: 'user', parts: [{type: 'text', text: 'Hi'}]}]};

interface Setting extends AsyncDisposable {
  readonly upstream: Upstream;
  readonly provider: Provider;
  answer(request?: ProviderRequest, signal?: AbortSignal): EventBatches;
}

async function setting(options: Partial<OpenAiCompatibleOptions> = {}): Promise<Setting> {
  const upstream = await startUpstream();
  const provider = openAiCompatible({baseUrl: upstream.baseUrl, apiKey: 'sk-secret-key-of-ours', ...options});
  return {
    upstream,
    provider,
    answer: (request = asks, signal = new AbortController().signal) => provider.answer(request, {signal}),
    async [Symbol.asyncDispose]() {
      await provider.close?.();
      await upstream.close();
    },
  };
}

async function read(batches: EventBatches): Promise<{events: readonly ChatEvent[]; error?: ChatError}> {
  const events: ChatEvent[] = [];
  try {
    for await (const batch of batches) events.push(...batch);
  } catch (error) {
    assert.ok(error instanceof ChatError, String(error));
    return {events, error};
  }
  return {events};
}

async function errorOf(batches: EventBatches): Promise<ChatError> {
  const {error} = await read(batches);
  assert.ok(error, 'It did not fail.');
  return error;
}

/** The messages of an error and all its causes, which only operators see. */
function causes(error: unknown): string {
  return error instanceof Error ? `${error.message} ${causes(error.cause)}` : '';
}

suite('streams of an upstream', () => {
  for (const transcript of transcripts.filter(({http}) => http.status === 200)) {
    test(`a stream reads the same in pieces of any size: ${transcript.title}`, async () => {
      const {expected} = transcript;
      for (const size of [1, 7, 64]) {
        // Byte by byte a whole transcript takes a thousand packets, which is the point of this test.
        await using at = await setting();
        at.upstream.script(replays(transcript as Parameters<typeof replays>[0], size));
        const {events, error} = await read(at.answer());
        const answer = events.reduce(applyEvent, emptyAnswer({id: '', createdAt: ''}));
        assert.equal(textOf(answer), expected.text, `in pieces of ${size}`);
        assert.equal(answer.status === 'done', expected.complete, `in pieces of ${size}`);
        if ('error' in expected && expected.error) {
          assert.ok(error, 'An error of the upstream is thrown.');
          assert.ok(!error.message.includes(expected.error.message ?? '-'), error.message);
          assert.ok(causes(error.cause).includes(expected.error.message ?? ''), causes(error));
        }
      }
    });
  }

  test('each piece of a stream arrives as soon as it is sent', async () => {
    await using at = await setting();
    const points = [pause(), pause()];
    at.upstream.script(async (exchange) => {
      for (const [index, point] of points.entries()) {
        await exchange.write(delta(`${index}`));
        await point.here();
      }
      exchange.end(done());
    });
    const batches = at.answer()[Symbol.asyncIterator]();
    for (const [index, point] of points.entries()) {
      assert.deepEqual((await batches.next()).value, [{type: 'text-delta', delta: `${index}`}]);
      point.go();
    }
    assert.equal((await batches.next()).value?.at(-1)?.type, 'message-end');
  });

  test('R-24: an upstream that sends nothing but comments is given up, at its beginning and later', async () => {
    for (const words of ['', delta('Hi')]) {
      await using at = await setting();
      let sent = 0;
      at.upstream.script(async (exchange) => {
        if (words) await exchange.write(words);
        const comments = ': still thinking\n\n'.repeat(10_000);
        while (sent < 100_000_000) {
          await Promise.race([exchange.write(comments), exchange.abandoned]);
          sent += comments.length;
        }
      });
      const {events, error} = await read(at.answer());
      assert.equal(error?.code, 'provider-error');
      assert.match(causes(error), /without an event/);
      assert.equal(
        events.some(({type}) => type === 'text-delta'),
        words !== '',
      );
    }
  });

  test('a stream may be long comments without text, and then much text in one piece', async () => {
    await using at = await setting();
    const long = 'long '.repeat(100_000);
    at.upstream.script(async (exchange) => {
      await exchange.write(': still thinking\n\n'.repeat(50_000));
      await exchange.write(delta(long));
      exchange.end(done());
    });
    const {events, error} = await read(at.answer());
    assert.equal(error, undefined);
    assert.equal(textOf(events.reduce(applyEvent, emptyAnswer({id: '', createdAt: ''}))), long);
  });

  test('a stream that breaks off is interrupted, not finished', async () => {
    await using at = await setting();
    at.upstream.script(async (exchange) => {
      await exchange.write(delta('half'));
      exchange.cut();
    });
    assert.equal((await errorOf(at.answer())).code, 'interrupted');
  });

  test('a stream that falls silent is provider-timeout', async () => {
    await using at = await setting({silenceTimeout: 50});
    at.upstream.script(async (exchange) => {
      await exchange.write(delta('half'));
      await pause().here();
    });
    assert.equal((await errorOf(at.answer())).code, 'provider-timeout');
  });

  test('an upstream that answers with one JSON document is read like a stream', async () => {
    await using at = await setting();
    const message = {role: 'assistant', content: 'Whole\nanswer'};
    at.upstream.script((exchange) => {
      exchange.start(200, {'content-type': 'application/json'});
      exchange.end(
        JSON.stringify({object: 'chat.completion', choices: [{index: 0, message, finish_reason: 'stop'}]}, null, 2),
      );
    });
    const {events} = await read(at.answer());
    assert.equal(textOf(events.reduce(applyEvent, emptyAnswer({id: '', createdAt: ''}))), 'Whole\nanswer');
  });

  test('an upstream that answers with one JSON document of over 16 million characters is cut off', async () => {
    await using at = await setting();
    at.upstream.script((exchange) => {
      exchange.start(200, {'content-type': 'application/json'});
      return exchange.write(`{"choices":"${'x'.repeat(17 * 1024 * 1024)}`);
    });
    const error = await errorOf(at.answer());
    assert.equal(error.code, 'provider-error');
    assert.match(causes(error), /without an event/);
    await at.upstream.first.abandoned;
  });

  const chunks = [{content: 'Hel'}, {content: 'lo'}].map((said) => ({
    object: 'chat.completion.chunk',
    choices: [{index: 0, delta: said, finish_reason: null}],
  }));
  const finish = {choices: [{index: 0, delta: {}, finish_reason: 'stop'}]};
  for (const [type, form] of [
    ['application/json', 'data: '],
    ['application/json', ''],
    ['application/x-ndjson', ''],
    ['text/plain', 'data:'],
  ] as const) {
    test(`T2-25: a stream under the content type ${type}, with "${form}" before its chunks, is read`, async () => {
      await using at = await setting();
      at.upstream.script(async (exchange) => {
        exchange.start(200, {'content-type': type});
        for (const chunk of [...chunks, finish]) await exchange.write(`${form}${JSON.stringify(chunk)}\n\n`);
        exchange.end();
      });
      const {events, error} = await read(at.answer());
      assert.equal(error, undefined);
      assert.equal(textOf(events.reduce(applyEvent, emptyAnswer({id: '', createdAt: ''}))), 'Hello');
    });
  }

  test('T2-11: an error without `data:` inside a stream keeps its reason', async () => {
    await using at = await setting();
    const error = {code: 400, message: 'request (6009 tokens) exceeds the context', type: 'exceed_context_size_error'};
    at.upstream.script(async (exchange) => {
      await exchange.write(delta(''));
      exchange.end(JSON.stringify({error}));
    });
    const failed = await errorOf(at.answer());
    assert.deepEqual([failed.code, failed.retryable], ['context-too-long', false]);
  });

  test('T2-20: a stream of unknown events fails for good, so that nobody pays for it three times', async () => {
    await using at = await setting();
    at.upstream.script((exchange) => exchange.end('data: {"token":"Ha"}\n\ndata: [DONE]\n\n'));
    const failed = await errorOf(at.answer());
    assert.deepEqual([failed.code, failed.retryable], ['provider-error', false]);
    assert.match(causes(failed), /cannot read/);
  });

  test('an upstream that answers with HTML is provider-error', async () => {
    await using at = await setting();
    at.upstream.script((exchange) => {
      exchange.start(200, {'content-type': 'text/html'});
      exchange.end('<html>Sign in to the hotel network</html>');
    });
    assert.equal((await errorOf(at.answer())).code, 'provider-error');
  });
});

suite('aborting', () => {
  for (const [when, said] of [
    ['before the upstream has answered', undefined],
    ['in the middle of the answer', 'One '],
  ] as const) {
    test(`aborting ${when} closes the upstream's socket at once`, async () => {
      await using at = await setting();
      const silent = pause();
      at.upstream.script(async (exchange) => {
        if (said) await exchange.write(delta(said));
        await silent.here();
      });
      const abort = new AbortController();
      const batches = at.answer(asks, abort.signal)[Symbol.asyncIterator]();
      if (said) await batches.next();
      const next = batches.next();
      await silent.reached;
      abort.abort();
      await assert.rejects(next, ChatError);
      await at.upstream.first.abandoned;
    });
  }

  test('a signal that has aborted before the question sends no request', async () => {
    await using at = await setting();
    await errorOf(at.answer(asks, AbortSignal.abort()));
    assert.deepEqual([at.upstream.requests.length, await at.upstream.connections()], [0, 0]);
  });

  test("leaving the loop closes the upstream's socket", async () => {
    await using at = await setting();
    at.upstream.script(async (exchange) => {
      await exchange.write(delta('One '));
      await pause().here();
    });
    for await (const _ of at.answer()) break;
    await at.upstream.first.abandoned;
  });
});

suite('readers of an answer', () => {
  test('a reader that leaves before its first batch sends no request', async () => {
    await using at = await setting();
    const batches = at.answer()[Symbol.asyncIterator]();
    await batches.return?.();
    assert.equal((await batches.next()).done, true);
    assert.deepEqual([at.upstream.requests.length, await at.upstream.connections()], [0, 0]);
  });

  test('a reader that leaves before the upstream answers cuts the answer off when it begins', async () => {
    await using at = await setting();
    const [asked, silent] = [pause(), pause()];
    at.upstream.script(async (exchange) => {
      await asked.here();
      await exchange.write(delta('One '));
      await silent.here();
    });
    const batches = at.answer()[Symbol.asyncIterator]();
    const next = batches.next();
    await asked.reached;
    await batches.return?.();
    asked.go();
    assert.equal((await next).done, true);
    await at.upstream.first.abandoned;
  });

  test('a slow reader makes the upstream wait (backpressure)', async () => {
    await using at = await setting();
    let megabytes = 0;
    at.upstream.script(async (exchange) => {
      const megabyte = delta('x'.repeat(1_000_000));
      for (; megabytes < 200; megabytes++) await exchange.write(megabyte);
    });
    const batches = at.answer()[Symbol.asyncIterator]();
    await batches.next();
    // Without backpressure there would be enough time to read on during these requests.
    const {signal} = new AbortController();
    for (let trip = 0; trip < 100; trip++) await at.provider.models({signal});
    assert.ok(megabytes < 100, `${megabytes} MB were sent to a reader who took one.`);
    await batches.return?.();
  });

  test('an answer ends although the upstream keeps its connection open, which is then cut off', async () => {
    await using at = await setting();
    at.upstream.script((exchange) => exchange.write(delta('All.') + done()));
    assert.equal((await read(at.answer())).error, undefined);
    // After a second the connection is given up.
    await at.upstream.first.abandoned;
  });
});

suite('connections to the upstream', () => {
  test('the connection of an answer that has ended is used again (keep-alive)', async () => {
    await using at = await setting();
    for (let question = 0; question < 8; question++) await read(at.answer());
    // The first connection may not be free yet when the next question comes.
    assert.ok((await at.upstream.connections()) <= 2);
  });
});

suite('refusals of the upstream', () => {
  const cases = [
    [
      401,
      {error: {message: 'Incorrect API key provided: sk-secret', code: 'invalid_api_key'}},
      'provider-error',
      false,
    ],
    [403, {error: {message: 'No.'}}, 'provider-error', false],
    [404, {error: {message: 'The model x does not exist', code: 'model_not_found'}}, 'model-not-found', false],
    [404, {detail: 'Not Found'}, 'provider-error', false],
    [
      400,
      {error: {message: 'maximum context length is 4096', code: 'context_length_exceeded'}},
      'context-too-long',
      false,
    ],
    [400, {error: {message: 'the request exceeds the available context size'}}, 'context-too-long', false],
    [413, {error: {message: 'too large'}}, 'context-too-long', false],
    [400, {error: {message: 'something else'}}, 'invalid-request', false],
    [429, {error: {message: 'slow down'}}, 'rate-limited', true],
    [429, {error: {message: 'pay', code: 'insufficient_quota'}}, 'provider-error', false],
    [500, {error: {message: 'boom'}}, 'provider-error', true],
    [502, {error: {message: 'no upstream'}}, 'provider-unavailable', true],
    [503, {error: {message: 'busy'}}, 'provider-unavailable', true],
    [529, {error: {message: 'overloaded'}}, 'provider-unavailable', true],
    [504, {}, 'provider-timeout', true],
    [204, {}, 'provider-error', false],
  ] as const;
  for (const [status, body, code, retryable] of cases) {
    test(`a refusal with ${status} ${JSON.stringify(body)} becomes ${code}`, async () => {
      await using at = await setting();
      at.upstream.script(refuses(status, body));
      const error = await errorOf(at.answer());
      assert.deepEqual([error.code, error.retryable], [code, retryable]);
      assert.ok(!JSON.stringify([error.message, error.toEvent()]).includes('sk-'), error.message);
    });
  }

  const options: readonly (readonly [status: number, body: object | string, sentence: string])[] = [
    [
      400,
      {error: {message: "Unsupported value: 'seed' does not support 7", type: 'invalid_request_error', param: 'seed'}},
      'The model refused the request because of its seed.',
    ],
    [
      400,
      {error: {message: "Invalid schema for function 'canary': …", param: 'tools[0].function.parameters'}},
      'The model refused the request because of its tools.',
    ],
    [
      422,
      {detail: [{type: 'less_than_equal', loc: ['body', 'max_tokens'], msg: 'Input should be at most 10'}]},
      'The model refused the request because of its max_tokens.',
    ],
    [
      400,
      {object: 'error', message: '`tool_choice` needs --enable-auto-tool-choice', type: 'BadRequestError'},
      'The model refused the request because of its tool_choice.',
    ],
    [400, {error: {message: 'Unknown parameter: canary'}}, 'The model refused an option of the request.'],
    [400, {error: {message: 'Extra inputs are not permitted'}}, 'The model refused an option of the request.'],
  ];
  for (const [status, body, sentence] of options) {
    test(`an option that the upstream refuses becomes an invalid-request that names it: ${JSON.stringify(body)}`, async () => {
      await using at = await setting();
      at.upstream.script(refuses(status, Object(body)));
      const error = await errorOf(at.answer());
      assert.deepEqual([error.code, error.status, error.retryable], ['invalid-request', 400, false]);
      assert.equal(error.message, sentence);
    });
  }

  test('a refusal of our API key is provider-error, although it reads like one of an option', async () => {
    await using at = await setting();
    at.upstream.script(refuses(400, {error: {message: 'Invalid argument: API key not valid. Pass a valid API key.'}}));
    assert.equal((await errorOf(at.answer())).code, 'provider-error');
  });

  test('Retry-After of the upstream is kept, as seconds or as a date', async () => {
    await using at = await setting();
    at.upstream.script(refuses(429, {}, {'retry-after': '17'}));
    assert.equal((await errorOf(at.answer())).retryAfter, 17);
    const date = new Date(Date.now() + 600_000).toUTCString();
    at.upstream.script(refuses(503, {}, {'retry-after': date}));
    const secondsLeft = () => Math.ceil((Date.parse(date) - Date.now()) / 1000);
    const most = secondsLeft();
    const {retryAfter = 0} = await errorOf(at.answer());
    assert.ok(secondsLeft() <= retryAfter && retryAfter <= most, `${retryAfter} s, not ${most}`);
  });

  test('an unsupported parameter is left out of the next request, and of all later ones', async () => {
    await using at = await setting();
    const {upstream} = at;
    upstream.script(
      refuses(400, {error: {message: 'Unrecognized request argument supplied: stream_options'}}),
      refuses(400, {error: {message: "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."}}),
      says('Well'),
      says('then'),
    );
    const request = {...asks, maxTokens: 5};
    assert.ok((await read(at.answer(request))).events.length > 0);
    assert.ok((await read(at.answer(request))).events.length > 0);
    assert.deepEqual(
      upstream.requests.map(({body}) => [
        body?.['stream_options'] !== undefined,
        body?.['max_tokens'],
        body?.['max_completion_tokens'],
      ]),
      [
        [true, 5, undefined],
        [false, 5, undefined],
        [false, undefined, 5],
        [false, undefined, 5],
      ],
    );
  });

  test('a refusal that names several parameters costs the caller no more of them than needed', async () => {
    await using at = await setting();
    const {upstream} = at;
    upstream.script(refuses(400, {error: {message: 'stream_options and temperature are not supported together'}}));
    assert.equal((await read(at.answer({...asks, temperature: 0.7}))).error, undefined);
    assert.deepEqual(
      upstream.requests.map(({body = {}}) => [body['stream_options'] !== undefined, body['temperature']]),
      [
        [true, 0.7],
        [false, 0.7],
      ],
    );
  });

  /** The sampling and length parameters of each request so far. */
  const sent = ({requests}: Upstream) =>
    requests.map(({body = {}}) => [
      body['temperature'],
      body['top_p'],
      body['max_tokens'],
      body['max_completion_tokens'],
    ]);
  const wishes = {...asks, temperature: 0.7, topP: 0.9, maxTokens: 5};
  for (const [body, then] of [
    [
      {
        error: {
          message: "Unsupported parameter: 'temperature' is not supported with this model.",
          param: 'temperature',
        },
      },
      [undefined, undefined, 5, undefined],
    ],
    [
      {
        error: {
          message:
            "Unsupported value: 'temperature' does not support 0.7 with this model. Only the default (1) value is supported.",
          code: 'unsupported_value',
        },
      },
      [undefined, undefined, 5, undefined],
    ],
    [{error: {message: 'invalid temperature: only 1 is allowed for this model'}}, [undefined, undefined, 5, undefined]],
    [
      {error: {message: '`temperature` may only be set to 1 when thinking is enabled.'}},
      [undefined, undefined, 5, undefined],
    ],
    [
      {error: {message: '`temperature` and `top_p` cannot both be specified for this model.'}},
      [0.7, undefined, 5, undefined],
    ],
    [{object: 'error', message: 'Additional properties are not allowed (top_p)'}, [0.7, undefined, 5, undefined]],
    [
      {detail: [{type: 'extra_forbidden', loc: ['body', 'top_p'], msg: 'Extra inputs are not permitted', input: 0.9}]},
      [0.7, undefined, 5, undefined],
    ],
    [
      {
        error: {
          message:
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
          param: 'max_tokens',
        },
      },
      [0.7, 0.9, undefined, 5],
    ],
    [
      {
        error: {
          message: 'Provider returned error',
          metadata: {raw: JSON.stringify({error: {message: 'temperature is not supported'}}), provider_name: 'X'},
        },
      },
      [undefined, undefined, 5, undefined],
    ],
    ['json: unknown field "top_p"', [0.7, undefined, 5, undefined]],
  ] as const) {
    test(`an unsupported parameter is remembered for the model: ${JSON.stringify(body)}`, async () => {
      await using at = await setting();
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      at.upstream.script((exchange) => {
        exchange.start(400, {'content-type': 'application/json'});
        exchange.end(text);
      });
      for (let time = 0; time < 2; time++) assert.equal((await read(at.answer(wishes))).error, undefined);
      assert.deepEqual(sent(at.upstream), [[0.7, 0.9, 5, undefined], then, then]);
    });
  }

  for (const [status, body, message] of [
    [
      400,
      {error: {message: 'temperature must be between 0 and 1'}},
      'The model refused the request because of its temperature.',
    ],
    [
      400,
      {
        error: {
          message: "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 3 instead.",
        },
      },
      'The model refused the request because of its temperature.',
    ],
    [
      400,
      {error: {message: 'temperature 3 is not allowed: the range is 0..1', param: 'temperature'}},
      'The model refused the request because of its temperature.',
    ],
    [
      422,
      {detail: [{type: 'value_error', loc: ['body', 'tools'], msg: 'bad schema', input: {temperature: 'unsupported'}}]},
      'The model refused the request because of its tools.',
    ],
  ] as const) {
    test(`a value out of range is an error for its caller, and changes no other request: ${JSON.stringify(body)}`, async () => {
      await using at = await setting();
      at.upstream.script(refuses(status, body));
      const error = await errorOf(at.answer({...wishes, temperature: 3}));
      assert.deepEqual([error.status, error.message], [400, message]);
      await read(at.answer({...wishes, temperature: 0}));
      assert.deepEqual(sent(at.upstream), [
        [3, 0.9, 5, undefined],
        [0, 0.9, 5, undefined],
      ]);
    });
  }

  test('a parameter is not remembered as unsupported if the request fails without it, too', async () => {
    await using at = await setting();
    const {upstream} = at;
    const unsupported = {error: {message: 'temperature is not supported'}};
    upstream.script(refuses(400, unsupported), refuses(400, {error: {message: 'No.'}}));
    assert.equal((await errorOf(at.answer(wishes))).code, 'invalid-request');
    await read(at.answer(wishes));
    assert.deepEqual(
      sent(upstream).map(([temperature]) => temperature),
      [0.7, undefined, 0.7],
    );
  });

  test('an upstream that has closed is provider-unavailable', async () => {
    const at = await setting();
    await at.upstream.close();
    assert.equal((await errorOf(at.answer())).code, 'provider-unavailable');
    await at.provider.close?.();
  });

  test('an upstream that does not begin to answer is provider-timeout', async () => {
    await using at = await setting({startTimeout: 50});
    at.upstream.script(() => pause().here());
    assert.equal((await errorOf(at.answer())).code, 'provider-timeout');
  });
});

suite('lists of models', () => {
  test('only models for chatting are listed, with name, context length and prices', async () => {
    await using at = await setting({id: 'here'});
    at.upstream.models = [
      {id: 'gpt-4o'},
      {id: 'text-embedding-3-small'},
      {id: 'whisper-1'},
      {id: 'tts-1'},
      {id: 'vendor/big', name: 'Big', context_length: 8192, pricing: {prompt: '0.000001', completion: '0.000002'}},
      {id: 'served', max_model_len: 4096},
      {no: 'id'},
    ];
    assert.deepEqual(await at.provider.models({signal: new AbortController().signal}), [
      {id: 'gpt-4o', name: 'gpt-4o', provider: 'here'},
      {
        id: 'vendor/big',
        name: 'Big',
        provider: 'here',
        contextLength: 8192,
        pricing: {prompt: 0.001, completion: 0.002},
      },
      {id: 'served', name: 'served', provider: 'here', contextLength: 4096},
    ]);
  });

  test('a list of models that cannot be read is provider-error', async () => {
    await using at = await setting();
    for (const answer of [refuses(500, {}), refuses(200, {detail: 'Not Found'})]) {
      at.upstream.models = answer;
      await assert.rejects(at.provider.models({signal: new AbortController().signal}), {code: 'provider-error'});
    }
  });
});

suite('requests to the upstream', () => {
  test('a request becomes the body of a chat completion, with files, tool calls and results', async () => {
    await using at = await setting({headers: {'x-title': 'Ours'}});
    await read(
      at.answer({
        model: 'vendor/m',
        temperature: 0,
        topP: 0.5,
        maxTokens: 7,
        stop: ['END'],
        seed: 3,
        responseFormat: {type: 'json_object'},
        tools: [{name: 'weather', description: 'Tells it', inputSchema: {type: 'object'}}],
        toolChoice: {name: 'weather'},
        messages: [
          {role: 'system', parts: [{type: 'text', text: 'Be\nkind.'}]},
          {
            role: 'user',
            parts: [
              {type: 'text', text: 'Look'},
              {type: 'file', url: 'data:image/png;base64,AA==', mediaType: 'image/png'},
              {type: 'file', url: 'data:application/pdf;base64,AA==', mediaType: 'application/pdf', name: 'a.pdf'},
            ],
          },
          {
            role: 'assistant',
            parts: [
              {type: 'reasoning', text: 'Hm'},
              {type: 'text', text: 'Let me see.'},
              {type: 'tool', callId: 'c1', name: 'weather', input: {at: 'Bern'}, state: 'done', output: {sun: true}},
              {type: 'tool', callId: 'c2', name: 'weather', input: {}, state: 'running'},
              {type: 'source', id: 's', title: 'S'},
              {type: 'text', text: 'Sunny.'},
            ],
          },
          {role: 'user', parts: [{type: 'text', text: 'Thanks'}]},
        ],
      }),
    );
    const [exchange] = at.upstream.requests;
    assert.equal(exchange?.path, '/v1/chat/completions');
    assert.equal(exchange?.headers.authorization, 'Bearer sk-secret-key-of-ours');
    assert.equal(exchange?.headers['x-title'], 'Ours');
    const call = (id: string, input: string) => ({id, type: 'function', function: {name: 'weather', arguments: input}});
    assert.deepEqual(exchange?.body, {
      model: 'vendor/m',
      stream: true,
      stream_options: {include_usage: true},
      temperature: 0,
      top_p: 0.5,
      max_tokens: 7,
      stop: ['END'],
      seed: 3,
      response_format: {type: 'json_object'},
      tools: [{type: 'function', function: {name: 'weather', description: 'Tells it', parameters: {type: 'object'}}}],
      tool_choice: {type: 'function', function: {name: 'weather'}},
      messages: [
        {role: 'system', content: 'Be\nkind.'},
        {
          role: 'user',
          content: [
            {type: 'text', text: 'Look'},
            {type: 'image_url', image_url: {url: 'data:image/png;base64,AA=='}},
            {type: 'file', file: {filename: 'a.pdf', file_data: 'data:application/pdf;base64,AA=='}},
          ],
        },
        {role: 'assistant', content: 'Let me see.', tool_calls: [call('c1', '{"at":"Bern"}'), call('c2', '{}')]},
        {role: 'tool', tool_call_id: 'c1', content: '{"sun":true}'},
        {role: 'tool', tool_call_id: 'c2', content: 'No result.'},
        {role: 'assistant', content: 'Sunny.'},
        {role: 'user', content: 'Thanks'},
      ],
    });
  });

  test('an invalid base URL of an OpenAI-compatible upstream is refused', () => {
    for (const baseUrl of ['', 'localhost:11434', 'ftp://example.com', 'example.com/v1']) {
      assert.throws(() => openAiCompatible({baseUrl}), {code: 'invalid-request'});
    }
  });
});
