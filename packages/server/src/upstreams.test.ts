/** Several upstreams behind a real server, and the ways to configure them. */
import assert from 'node:assert/strict';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite, test} from 'node:test';
import {readConfiguration} from './configuration.ts';
import {createUpstreams} from './configured-providers.ts';
import {type ChatServerConfig, createChatServer} from './index.ts';
import {createOriginMatch, isOriginPattern} from './origins.ts';
import {answered, json, startChat} from './testing/chat-server.ts';
import {type Upstream, refuses, startUpstream} from './testing/upstream.ts';
import {type UpstreamConfig, createUpstream} from './upstreams.ts';

const messages = [{role: 'user', content: 'Hi'}];

/** A server with two upstreams of these lists. */
async function withTwo(
  run: (at: {
    ask(model: string): Promise<{status: number; who: string}>;
    first: Upstream;
    second: Upstream;
    chat: Awaited<ReturnType<typeof startChat>>;
  }) => Promise<void>,
  {
    lists,
    upstreams = {},
    ...config
  }: {lists: readonly [readonly string[], readonly string[]]; upstreams?: {first?: object; second?: object}} & Omit<
    ChatServerConfig,
    'upstreams'
  >,
) {
  const second = await startUpstream();
  const first = await startUpstream();
  first.models = lists[0].map((id) => ({id}));
  second.models = lists[1].map((id) => ({id}));
  const both: readonly UpstreamConfig[] = [
    {id: 'first', kind: 'openai', baseUrl: first.baseUrl, apiKey: 'key-1', ...upstreams.first},
    {id: 'second', kind: 'ollama', baseUrl: new URL(second.baseUrl).origin, ...upstreams.second},
  ];
  const {openai: _, ...own}: ChatServerConfig = {...config, upstreams: both};
  await using chat = await startChat({...own, openai: undefined} as unknown as ChatServerConfig);
  try {
    const ask = async (model: string) => {
      const counts = [first.requests.length, second.requests.length];
      const {status} = await chat.post('/v1/chat/completions', {model, messages}, {});
      const asked = [first, second].map((each, index) =>
        each.requests.slice(counts[index]).map(({body}) => body?.['model']),
      );
      return {status, who: asked.map((models) => models.join(' ')).join(' | ')};
    };
    await run({ask, first, second, chat});
  } finally {
    await first.close();
    await second.close();
  }
}

suite('several upstreams', () => {
  test('each model is asked of the upstream that has it, by its name or with the upstream’s', () =>
    withTwo(
      async ({ask, first, second}) => {
        for (const [model, who] of [
          ['a', 'a | '],
          ['b', ' | b'],
          ['both', 'both | '],
          ['second/both', ' | both'],
          ['first/a', 'a | '],
          ['quick', ' | b'],
          ['mine', 'mine | '],
          ['hidden', ' | hidden'],
        ]) {
          assert.deepEqual(await ask(model ?? ''), {status: 200, who}, model);
        }
        assert.deepEqual(await ask('invented'), {status: 404, who: ' | '});
        assert.deepEqual(await ask('second/invented'), {status: 404, who: ' | '});
        assert.deepEqual(
          [first.first.headers.authorization, second.first.headers.authorization],
          ['Bearer key-1', undefined],
        );
        assert.equal(second.first.path, '/v1/chat/completions');
      },
      {
        lists: [
          ['a', 'both'],
          ['b', 'both'],
        ],
        aliases: {quick: 'second/b', hidden: 'second/hidden'},
        models: [{id: 'mine'}],
      },
    ));

  test('patterns choose an upstream and its listed models, and `unlisted` lets callers name others', () =>
    withTwo(
      async ({ask, chat}) => {
        for (const [model, who] of [
          ['gpt-9', 'gpt-9 | '],
          ['named', 'named | '],
          ['anything', ' | anything'],
        ]) {
          assert.deepEqual(await ask(model ?? ''), {status: 200, who}, model);
        }
        assert.deepEqual((await ask('gpt-unknown')).who, ' | gpt-unknown');
        const {models} = await json<{models: {id: string}[]}>(await chat.get('/api/models'));
        assert.deepEqual(
          models.map(({id}) => id),
          ['gpt-9', 'named', 'b'],
        );
      },
      {
        lists: [['gpt-9', 'other'], ['b']],
        upstreams: {first: {models: ['gpt-*', 'named']}, second: {unlisted: true}},
      },
    ));

  test('a fallback may be a model of another upstream', () =>
    withTwo(
      async ({first, second, chat}) => {
        first.script(refuses(503, {error: {message: 'busy'}}));
        const {text} = await answered(await chat.post('/api/chat', {message: {text: 'Hi'}, model: 'a'}));
        assert.deepEqual([text !== '', second.first.body?.['model']], [true, 'b']);
      },
      {lists: [['a'], ['b']], fallbacks: {a: ['second/b']}},
    ));

  test('an Azure key is sent in its own header, below the path of its API', async () => {
    const azure = await startUpstream();
    const {origin} = new URL(azure.baseUrl);
    const provider = createUpstream({id: 'az', kind: 'azure', baseUrl: origin, apiKey: 'key-2'});
    for await (const _ of provider.answer({model: 'm', messages: []}, {signal: new AbortController().signal}));
    assert.deepEqual([azure.first.path, azure.first.headers['api-key']], ['/openai/v1/chat/completions', 'key-2']);
    await provider.close?.();
    await azure.close();
  });

  for (const [what, config, sentence] of [
    ['Anthropic without a key', {id: 'a', kind: 'anthropic'}, /"a" needs an API key/],
    ['Azure without an address', {id: 'a', kind: 'azure'}, /"a" needs a `baseUrl`/],
    ['an id with a slash', {id: 'a/b', kind: 'openai'}, /needs an id of letters/],
  ] as const) {
    test(`${what} is refused with a sentence`, () => {
      assert.throws(() => createUpstream(config), sentence);
    });
  }
});

async function configured(file: object | undefined, env: Readonly<Record<string, string>>) {
  const folder = await mkdtemp(join(tmpdir(), 'chatlet-'));
  try {
    if (file) await writeFile(join(folder, 'chatlet.config.json'), JSON.stringify(file));
    return await readConfiguration(env, folder);
  } finally {
    await rm(folder, {recursive: true});
  }
}

suite('upstreams of the configuration file', () => {
  test('keys come from the variables that the file names, and no log may hold them', async () => {
    const upstream = {id: 'a', kind: 'openai', models: ['gpt-*'], timeoutMs: 5000, unlisted: true};
    const {server, secrets} = await configured(
      {upstreams: [{...upstream, apiKeyEnv: 'KEY_OF_A'}]},
      {KEY_OF_A: 'sk-a-secret'},
    );
    assert.deepEqual([server.upstreams, server.openai], [[{...upstream, apiKey: 'sk-a-secret'}], undefined]);
    assert.deepEqual(secrets, ['sk-a-secret']);
  });

  test('OPENAI_API_KEY alone asks OpenAI, unless the file says who answers', async () => {
    const alone = await configured(undefined, {OPENAI_API_KEY: 'sk-b-secret'});
    assert.deepEqual(alone.server.openai, {baseUrl: 'https://api.openai.com/v1', apiKey: 'sk-b-secret'});
    assert.match(alone.warnings.join('\n'), /OPENAI_API_KEY is set, so https:\/\/api\.openai\.com\/v1 answers/);
    const beside = await configured({upstreams: [{id: 'a', kind: 'ollama'}]}, {OPENAI_API_KEY: 'sk-b-secret'});
    assert.equal(beside.server.openai, undefined);
    const other = await configured(undefined, {
      OPENAI_API_KEY: 'sk-b-secret',
      OPENAI_BASE_URL: 'http://localhost:1/v1',
    });
    assert.deepEqual([other.server.openai?.baseUrl, other.warnings], ['http://localhost:1/v1', []]);
  });

  for (const [what, file, sentence] of [
    [
      'a variable that is not set',
      {upstreams: [{id: 'a', kind: 'openai', apiKeyEnv: 'NO_KEY'}]},
      /"a" needs its key in the variable NO_KEY/,
    ],
    ['an unknown kind', {upstreams: [{id: 'a', kind: 'x'}]}, /upstreams\[0\]\.kind must be "openai" or/],
    ['a key in the file', {upstreams: [{id: 'a', kind: 'openai', apiKey: 'x'}]}, /upstreams\[0\] has no "apiKey"/],
  ] as const) {
    test(`${what} is refused with a sentence`, async () => {
      await assert.rejects(configured(file, {}), sentence);
    });
  }

  test('two upstreams with one id are refused', () => {
    const twice = {id: 'a', kind: 'ollama'} as const;
    assert.throws(() => createUpstreams({upstreams: [twice, twice]}), /Two upstreams have the id "a"/);
  });
});

suite('T2-16: origins with a wildcard', () => {
  const allows = createOriginMatch(['https://*.shop.example', 'https://www.example.com', 'http://*.dev.example:8080']);
  for (const [origin, allowed] of [
    ['https://www.shop.example', true],
    ['https://a.b.shop.example', true],
    ['https://shop.example', false],
    ['http://www.shop.example', false],
    ['https://www.shop.example:444', false],
    ['https://evilshop.example', false],
    ['https://www.shop.example.evil.com', false],
    ['https://www.shop.example@evil.com', false],
    ['https://evil.com/.shop.example', false],
    ['https://*.shop.example', false],
    ['https://.shop.example', false],
    ['https://www.example.com', true],
    ['http://x.dev.example:8080', true],
    ['http://x.dev.example', false],
    ['null', false],
  ] as const) {
    test(`the origin ${origin} is ${allowed ? 'allowed' : 'refused'}`, () => {
      assert.equal(allows(origin), allowed);
    });
  }

  for (const pattern of [
    'https://*',
    'https://*.com',
    'https://a.*.com',
    'https://*.*.shop.example',
    '*',
    'https://*.shop.example/',
    'https://*shop.example',
  ]) {
    test(`the pattern ${pattern} is no origin`, () => assert.equal(isOriginPattern(pattern), false));
  }

  test('an origin that is none stops the server at its start, also from a configuration in JavaScript', () => {
    const create = () => createChatServer({databaseUrl: 'sqlite::memory:', origins: ['https://shop.example/']});
    assert.throws(create, {
      code: 'invalid-request',
      message: /^origins must be .* "https:\/\/shop\.example\/" is not\.$/,
    });
  });

  test('a page of a subdomain may ask, and the configuration takes the pattern', async () => {
    const {server} = await configured(undefined, {CHATLET_ORIGINS: 'https://*.shop.example'});
    await using chat = await startChat({...server, databaseUrl: 'sqlite::memory:'});
    for (const [origin, status] of [
      ['https://de.shop.example', 200],
      ['https://shop.example.evil.com', 403],
    ] as const) {
      const response = await chat.post('/api/chat', {message: {text: 'Hi'}}, {'x-chat-protocol': 'chatlet', origin});
      assert.equal(response.status, status);
      assert.equal(response.headers.get('access-control-allow-origin'), status === 200 ? origin : null);
    }
  });
});
