/** Responses of a backend that are valid, incomplete or wrong, read through the HTTP transport from a real server. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import type {TestContext} from 'node:test';
import type {Message} from '@chatlet/protocol';
import {signal, talkingTo} from './testing/http-chat.ts';
import {writeJson} from './testing/http-server.ts';

const createdAt = '2026-01-01T00:00:00.000Z';

/** The messages of a chat as the transport gives them, when the server sends this. */
async function load(t: TestContext, sent: unknown): Promise<readonly Message[]> {
  const chat = await talkingTo(t, (_, response) => writeJson(response, sent));
  const {messages = []} = (await chat.transport.history?.load('chat_1', {signal})) ?? {};
  return messages;
}

/** The parts of one message as the transport gives them. */
async function loadParts(t: TestContext, parts: unknown): Promise<Message['parts'] | undefined> {
  const [message] = await load(t, [{id: 'msg_1', role: 'assistant', createdAt, parts}]);
  return message?.parts;
}

suite('messages', () => {
  test('M-127: a stored message keeps every kind of part with all of its fields', async (t) => {
    const stored: Message = {
      id: 'msg_1',
      role: 'assistant',
      createdAt,
      status: 'failed',
      model: 'm',
      usage: {promptTokens: 0, completionTokens: 7},
      error: {code: 'provider-error', message: 'No.', retryable: true, retryAfter: 3},
      parts: [
        {type: 'reasoning', text: 'Hm'},
        {type: 'text', text: 'Let me look.'},
        {type: 'tool', callId: 'call_1', name: 'search', state: 'done', input: {q: 'x'}, output: [1, {a: null}]},
        {type: 'tool', callId: 'call_2', name: 'search', state: 'failed', input: null, output: 'No.'},
        {type: 'tool', callId: 'call_3', name: 'search', state: 'running', input: ['y']},
        {type: 'source', id: 's1', title: 'Page', url: 'https://example.org/', quote: 'So.'},
        {type: 'source', id: 's2', title: ''},
        {type: 'file', url: 'https://example.org/a.png', mediaType: 'image/png', name: 'a.png'},
        {type: 'file', url: 'data:,', mediaType: 'text/plain'},
        {type: 'text', text: ''},
      ],
    };
    assert.deepEqual(await load(t, [stored]), [stored]);
  });

  test('M-127: a tool without a known state is running, and its input may be absent', async (t) => {
    const tool = {type: 'tool', callId: 'call_1', name: 'search'};
    assert.deepEqual(await loadParts(t, [{...tool, state: 'dreaming'}, tool]), [
      {...tool, state: 'running', input: null},
      {...tool, state: 'running', input: null},
    ]);
  });

  test('M-127: parts that lack a field, and parts of an unknown kind, are left out', async (t) => {
    const parts = [
      {type: 'text'},
      {type: 'reasoning', text: 7},
      {type: 'tool', name: 'search'},
      {type: 'tool', callId: 'call_1'},
      {type: 'source', id: 's1'},
      {type: 'source', title: 'Page'},
      {type: 'file', url: 'data:,'},
      {type: 'file', mediaType: 'image/png'},
      {type: 'spell', text: 'Abracadabra'},
      'text',
      null,
    ];
    assert.deepEqual(await loadParts(t, [...parts, {type: 'text', text: 'Hi'}]), [{type: 'text', text: 'Hi'}]);
  });

  test('a message may have its text as `content` or `text` in place of parts', async (t) => {
    const messages = await load(t, [
      {id: 'msg_1', role: 'system', content: 'Be brief', createdAt},
      {id: 'msg_2', role: 'user', text: 'Hi', parts: [], createdAt},
      {id: 'msg_3', role: 'assistant', content: 'Ho', parts: [{type: 'text', text: 'Hello'}], createdAt},
      {id: 'msg_4', role: 'assistant', content: '', createdAt},
    ]);
    assert.deepEqual(
      messages.map(({role, parts}) => [role, ...parts.map((part) => ('text' in part ? part.text : part.type))]),
      [['system', 'Be brief'], ['user', 'Hi'], ['assistant', 'Hello'], ['assistant']],
    );
    assert.deepEqual(messages[0]?.parts, [{type: 'text', text: 'Be brief'}]);
  });

  test('a message without an id and a time gets new ones', async (t) => {
    const before = new Date().toISOString();
    const [one, two] = await load(t, [
      {role: 'user', content: 'Hi'},
      {role: 'user', content: 'Hi'},
    ]);
    assert.match(one?.id ?? '', /^msg_[0-9a-z]{24}$/);
    assert.notEqual(one?.id, two?.id);
    assert.ok(one && one.createdAt >= before && one.createdAt <= new Date().toISOString());
    assert.deepEqual(Object.keys(one).sort(), ['createdAt', 'id', 'parts', 'role', 'status']);
  });

  test('a known status stays, and any other is done', async (t) => {
    const statuses = ['answering', 'stopped', 'interrupted', 'failed', 'done', 'dancing', undefined];
    const messages = await load(
      t,
      statuses.map((status) => ({role: 'user', content: 'Hi', status})),
    );
    assert.deepEqual(
      messages.map(({status}) => status),
      ['answering', 'stopped', 'interrupted', 'failed', 'done', 'done', 'done'],
    );
  });

  test('messages without a known role, and entries that are no objects, are left out', async (t) => {
    const messages = await load(t, [{role: 'wizard', content: 'No'}, 'Hi', 7, null, {content: 'No'}]);
    assert.deepEqual(messages, []);
  });

  test('an incomplete usage and an unknown error are left out', async (t) => {
    const message = {id: 'msg_1', role: 'user', content: 'Hi', createdAt};
    const bad = [
      {...message, usage: {promptTokens: 1}},
      {...message, usage: {completionTokens: 1}},
      {...message, usage: 7},
      {...message, error: {code: 'bad-mood', message: 'No.'}},
      {...message, error: 'No.'},
      {...message, model: 7},
    ];
    const [first, ...others] = await load(t, [message, ...bad]);
    for (const other of others) assert.deepEqual(other, first);
    assert.equal(others.length, bad.length);
  });

  test('what the end of an answer told is kept, but what cannot be read of it', async (t) => {
    const told = {grounded: false, followUps: ['And?'], nearestPage: {title: 'Tea', url: 'https://example.com/tea'}};
    const wrong = {grounded: 'no', followUps: [7], nearestPage: {url: 'https://example.com/tea'}};
    const message = {role: 'assistant', content: 'Hi', createdAt, id: 'msg_1'};
    const [bare, whole, other] = await load(t, [message, {...message, ...told}, {...message, ...wrong}]);
    assert.deepEqual(whole, {...bare, ...told});
    assert.deepEqual(other, bare);
    const [many] = await load(t, [{...message, followUps: ['1?', '2?', '3?', '4?']}]);
    assert.deepEqual(many?.followUps, ['1?', '2?', '3?']);
  });

  test('an error may lack its message, and is retryable only if the server says so', async (t) => {
    const message = {role: 'assistant', content: 'Hi'};
    const errors = [{code: 'network'}, {code: 'network', retryable: 'yes'}, {code: 'network', retryable: true}];
    const messages = await load(
      t,
      errors.map((error) => ({...message, error})),
    );
    assert.deepEqual(
      messages.map(({error}) => error),
      [
        {code: 'network', message: '', retryable: false},
        {code: 'network', message: '', retryable: false},
        {code: 'network', message: '', retryable: true},
      ],
    );
  });

  test('a list of messages may be bare, or under `messages`, `items` or `data`', async (t) => {
    const list = [{role: 'user', content: 'Hi'}];
    for (const sent of [list, {messages: list}, {items: list}, {data: list}, {messages: 7, data: list}]) {
      assert.equal((await load(t, sent)).length, 1);
    }
    for (const sent of [{}, {other: list}, 'Hi', null, 7]) assert.deepEqual(await load(t, sent), []);
  });
});

suite('chats', () => {
  const list = async (t: TestContext, sent: unknown) => {
    const chat = await talkingTo(t, (_, response) => writeJson(response, sent));
    return (await chat.transport.history?.list({}, {signal}))?.items;
  };

  test('a chat needs an id alone, and its other fields have defaults', async (t) => {
    const updatedAt = '2026-01-02T00:00:00.000Z';
    const epoch = '1970-01-01T00:00:00.000Z';
    assert.deepEqual(
      await list(t, [
        {id: 'chat_1', title: 'One', model: 'm', createdAt, updatedAt},
        {id: 'chat_2', createdAt},
        {id: 'chat_3'},
        {id: ''},
        {id: 7},
        'chat_4',
        null,
      ]),
      [
        {id: 'chat_1', title: 'One', model: 'm', createdAt, updatedAt},
        {id: 'chat_2', title: '', model: '', createdAt, updatedAt: createdAt},
        {id: 'chat_3', title: '', model: '', createdAt: epoch, updatedAt: epoch},
      ],
    );
  });

  test('a list of chats may be bare, or under `chats`, `items` or `data`', async (t) => {
    const chats = [{id: 'chat_1'}];
    for (const sent of [chats, {chats}, {items: chats}, {data: chats}]) assert.equal((await list(t, sent))?.length, 1);
    assert.deepEqual(await list(t, {other: chats}), []);
  });
});

suite('settings and models', () => {
  const settings = async (t: TestContext, sent: unknown) => {
    const {transport} = await talkingTo(t, (_, response) => writeJson(response, sent));
    return [await transport.config?.({signal}), await transport.models?.({signal})];
  };

  test('the texts of a chat are kept if they are strings', async (t) => {
    const texts = {
      heading: 'Shop',
      subheading: 'We answer',
      greeting: 'Hello',
      introduction: 'I know the shop.',
      aiNotice: 'A robot answers.',
      disclaimer: 'I err.',
      placeholder: 'Ask',
      starters: ['A', 'B'],
      strings: {send: 'Ask'},
    };
    assert.deepEqual((await settings(t, texts))[0], texts);
    const wrong = Object.fromEntries(Object.keys(texts).map((name) => [name, 7]));
    assert.deepEqual((await settings(t, wrong))[0], {});
    assert.deepEqual((await settings(t, 'Hello'))[0], {});
  });

  test('models may be names or objects, and invalid ones and invalid fields are left out', async (t) => {
    const whole = {
      id: 'm',
      name: 'M',
      description: 'Fast',
      provider: 'P',
      contextLength: 8,
      pricing: {prompt: 1, completion: 0},
      tags: ['new'],
    };
    const [config, models] = await settings(t, {
      models: [
        whole,
        'small',
        {name: 'large'},
        {id: 'x', pricing: {prompt: 1}, tags: 'new', description: 7, contextLength: '8'},
        {id: 'y', pricing: {completion: 1}, tags: [7, 'old']},
        {},
        7,
        null,
      ],
      defaultModel: 'small',
    });
    const expected = [
      whole,
      {id: 'small', name: 'small'},
      {id: 'large', name: 'large'},
      {id: 'x', name: 'x'},
      {id: 'y', name: 'y', tags: ['old']},
    ];
    assert.deepEqual(config, {models: expected, defaultModel: 'small'});
    assert.deepEqual(models, {models: expected, defaultModel: 'small'});
  });

  test('models may be a bare list, or under `data` as OpenAI has them', async (t) => {
    const models = [{id: 'm', name: 'm'}];
    assert.deepEqual((await settings(t, models))[1], {models});
    assert.deepEqual((await settings(t, {data: models}))[1], {models});
    assert.deepEqual(await settings(t, {defaultModel: 7}), [{}, {models: []}]);
  });
});
