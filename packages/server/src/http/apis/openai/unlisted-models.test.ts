/** Names of models that the upstream does not list, and lists that hang, fail or lie. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import type {ChatServerConfig} from '../../../index.ts';
import {json, startChat} from '../../../testing/chat-server.ts';
import {type Script, refuses} from '../../../testing/upstream.ts';

const messages = [{role: 'user', content: 'Hi'}];

interface Refused {
  readonly error: {readonly code: string; readonly message: string; readonly availableModels?: readonly string[]};
}

/** Asks `/v1/chat/completions` of an upstream that lists these models, and gives the name that the upstream was asked for. */
async function askedFor(listed: readonly string[] | Script, model: string, config: ChatServerConfig = {}) {
  await using chat = await startChat(config);
  chat.upstream.models = typeof listed === 'function' ? listed : listed.map((id) => ({id}));
  const response = await chat.post('/v1/chat/completions', {model, messages}, {});
  const body = await json<{model?: string} & Partial<Refused>>(response);
  return {status: response.status, upstream: chat.upstream.requests[0]?.body?.['model'], body};
}

suite('T2-02: names that the upstream does not list', () => {
  const names: readonly [
    what: string,
    listed: readonly string[],
    asked: string,
    upstream: string,
    ChatServerConfig?,
  ][] = [
    ['the default model', ['llama3.2:latest', 'other'], 'llama3.2', 'llama3.2', {defaultModel: 'llama3.2'}],
    ['a default model that nobody lists', ['other'], 'new-model', 'new-model', {defaultModel: 'new-model'}],
    [
      'an alias of a listed name without its tag',
      ['llama3.2:latest'],
      'short',
      'llama3.2',
      {aliases: {short: 'llama3.2'}},
    ],
    ['an alias of a name that nobody lists', ['other'], 'short', 'hidden', {aliases: {short: 'hidden'}}],
    ['a model of the configuration', ['other'], 'hidden', 'hidden', {models: [{id: 'hidden'}]}],
    ['a listed name without `models/`', ['models/gemini-3-pro'], 'gemini-3-pro', 'models/gemini-3-pro'],
    ['a listed name with `:latest`', ['qwen3'], 'qwen3:latest', 'qwen3'],
    ['a listed name without `:latest`', ['qwen3:latest'], 'qwen3', 'qwen3:latest'],
    ['the upstream’s id before the name', ['a'], '127.0.0.1/a', 'a'],
  ];
  for (const [what, listed, asked, upstream, config] of names) {
    test(`the upstream is asked for ${what}`, async () => {
      const answered = await askedFor(listed, asked, config);
      assert.deepEqual([answered.status, answered.upstream, answered.body.model], [200, upstream, asked]);
    });
  }

  test('a name that a caller invents is refused with the models that there are', async () => {
    const {status, upstream, body} = await askedFor(['a', 'b'], 'invented');
    assert.deepEqual([status, upstream, body.error?.code], [404, undefined, 'model_not_found']);
    assert.match(body.error?.message ?? '', /There is no model "invented"/);
  });

  test('the upstream’s own refusal of a model prints what our refusal prints', async () => {
    const bodies: string[] = [];
    for (const listed of [true, false]) {
      await using chat = await startChat(listed ? {models: [{id: 'gone'}]} : {});
      chat.upstream.models = [{id: 'a'}];
      chat.upstream.script(refuses(404, {error: {message: 'model "gone" not found', type: 'api_error'}}));
      const response = await chat.post('/chat/stream', {model: 'gone', messages}, {});
      const {availableModels, ...body} = await json<{availableModels: readonly string[]}>(response);
      bodies.push(JSON.stringify([response.status, body, availableModels.includes('a')]));
      assert.equal(chat.upstream.requests.length, listed ? 1 : 0);
    }
    assert.equal(bodies[0], bodies[1]);
  });

  test('the list that a page gets has the default model, by its listed name', async () => {
    await using chat = await startChat({defaultModel: 'llama3.2', models: [{id: 'hidden'}]});
    chat.upstream.models = [{id: 'other'}, {id: 'llama3.2:latest'}];
    const {defaultModel, models} = await json<{defaultModel: string; models: {id: string}[]}>(
      await chat.get('/api/config'),
    );
    assert.deepEqual(
      [defaultModel, models.map(({id}) => id)],
      ['llama3.2:latest', ['other', 'llama3.2:latest', 'hidden']],
    );
  });
});

suite('T2-29: no question waits for a list', () => {
  const lists: Readonly<Record<string, Script>> = {
    hangs: () => {},
    'is HTML': (exchange) => {
      exchange.start(200, {'content-type': 'text/html'});
      exchange.end('<html>');
    },
    'is no list': (exchange) => {
      exchange.start(200, {'content-type': 'application/json'});
      exchange.end('{"ok":true}');
    },
    'is empty': (exchange) => {
      exchange.start(200, {'content-type': 'application/json'});
      exchange.end('{"data":[]}');
    },
    fails: (exchange) => refuses(500, {error: 'x'})(exchange),
  };
  for (const [how, list] of Object.entries(lists)) {
    test(`the model of the configuration is asked while the list of models ${how}`, async () => {
      await using chat = await startChat({defaultModel: 'mine'});
      let listsEnded = 0;
      chat.upstream.models = async (exchange) => {
        await new Promise(setImmediate);
        // The upstream answers no list before it has answered the question.
        await answered.promise;
        listsEnded++;
        await list(exchange);
      };
      const answered = Promise.withResolvers<void>();
      for (const model of ['mine', undefined]) {
        const path = model ? '/v1/chat/completions' : '/api/v1/chat';
        const response = await chat.post(path, {...(model && {model}), messages}, {});
        assert.equal(response.status, 200, await response.text());
      }
      assert.equal(listsEnded, 0);
      assert.deepEqual(
        chat.upstream.requests.map(({body}) => body?.['model']),
        ['mine', 'mine'],
      );
      answered.resolve();
    });
  }

  test('an upstream that cannot list its models is asked for the name that the caller gives', async () => {
    for (const how of ['is HTML', 'is no list', 'is empty', 'fails']) {
      const {status, upstream} = await askedFor(lists[how] ?? assert.fail(), 'anything');
      assert.deepEqual([status, upstream], [200, 'anything'], how);
    }
  });
});
