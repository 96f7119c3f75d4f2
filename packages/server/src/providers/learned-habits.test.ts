/** Habits of models behind a real server: learned from the first refusal, and remembered. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {startChat} from '../testing/chat-server.ts';
import {type Script, refuses} from '../testing/upstream.ts';
import {createAbilities} from './abilities.ts';

type Sent = Readonly<Record<string, unknown>>;

const whole: Script = (exchange) => {
  exchange.start(200, {'content-type': 'application/json'});
  exchange.end(
    '{"id":"x","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Whole."},"finish_reason":"stop"}]}',
  );
};

/** Asks twice an upstream that refuses as long as `isWrong`, and gives what it was sent. */
async function askTwice(
  messages: readonly object[],
  {isWrong, refusal, answer}: {isWrong: (body: Sent) => boolean; refusal: Script; answer?: Script},
) {
  await using chat = await startChat({instructions: 'Be kind.', resilience: {retries: 2, firstWait: 0}});
  const texts: string[] = [];
  const answers: Script = (exchange) =>
    answer
      ? answer(exchange)
      : exchange.end(
          'data: {"choices":[{"index":0,"delta":{"content":"Yes."},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n',
        );
  for (let times = 0; times < 8; times++) {
    chat.upstream.script((exchange) => (isWrong(exchange.body ?? {}) ? refusal(exchange) : answers(exchange)));
  }
  for (let times = 0; times < 2; times++) {
    const response = await chat.post('/v1/chat/completions', {model: 'test-model', messages}, {});
    texts.push(
      `${response.status} ${((await response.json()) as {choices?: {message: {content: string}}[]}).choices?.[0]?.message.content}`,
    );
  }
  return {texts, sent: chat.upstream.requests.map(({body = {}}) => body)};
}

const user = (content: string) => ({role: 'user', content});
const system = (content: string) => ({role: 'system', content});
const rolesOf = (body: Sent | undefined) =>
  ((body?.['messages'] ?? []) as {role: string}[]).map(({role}) => role).join(' ');

suite('T2-08: upstreams that do not stream', () => {
  for (const [how, refusal] of [
    [
      'OpenAI’s unverified organizations',
      refuses(400, {
        error: {
          message: 'Your organization must be verified to stream this model.',
          type: 'invalid_request_error',
          param: 'stream',
          code: 'unsupported_value',
        },
      }),
    ],
    ['a gateway', refuses(400, {error: {message: 'Streaming is not supported for this model'}})],
    ['a schema', refuses(422, {detail: [{loc: ['body', 'stream'], msg: 'Extra inputs are not permitted'}]})],
    [
      'a plain sentence',
      refuses(400, {message: "'stream' does not support true with this model. Only false is supported."}),
    ],
  ] as const) {
    test(`the whole answer is asked for, and from then on at once: ${how}`, async () => {
      const {texts, sent} = await askTwice([user('Hi')], {
        isWrong: ({stream}) => stream === true,
        refusal,
        answer: whole,
      });
      assert.deepEqual(texts, ['200 Whole.', '200 Whole.']);
      assert.deepEqual(
        sent.map(({stream, stream_options: options}) => [stream, options === undefined]),
        [
          [true, false],
          [false, true],
          [false, true],
        ],
      );
    });
  }
});

suite('T2-09: instructions that a model takes in one place only', () => {
  test('instructions of the server and of the client are one message', async () => {
    const {sent} = await askTwice([system('Be brief.'), {role: 'developer', content: 'Be exact.'}, user('Hi')], {
      isWrong: () => false,
      refusal: whole,
    });
    assert.deepEqual(sent[0]?.['messages'], [system('Be kind.\n\nBe brief.\n\nBe exact.'), user('Hi')]);
  });

  const late = [system('A'), user('1'), system('B'), user('2')];
  for (const [how, refusal] of [
    ['llama.cpp', refuses(500, {error: {code: 500, message: 'System message must be at the beginning.'}})],
    [
      'vLLM',
      refuses(400, {object: 'error', message: 'System message must be at the beginning.', type: 'BadRequestError'}),
    ],
    ['Mistral', refuses(400, {message: "Unexpected role 'system' after role 'user'"})],
    ['another template', refuses(400, {error: 'Only one system message is allowed, at the start'})],
  ] as const) {
    test(`late instructions go to the front, and from then on at once: ${how}`, async () => {
      const {texts, sent} = await askTwice(late, {isWrong: (body) => rolesOf(body) !== 'system user user', refusal});
      assert.deepEqual(texts, ['200 Yes.', '200 Yes.']);
      assert.deepEqual(sent.map(rolesOf), ['system user system user', 'system user user', 'system user user']);
      assert.deepEqual(sent[1]?.['messages'], [system('Be kind.\n\nA\n\nB'), user('1'), user('2')]);
    });
  }

  test('a model of OpenAI’s that refuses the role `system` gets the role `developer`', async () => {
    const {texts, sent} = await askTwice([user('Hi')], {
      isWrong: (body) => rolesOf(body).includes('system'),
      refusal: refuses(400, {
        error: {
          message: "Unsupported value: 'messages[0].role' does not support 'system' with this model.",
          param: 'messages[0].role',
          code: 'unsupported_value',
        },
      }),
    });
    assert.deepEqual(
      [texts, sent.map(rolesOf)],
      [
        ['200 Yes.', '200 Yes.'],
        ['system user', 'developer user', 'developer user'],
      ],
    );
  });

  test('a model without instructions reads them in the first question', async () => {
    const {texts, sent} = await askTwice([user('Hi')], {
      isWrong: (body) => rolesOf(body) !== 'user',
      refusal: refuses(500, {error: {message: 'System role not supported'}}),
    });
    assert.deepEqual([texts, sent.at(-1)?.['messages']], [['200 Yes.', '200 Yes.'], [user('Be kind.\n\nHi')]]);
  });
});

/** A message with calls. */
interface Caller {
  readonly reasoning_content?: string;
  readonly tool_calls?: readonly {readonly extra_content?: object}[];
}

suite('a call that another model has made', () => {
  const call = {id: 'call_of_another', type: 'function', function: {name: 'clock', arguments: '{}'}};
  const begun = [
    user('What time is it?'),
    {role: 'assistant', content: null, tool_calls: [call, {...call, id: 'second'}]},
    {role: 'tool', tool_call_id: call.id, content: 'Noon'},
    {role: 'tool', tool_call_id: 'second', content: 'Noon'},
  ];
  const callerOf = (body: Sent): Caller => (body['messages'] as readonly Caller[])[2] ?? {};
  const thought = refuses(400, {
    error: {message: 'The `reasoning_content` in the thinking mode must be passed back to the API.'},
  });
  const signature = refuses(400, [
    {error: {code: 400, message: 'Function call is missing a thought_signature in functionCall parts.'}},
  ]);
  const id = refuses(400, {
    object: 'error',
    message: 'Tool call id was call_of_another but must be a-z, A-Z, 0-9, with a length of 9.',
  });

  test('T2-03: a model that wants reasoning with each call gets a space for it, and from then on at once', async () => {
    const {texts, sent} = await askTwice(begun, {
      isWrong: (body) => callerOf(body).reasoning_content === undefined,
      refusal: thought,
    });
    assert.deepEqual(texts, ['200 Yes.', '200 Yes.']);
    assert.deepEqual(
      sent.map((body) => callerOf(body).reasoning_content),
      [undefined, ' ', ' '],
    );
  });

  test('T2-04: a model that wants signatures gets the documented one with the first call of a step', async () => {
    const signatureOf = (body: Sent) => callerOf(body).tool_calls?.map((each) => each.extra_content);
    const given = {google: {thought_signature: 'skip_thought_signature_validator'}};
    const {texts, sent} = await askTwice(begun, {
      isWrong: (body) => signatureOf(body)?.[0] === undefined,
      refusal: signature,
    });
    assert.deepEqual(texts, ['200 Yes.', '200 Yes.']);
    assert.deepEqual(sent.map(signatureOf), [
      [undefined, undefined],
      [given, undefined],
      [given, undefined],
    ]);
  });

  test('a model that wants ids of nine characters gets them, in calls and results alike', async () => {
    const idsOf = (body: Sent) => JSON.stringify(body['messages']).match(/"(?:tool_call_)?id":"[^"]+"/g) ?? [];
    const {texts, sent} = await askTwice(begun, {
      isWrong: (body) => /call_of_another/.test(idsOf(body).join()),
      refusal: id,
    });
    assert.deepEqual(texts, ['200 Yes.', '200 Yes.']);
    assert.equal(sent.length, 3);
    const ids = idsOf(sent[1] ?? {}).map((text) => /:"(.+)"/.exec(text)?.[1] ?? '');
    assert.ok(
      ids.every((each) => /^[a-zA-Z0-9]{9}$/.test(each)),
      ids.join(),
    );
    assert.deepEqual(ids.slice(0, 2), ids.slice(2));
    assert.notEqual(ids[0], ids[1]);
  });
});

suite('T2-10: a model that cannot do a thing at all', () => {
  const noTools = refuses(400, {error: {message: 'registry.ollama.ai/library/gemma:latest does not support tools'}});
  const noImages = refuses(500, {error: {code: 500, message: 'image input is not supported'}});
  const tools = [{type: 'function', function: {name: 'clock', parameters: {type: 'object'}}}];
  const image = (text: string) => ({
    role: 'user',
    content: [
      {type: 'text', text},
      {type: 'image_url', image_url: {url: 'data:image/png;base64,iVBORw0KGgo='}},
    ],
  });

  for (const [what, refusal, asked, param, quirk] of [
    ['tools', noTools, {messages: [user('Hi')], tools}, 'tools', 'cannot call tools'],
    ['an image', noImages, {messages: [image('Hi')]}, 'messages', 'cannot see images'],
  ] as const) {
    test(`a second request with ${what} is refused without asking again, and the operator is told once`, async () => {
      const learned: object[] = [];
      await using chat = await startChat({onLearned: (fact) => learned.push(fact)});
      chat.upstream.script(refusal);
      for (let times = 0; times < 2; times++) {
        const response = await chat.post('/v1/chat/completions', {model: 'test-model', ...asked}, {});
        const {error} = (await response.json()) as {error: {param: string}};
        assert.deepEqual([response.status, error.param], [400, param]);
      }
      assert.equal(chat.upstream.requests.length, 1);
      assert.deepEqual(learned, [{provider: '127.0.0.1', model: 'test-model', quirk}]);
      const {text} = await chat.ask('Hello', {model: 'test-model'});
      assert.equal(text, 'You said: Hello');
    });
  }

  test('a model with a fallback is not asked again either, and the fallback answers', async () => {
    await using chat = await startChat({fallbacks: {'test-model': ['other']}});
    chat.upstream.script(noTools);
    for (let times = 0; times < 2; times++) {
      const asked = {model: 'test-model', messages: [user('Hi')], tools};
      const response = await chat.post('/v1/chat/completions', asked, {});
      assert.equal(response.status, 200, await response.text());
    }
    const models = chat.upstream.requests.map(({body}) => body?.['model']);
    assert.deepEqual(models, ['test-model', 'other', 'other']);
  });

  test('a chat with an image in an earlier question goes on without the image', async () => {
    const {texts, sent} = await askTwice([image('Look'), {role: 'assistant', content: 'A cat.'}, user('Big?')], {
      isWrong: (body) => JSON.stringify(body).includes('image_url'),
      refusal: noImages,
    });
    assert.deepEqual([texts, sent.length], [['200 Yes.', '200 Yes.'], 3]);
    const answer = {role: 'assistant', content: 'A cat.'};
    assert.deepEqual(sent[2]?.['messages'], [system('Be kind.'), user('Look\n(An image.)'), answer, user('Big?')]);
  });

  test('a refusal is forgotten after ten minutes, since the upstream may have been started in another way', () => {
    let now = 0;
    const abilities = createAbilities(() => now);
    const request = {model: 'm', messages: [], tools: [{name: 'clock', inputSchema: {}}]};
    assert.equal(abilities.learn('m', 'tools', undefined), true);
    assert.equal(abilities.learn('m', 'tools', undefined), false);
    now = 599_999;
    assert.throws(() => abilities.fit(request), {code: 'invalid-request'});
    const other = {...request, model: 'other'};
    assert.equal(abilities.fit(other), other);
    now = 600_000;
    assert.equal(abilities.fit(request), request);
  });
});

test('the operator is told once how a model wants to be asked', async () => {
  const learned: string[] = [];
  await using chat = await startChat({onLearned: ({quirk}) => learned.push(quirk)});
  const refusal = refuses(400, {
    error: {message: "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.", param: 'max_tokens'},
  });
  chat.upstream.script(refusal);
  const asked = {model: 'test-model', messages: [user('Hi')], max_tokens: 5};
  for (let times = 0; times < 2; times++) await (await chat.post('/v1/chat/completions', asked, {})).text();
  assert.deepEqual(learned, ['takes `max_completion_tokens` instead of `max_tokens`']);
});
