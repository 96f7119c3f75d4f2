import assert from 'node:assert/strict';
import {test} from 'node:test';
import {ChatError, type ChatEvent, textOf} from '@chatlet/protocol';
import type {ChatServerConfig, Moderation, Provider, Verdict} from '../index.ts';
import {type TestServer, answered, json, ownProtocol, readUntil, startChat} from '../testing/chat-server.ts';
import {type Exchange, delta, done, pause, says} from '../testing/upstream.ts';

const startModerated = (moderate: Moderation, more: ChatServerConfig = {}) =>
  startChat({moderate, ollama: true, ...more});

/**
 * A model that says sentences, each when the hook has judged the one before. Otherwise they may come as one text, and
 * are judged as one.
 */
function sayOneByOne(...sentences: readonly string[]) {
  const judged = sentences.map(() => Promise.withResolvers<void>());
  let calls = 0;
  return {
    output:
      (hook: NonNullable<Moderation['output']>): NonNullable<Moderation['output']> =>
      (text, context) => {
        judged[calls++]?.resolve();
        return hook(text, context);
      },
    script: async (exchange: Exchange) => {
      for (const [index, sentence] of sentences.entries()) {
        // In two pieces, so that words are split between tokens.
        await exchange.write(delta(sentence.slice(0, -4)));
        await exchange.write(delta(sentence.slice(-4)));
        await judged[index]?.promise;
      }
      exchange.end(done());
    },
  };
}

const refusesBad = (text: string) => (text.includes('bad') ? ({refuse: true} as const) : undefined);
const never = () => new Promise<undefined>(() => {});
const user = (content: string) => ({role: 'user', content});
const asking = (content: string, more: object = {}) => ({model: 'test-model', messages: [user(content)], ...more});

/** Each way to ask: its path, its body, its headers, and the code of a refusal as its clients read it. */
const ways: Readonly<Record<string, readonly [string, (text: string) => object, Record<string, string>, unknown]>> = {
  'the page’s own API': ['/api/chat', (text) => ({message: {text}}), ownProtocol, 'content-refused'],
  'typed events': ['/api/chat', asking, {'x-chat-protocol': 'typed-events'}, 'CONTENT_REFUSED'],
  'the AI SDK': [
    '/api/chat',
    (text) => ({id: 'c', messages: [{id: 'q', role: 'user', parts: [{type: 'text', text}]}]}),
    {'x-chat-protocol': 'ui-message-stream'},
    'CONTENT_REFUSED',
  ],
  Ollama: ['/api/chat', asking, {'x-chat-protocol': 'ollama'}, undefined],
  '/chat/stream': ['/chat/stream', asking, {}, undefined],
  '/v1/chat/completions, whole': ['/v1/chat/completions', asking, {}, 'content_policy_violation'],
  '/v1/chat/completions, streamed': [
    '/v1/chat/completions',
    (text) => asking(text, {stream: true}),
    {},
    'content_policy_violation',
  ],
  '/v1/responses': [
    '/v1/responses',
    (text) => ({model: 'test-model', input: [user(text)]}),
    {},
    'content_policy_violation',
  ],
  '/v1/responses, streamed, not stored': [
    '/v1/responses',
    (text) => ({model: 'test-model', input: text, stream: true, store: false}),
    {},
    'content_policy_violation',
  ],
  '/v1/chat': ['/v1/chat', asking, {}, 'content-refused'],
  '/v1/chat, kept': ['/v1/chat', (text) => asking(text, {conversation_id: 'mine'}), {}, 'content-refused'],
};

for (const [name, [path, bodyOf, headers, code]] of Object.entries(ways)) {
  test(`a question that the moderation refuses is a 400 that says so, and reaches no model and no store: ${name}`, async () => {
    const input = (text: string) => (text.includes('bad') ? {refuse: 'Not about this.'} : undefined);
    await using chat = await startModerated({input});
    const response = await chat.post(path, bodyOf('A bad question'), headers);
    assert.equal(response.status, 400);
    const text = await response.text();
    assert.match(text, /Not about this\./);
    const body = JSON.parse(text) as {code?: unknown; error: {code?: unknown}};
    assert.equal(body.code ?? body.error.code, code);
    assert.deepEqual([chat.upstream.requests.length, await chat.chats(), chat.reported], [0, [], []]);
    // The chat is free, and another question is answered.
    const good = await chat.post(path, bodyOf('A good question'), headers);
    assert.equal(good.status, 200);
    await good.text();
  });

  test(`a question that the moderation replaces reaches the model in its new words only: ${name}`, async () => {
    await using chat = await startModerated({input: (text) => ({replace: text.replace('4111', '[card]')})});
    await (await chat.post(path, bodyOf('My card is 4111.'), headers)).text();
    assert.match(JSON.stringify(chat.upstream.first.body), /My card is \[card\]\./);
    assert.doesNotMatch(JSON.stringify(chat.upstream.first.body), /4111/);
    for (const {id, title} of await chat.chats()) {
      assert.equal(title, 'My card is [card].');
      const [question] = await chat.messages(id);
      assert.equal(question && textOf(question), 'My card is [card].');
    }
  });

  test(`an answer that the moderation refuses ends before the refused sentence: ${name}`, async () => {
    const {output, script} = sayOneByOne('Good start. ', 'Then a bad. ', 'And more. ');
    await using chat = await startModerated({output: output(refusesBad)});
    chat.upstream.script(script);
    const response = await chat.post(path, bodyOf('Hello'), headers);
    const text = await response.text();
    assert.match(text, /Good start\./);
    assert.doesNotMatch(text, /Then a|bad|more/);
    if (path === '/v1/chat/completions') assert.match(text, /"finish_reason":"content_filter"/);
    for (const {id} of await chat.chats()) {
      const answer = (await chat.messages(id)).at(-1);
      assert.deepEqual([answer && textOf(answer), answer?.endReason], ['Good start. ', 'content-filter']);
    }
  });
}

test('a refusal in the middle of a stream ends the model’s work', async () => {
  const {output, script} = sayOneByOne('Good. ', 'A bad one. ', 'And more. ');
  await using chat = await startModerated({output: output(refusesBad)});
  chat.upstream.script(script);
  const {text, answer} = await chat.ask('Hello');
  assert.deepEqual([text, answer.endReason], ['Good. ', 'content-filter']);
  await chat.upstream.first.abandoned;
});

test('a refusal may say a sentence, which is shown and stored behind what was said', async () => {
  const {output, script} = sayOneByOne('Good. ', 'A bad one. ');
  const refuses = (text: string) => (text.includes('bad') ? {refuse: 'I cannot talk about that.'} : undefined);
  await using chat = await startModerated({output: output(refuses)});
  chat.upstream.script(script, says('A bad one.'));
  const {chatId, text} = await chat.ask('Hello');
  assert.equal(text, 'Good. \n\nI cannot talk about that.');
  assert.equal((await chat.messages(chatId)).at(-1)?.content, text);
  assert.equal((await chat.ask('Hello')).text, 'I cannot talk about that.');
});

test('a replaced text is what is shown and stored, also if it was split between tokens', async () => {
  const {output, script} = sayOneByOne('Write to joe@example.com. ', 'Or to me@x.org. ');
  const shown: string[] = [];
  const hideAddresses: Moderation['output'] = (text, {before}) => {
    shown.push(before);
    return {replace: text.replaceAll(/\S+@\S+\.\w+/g, '[address]')};
  };
  await using chat = await startModerated({output: output(hideAddresses)});
  chat.upstream.script(script);
  const {chatId, text} = await chat.ask('Hello');
  assert.equal(text, 'Write to [address]. Or to [address]. ');
  assert.deepEqual(shown, ['', 'Write to [address]. ']);
  assert.equal((await chat.messages(chatId)).at(-1)?.content, text);
});

test('a sentence is shown as soon as it has passed, and the hook sees what was shown before', async () => {
  const calls: (readonly [string, string])[] = [];
  const output: Moderation['output'] = (text, {before}) => void calls.push([before, text]);
  await using chat = await startModerated({output});
  const rest = pause();
  chat.upstream.script(async (exchange) => {
    await exchange.write(delta('One sentence. Half a '));
    await rest.here();
    await exchange.write(delta('sentence'));
    exchange.end(done());
  });
  const response = await chat.post('/api/chat', {message: {text: 'Hello'}});
  assert.equal(await readUntil(response, (text) => text !== ''), 'One sentence. ');
  rest.go();
  await readUntil(response, (text) => text === 'Half a sentence');
  await response.body?.cancel();
  assert.deepEqual(calls, [
    ['', 'One sentence. '],
    ['One sentence. ', 'Half a sentence'],
  ]);
});

test('lines, sentences in other scripts, and text without an end are judged in pieces, and nothing is lost', async () => {
  const long = 'word '.repeat(100);
  const said = `\n\n\n# Title\n今日は。明日も。 He said “No.” And: so on… | a | ${long}${'x'.repeat(1000)}😀 End`;
  const byThree = said.match(/[^]{1,3}/gu) ?? [];
  const provider: Provider = {
    id: 'pieces',
    models: async () => [{id: 'test-model', name: 'Test'}],
    async *answer() {
      for (const piece of byThree) yield [{type: 'text-delta', delta: piece}];
      yield [{type: 'message-end', reason: 'stop'}];
    },
  };
  const calls: string[] = [];
  await using chat = await startModerated({output: (text) => void calls.push(text)}, {providers: [provider]});
  const {text} = await chat.ask('Hello');
  assert.equal(text, said);
  // Blank text passes without a verdict.
  assert.equal(`\n\n\n${calls.join('')}`, said);
  assert.deepEqual(calls.slice(0, 5), ['# Title\n', '今日は。', '明日も。', ' He said “No.” ', 'And: ']);
  assert.equal(calls[5], 'so on… ');
  const rest = calls.slice(6).map((each) => each.length);
  assert.ok(rest.length >= 4 && rest.every((length) => length <= 405), rest.join(' '));
});

test('thoughts are judged, too, and keep their place before the text', async () => {
  const kinds: string[] = [];
  const output: Moderation['output'] = (text, {kind}) => {
    kinds.push(kind);
    return {replace: text.toUpperCase()};
  };
  await using chat = await startModerated({output});
  chat.upstream.script(async (exchange) => {
    await exchange.write('data: {"choices":[{"delta":{"reasoning_content":"I think"}}]}\n\n');
    await exchange.write(delta('so'));
    exchange.end(done());
  });
  const {answer} = await chat.ask('Hello');
  assert.deepEqual(answer.parts, [
    {type: 'reasoning', text: 'I THINK'},
    {type: 'text', text: 'SO'},
  ]);
  assert.deepEqual(kinds, ['reasoning', 'text']);
});

const failures: Readonly<Record<string, () => Verdict | Promise<Verdict>>> = {
  throws: () => {
    throw new Error('The moderation service is down.');
  },
  rejects: async () => {
    throw new Error('The moderation service is down.');
  },
  'takes too long': never,
  'returns no verdict': () => ({flagged: true}) as never,
  'returns true': () => true as never,
  'misspells a replacement': () => ({replace: 7}) as never,
};

for (const [name, hook] of Object.entries(failures)) {
  test(`a hook that ${name} lets no question and no answer through, and the operator is told`, async () => {
    await using asked = await startModerated({input: hook, timeout: 100});
    const response = await asked.post('/api/chat', {message: {text: 'Hello'}});
    assert.equal(response.status, 500);
    const {code, error} = await json<{code: string; error: string}>(response);
    assert.deepEqual([code, error], ['internal', 'The question could not be checked.']);
    assert.deepEqual([asked.upstream.requests.length, await asked.chats()], [0, []]);
    assert.match(printCauses(asked), /moderate\.input failed/);

    const {output, script} = sayOneByOne('Good. ', 'Secret. ', 'More. ');
    await using answering = await startModerated({
      output: output((text) => (text === 'Good. ' ? undefined : hook())),
      timeout: 100,
    });
    answering.upstream.script(script);
    const {answer, text, chatId} = await answering.ask('Hello');
    assert.deepEqual([text, answer.error?.code], ['Good. ', 'internal']);
    assert.equal((await answering.messages(chatId)).at(-1)?.content, 'Good. ');
    assert.match(printCauses(answering), /moderate\.output failed/);
  });
}

/** The messages of all reported errors and of their causes. */
function printCauses({reported}: TestServer): string {
  const messages: string[] = [];
  for (const error of reported) {
    for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) messages.push(cause.message);
  }
  return messages.join(' ← ');
}

test('a stop while the hook works on an answer ends it at once, and shows nothing that has not been judged', async () => {
  const judging = Promise.withResolvers<AbortSignal>();
  const output: Moderation['output'] = (_, {signal}) => {
    judging.resolve(signal);
    return never();
  };
  await using chat = await startModerated({output, timeout: 60_000});
  chat.upstream.script(async (exchange) => exchange.write(delta('Not judged. ')));
  const response = await chat.post('/api/chat', {message: {text: 'Hello'}, chatId: 'mine'});
  const signal = await judging.promise;
  const chatId = response.headers.get('x-chat-id') ?? '';
  assert.deepEqual(await json(await chat.post(`/api/chat/${chatId}/stop`, {})), {stopped: true});
  assert.equal(signal.aborted, true);
  const {answer, text} = await answered(response);
  assert.deepEqual([text, answer.endReason], ['', 'stopped']);
  assert.equal((await chat.messages(chatId)).at(-1)?.content, '');
  await chat.upstream.first.abandoned;
});

test('a stop while the hook works on a question keeps the model from being asked', async () => {
  const judging = Promise.withResolvers<void>();
  const verdict = Promise.withResolvers<undefined>();
  let first = true;
  const input = () => {
    if (first) return undefined;
    judging.resolve();
    return verdict.promise;
  };
  await using chat = await startModerated({input});
  const {chatId} = await chat.ask('Hello');
  first = false;
  const asked = chat.post('/api/chat', {message: {text: 'And now?'}, chatId});
  await judging.promise;
  const stopped = chat.post(`/api/chat/${chatId}/stop`, {});
  // The stop has reached the server before this answer comes.
  await chat.get('/healthz');
  verdict.resolve(undefined);
  assert.deepEqual(await json(await stopped), {stopped: true});
  assert.equal((await answered(await asked)).answer.endReason, 'stopped');
  assert.equal(chat.upstream.requests.length, 1);
});

test('every message that a request brings is judged, and may be replaced: earlier ones and system messages too', async () => {
  const seen: string[] = [];
  const input: Moderation['input'] = (text, {role}) => {
    seen.push(`${role}: ${text}`);
    return {replace: text.toUpperCase()};
  };
  await using chat = await startModerated({input});
  const messages = [
    {role: 'system', content: 'Be brief.'},
    user('First'),
    {role: 'assistant', content: 'Answer'},
    user('Second'),
  ];
  for (const [path, headers] of [
    ['/v1/chat/completions', {}],
    ['/api/chat', {'x-chat-protocol': 'typed-events'}],
  ] as const) {
    seen.length = 0;
    await (await chat.post(path, {model: 'test-model', messages}, headers)).text();
    assert.deepEqual(seen, ['system: Be brief.', 'user: First', 'assistant: Answer', 'user: Second']);
    const {messages: sent} = chat.upstream.requests.at(-1)!.body as {messages: {content: string}[]};
    assert.deepEqual(
      sent.map(({content}) => content),
      ['BE BRIEF.', 'FIRST', 'ANSWER', 'SECOND'],
    );
  }
});

test('a replacement takes the place of all texts of a message and leaves its images; an image alone is not judged', async () => {
  const seen: string[] = [];
  await using chat = await startModerated({input: (text) => (seen.push(text), {replace: 'Other.'})});
  const image = {type: 'image_url', image_url: {url: 'data:image/png;base64,AAAA'}};
  const text = (words: string) => ({type: 'text', text: words});
  const messages = [
    {role: 'user', content: [image]},
    {role: 'user', content: [text('One'), image, text('Two')]},
  ];
  await (await chat.post('/v1/chat/completions', {model: 'test-model', messages})).text();
  assert.deepEqual(seen, ['One\nTwo']);
  const body = chat.upstream.first.body as {messages: {content: unknown}[]};
  assert.deepEqual(body.messages[1]?.content, [text('Other.'), image]);
});

test('eight messages are judged at once, and after a refusal none is', async () => {
  const signals: AbortSignal[] = [];
  const input: Moderation['input'] = (text, {signal}) => {
    signals.push(signal);
    return text === 'bad' ? {refuse: true} : never();
  };
  await using chat = await startModerated({input, timeout: 60_000});
  const messages = Array.from({length: 100}, (_, index) => user(index === 5 ? 'bad' : 'Hello'));
  const response = await chat.post('/v1/chat/completions', {model: 'test-model', messages});
  assert.equal(response.status, 400);
  assert.deepEqual([signals.length, signals.every(({aborted}) => aborted)], [8, true]);
});

test('who listens to an answer while its question is judged is told of the refusal', async () => {
  const judging = Promise.withResolvers<void>();
  const verdict = Promise.withResolvers<Verdict>();
  let isFirst = true;
  const input = () => {
    if (isFirst) return undefined;
    judging.resolve();
    return verdict.promise;
  };
  await using chat = await startModerated({input});
  const {chatId} = await chat.ask('Hello');
  isFirst = false;
  const asked = chat.post('/api/chat', {message: {text: 'And now?'}, chatId});
  await judging.promise;
  const listening = await chat.get(`/api/chat/${chatId}/stream?after=0`);
  verdict.resolve({refuse: true});
  assert.equal((await asked).status, 400);
  assert.equal((await answered(listening)).answer.error?.code, 'content-refused');
});

for (const [path, bodyOf] of [
  ['/api/chat', (text: string) => ({message: {text}})],
  ['/v1/chat/completions', asking],
] as const) {
  test(`R-12: a question that is judged counts among the answers at once, and no longer when it is refused: ${path}`, async () => {
    const judging = Promise.withResolvers<void>();
    const verdict = Promise.withResolvers<Verdict>();
    const input = (text: string) => {
      if (text === 'Good') return undefined;
      judging.resolve();
      return verdict.promise;
    };
    await using chat = await startModerated({input}, {plans: [{name: 'default', answersAtOnce: 1}]});
    const first = chat.post(path, bodyOf('First'));
    await judging.promise;
    assert.equal((await chat.post(path, bodyOf('Second'))).status, 429);
    verdict.resolve({refuse: true});
    assert.equal((await first).status, 400);
    assert.equal((await chat.post(path, bodyOf('Good'))).status, 200);
  });
}

test('T2-18: text that turns out to be a thought is judged to its end, and the answer begins without it', async () => {
  const calls: (readonly [string, string, string])[] = [];
  const output: Moderation['output'] = (text, {kind, before}) => {
    calls.push([kind, before, text]);
    return undefined;
  };
  await using chat = await startModerated({output});
  chat.upstream.script(says('I see. ', 'It is noon', '\n</think>\n\n', 'Noon.'));
  const {answer} = await chat.ask('Hello');
  assert.deepEqual(calls, [
    ['text', '', 'I see. It is noon\n'],
    ['text', '', 'Noon.'],
  ]);
  assert.deepEqual(answer.parts, [
    {type: 'reasoning', text: 'I see. It is noon\n'},
    {type: 'text', text: 'Noon.'},
  ]);
});

test('text that the model takes back is not judged any more, and signatures of replaced thoughts are left out', async () => {
  const said: readonly ChatEvent[][] = [
    [{type: 'text-delta', delta: 'First try. '}],
    [{type: 'text-delta', delta: 'A bad'}],
    [{type: 'text-reset'}],
    [{type: 'reasoning-delta', delta: 'Secret thought'}],
    [{type: 'reasoning-metadata', providerMetadata: {anthropic: {signature: 's'}}}],
    [{type: 'text-delta', delta: 'Second.'}],
    [{type: 'message-end', reason: 'stop'}],
  ];
  const provider: Provider = {
    id: 'resets',
    models: async () => [{id: 'test-model', name: 'Test'}],
    async *answer() {
      yield* said;
    },
  };
  const calls: (readonly [string, string])[] = [];
  const output: Moderation['output'] = (text, {before}) => {
    calls.push([before, text]);
    return {replace: text.replace('Secret', 'Open')};
  };
  await using chat = await startModerated({output}, {providers: [provider]});
  const {chatId, answer} = await chat.ask('Hello');
  assert.deepEqual(calls, [
    ['', 'First try. '],
    ['', 'Secret thought'],
    ['', 'Second.'],
  ]);
  assert.deepEqual(answer.parts, [
    {type: 'reasoning', text: 'Open thought'},
    {type: 'text', text: 'Second.'},
  ]);
  assert.deepEqual((await chat.messages(chatId)).at(-1)?.parts, answer.parts);
});

test('an answer that breaks off shows what came before if it passes', async () => {
  await using chat = await startModerated({output: refusesBad});
  chat.upstream.script(async (exchange) => {
    await exchange.write(delta('All good. And half a'));
    exchange.cut();
  });
  const {text, answer} = await chat.ask('Hello');
  assert.equal(text, 'All good. And half a');
  assert.ok(answer.error && new ChatError(answer.error.code).retryable);
});

test('a refusal cannot be read by asking the same again with the same idempotency key', async () => {
  let calls = 0;
  const {output, script} = sayOneByOne('Good. ', 'A bad one. ');
  const judge = output((text) => {
    calls++;
    return refusesBad(text);
  });
  await using chat = await startModerated({output: judge});
  chat.upstream.script(script);
  const headers = {'idempotency-key': 'one'};
  const texts = [];
  for (let index = 0; index < 2; index++) {
    texts.push(await (await chat.post('/v1/chat/completions', asking('Hello', {stream: true}), headers)).text());
  }
  assert.match(texts[0] ?? '', /content_filter/);
  assert.equal(texts[0], texts[1]);
  assert.deepEqual([calls, chat.upstream.requests.length], [2, 1]);
});
