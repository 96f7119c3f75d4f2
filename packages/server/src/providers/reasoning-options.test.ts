/** How long a model is to think, asked for in three APIs and passed on to upstreams of all kinds. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {fromAISDK} from '../index.ts';
import {json, startChat} from '../testing/chat-server.ts';
import {type Script, type Upstream, refuses, startUpstream} from '../testing/upstream.ts';
import type {UpstreamConfig} from '../upstreams.ts';

const messages = [{role: 'user', content: 'Why?'}];

/** The ways to ask, by what they say. */
const ways = {
  effort: ['/v1/chat/completions', {reasoning_effort: 'high'}],
  little: ['/v1/chat/completions', {reasoning_effort: 'low', max_completion_tokens: 1500}],
  none: ['/v1/chat/completions', {reasoning_effort: 'none'}],
  'effort of a response': ['/v1/responses', {reasoning: {effort: 'low', summary: 'auto'}, store: false}],
  'a summary': ['/v1/responses', {reasoning: {summary: 'auto'}, store: false}],
  budget: ['/v1/messages', {thinking: {type: 'enabled', budget_tokens: 5000}, max_tokens: 6000}],
  adaptive: ['/v1/messages', {thinking: {type: 'adaptive'}, output_config: {effort: 'high'}, max_tokens: 6000}],
  'effort without thoughts': ['/v1/messages', {output_config: {effort: 'low'}, max_tokens: 6000}],
  off: ['/v1/messages', {thinking: {type: 'disabled'}, max_tokens: 6000}],
} as const;

type Way = keyof typeof ways;

/** The fields of a request to an upstream that have to do with thinking. */
const fields = ['reasoning_effort', 'extra_body', 'reasoning', 'thinking', 'max_tokens', 'output_config'];

const dead = refuses(500, {});

/** Asks a server with one upstream of this kind, which answers by the scripts. */
async function ask(kind: UpstreamConfig['kind'], way: Way, scripts: readonly Script[] = []) {
  const upstream = await startUpstream();
  // Anthropic's list of models is asked for in pages, which the upstream takes for a question.
  const left = [...scripts];
  const answer: Script = (exchange) => (exchange.path.includes('/models') ? dead : (left.shift() ?? dead))(exchange);
  upstream.script(...Array.from({length: 9}, () => answer));
  const [path, options] = ways[way];
  try {
    const config = {id: 'u', kind, baseUrl: upstream.baseUrl, apiKey: 'k'};
    await using chat = await startChat({upstreams: [config], defaultModel: 'u/m', openai: undefined} as object);
    const question = path === '/v1/responses' ? {input: messages} : {messages};
    const response = await chat.post(path, {model: 'u/m', ...question, ...options}, {});
    const {error} = await json<{error?: {message: string; param?: string}}>(response);
    return {
      status: response.status,
      error,
      sent: upstream.requests.filter(({body}) => body !== undefined).map(thinkingIn),
    };
  } finally {
    await upstream.close();
  }
}

function thinkingIn({body = {}}: Upstream['first']): object {
  return Object.fromEntries(fields.flatMap((name) => (body[name] === undefined ? [] : [[name, body[name]]])));
}

const expected: Readonly<Record<string, Readonly<Record<Way, object>>>> = {
  openai: {
    effort: {reasoning_effort: 'high'},
    little: {reasoning_effort: 'low', max_tokens: 1500},
    none: {reasoning_effort: 'none'},
    'effort of a response': {reasoning_effort: 'low'},
    'a summary': {},
    budget: {reasoning_effort: 'medium', max_tokens: 6000},
    adaptive: {reasoning_effort: 'high', max_tokens: 6000},
    'effort without thoughts': {reasoning_effort: 'low', max_tokens: 6000},
    off: {max_tokens: 6000},
  },
  responses: {
    effort: {reasoning: {effort: 'high'}},
    little: {reasoning: {effort: 'low'}},
    none: {reasoning: {effort: 'none'}},
    'effort of a response': {reasoning: {effort: 'low', summary: 'auto'}},
    'a summary': {reasoning: {summary: 'auto'}},
    budget: {reasoning: {effort: 'medium'}},
    adaptive: {reasoning: {effort: 'high'}},
    'effort without thoughts': {reasoning: {effort: 'low'}},
    off: {},
  },
  gemini: {
    effort: {reasoning_effort: 'high'},
    little: {reasoning_effort: 'low', max_tokens: 1500},
    none: {reasoning_effort: 'none'},
    'effort of a response': {reasoning_effort: 'low'},
    'a summary': {},
    budget: {extra_body: {google: {thinking_config: {thinking_budget: 5000}}}, max_tokens: 6000},
    adaptive: {reasoning_effort: 'high', max_tokens: 6000},
    'effort without thoughts': {reasoning_effort: 'low', max_tokens: 6000},
    off: {extra_body: {google: {thinking_config: {thinking_budget: 0}}}, max_tokens: 6000},
  },
  anthropic: {
    effort: {
      thinking: {type: 'enabled', budget_tokens: 24_576},
      max_tokens: 8192 + 24_576,
      output_config: {effort: 'high'},
    },
    // Half of the limit is less than the API's least budget.
    little: {max_tokens: 1500, output_config: {effort: 'low'}},
    none: {max_tokens: 8192},
    'effort of a response': {
      thinking: {type: 'enabled', budget_tokens: 1024},
      max_tokens: 8192 + 1024,
      output_config: {effort: 'low'},
    },
    'a summary': {max_tokens: 8192},
    budget: {thinking: {type: 'enabled', budget_tokens: 5000}, max_tokens: 6000},
    adaptive: {thinking: {type: 'adaptive'}, max_tokens: 6000, output_config: {effort: 'high'}},
    'effort without thoughts': {max_tokens: 6000, output_config: {effort: 'low'}},
    off: {max_tokens: 6000},
  },
};

suite('how long a model thinks', () => {
  for (const [kind, byWay] of Object.entries(expected)) {
    for (const way of Object.keys(ways) as Way[]) {
      test(`"${way}" reaches an upstream of the kind ${kind} in its own form`, async () => {
        const {sent} = await ask(kind as UpstreamConfig['kind'], way);
        assert.deepEqual(sent[0], byWay[way]);
      });
    }
  }

  const anthropicRefuses = (message: string) =>
    refuses(400, {type: 'error', error: {type: 'invalid_request_error', message}});
  test('a Claude that takes no budget is asked to think as long as it finds right', async () => {
    const message =
      '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.';
    const {sent} = await ask('anthropic', 'budget', [anthropicRefuses(message), dead]);
    assert.deepEqual(sent[1], {thinking: {type: 'adaptive'}, max_tokens: 6000, output_config: {effort: 'medium'}});
  });

  test('a Claude that cannot find the right length gets a budget', async () => {
    const {sent} = await ask('anthropic', 'adaptive', [
      anthropicRefuses('adaptive thinking is not supported on this model'),
      dead,
    ]);
    assert.deepEqual(sent[1], {
      thinking: {type: 'enabled', budget_tokens: 3000},
      max_tokens: 6000,
      output_config: {effort: 'high'},
    });
  });

  for (const [kind, way, refusal, param] of [
    [
      'openai',
      'effort',
      {error: {message: 'Unsupported parameter: reasoning_effort', param: 'reasoning_effort'}},
      'reasoning_effort',
    ],
    ['openai', 'budget', {error: {message: 'Unrecognized request argument supplied: reasoning_effort'}}, 'thinking'],
    [
      'responses',
      'effort of a response',
      {
        error: {
          message: "Unsupported parameter: 'reasoning.effort' is not supported with this model.",
          param: 'reasoning.effort',
        },
      },
      'reasoning.effort',
    ],
    [
      'gemini',
      'budget',
      [{error: {code: 400, message: 'Unable to submit request because thinking_budget is out of range'}}],
      'thinking',
    ],
    [
      'anthropic',
      'effort',
      {error: {type: 'invalid_request_error', message: 'thinking: Extra inputs are not permitted'}},
      'reasoning_effort',
    ],
  ] as const) {
    test(`a refusal of "${way}" by an upstream of the kind ${kind} names ${param}`, async () => {
      const {status, error} = await ask(kind, way, [refuses(400, refusal)]);
      assert.equal(status, 400);
      assert.match(error?.message ?? '', new RegExp(`because of its ${param}`));
      if (way !== 'budget') assert.equal(error?.param, param);
    });
  }

  test('an effort that no table translates is a 400 that names it', async () => {
    await using chat = await startChat({
      upstreams: [{id: 'u', kind: 'anthropic', apiKey: 'k'}],
      openai: undefined,
      models: [{id: 'm'}],
    } as object);
    const response = await chat.post('/v1/chat/completions', {model: 'u/m', messages, reasoning_effort: 'huge'}, {});
    const {error} = await json<{error: {param: string}}>(response);
    assert.deepEqual([response.status, error.param], [400, 'reasoning_effort']);
  });

  for (const [thinking, param] of [
    [{type: 'enabled'}, 'thinking.budget_tokens'],
    [{type: 'enabled', budget_tokens: 1000}, 'thinking.budget_tokens'],
    [{type: 'enabled', budget_tokens: 6000}, 'thinking.budget_tokens'],
  ] as const) {
    test(`thinking ${JSON.stringify(thinking)} within 6000 tokens is a 400`, async () => {
      await using chat = await startChat();
      const response = await chat.post('/v1/messages', {model: 'm', messages, thinking, max_tokens: 6000}, {});
      const {error} = await json<{error: {message: string}}>(response);
      assert.equal(response.status, 400);
      assert.match(error.message, new RegExp(`^${param} must`));
    });
  }

  for (const [provider, way, options] of [
    ['openai.chat', 'budget', {openai: {user: 'u', reasoningEffort: 'medium'}}],
    ['groq.chat', 'effort', {openai: {user: 'u'}, groq: {reasoningEffort: 'high'}}],
    ['google.generative-ai', 'budget', {openai: {user: 'u'}, google: {thinkingConfig: {thinkingBudget: 5000}}}],
    ['anthropic.messages', 'adaptive', {openai: {user: 'u'}, anthropic: {thinking: {type: 'adaptive'}}}],
    ['anthropic.messages', 'none', {openai: {user: 'u'}, anthropic: {thinking: {type: 'disabled'}}}],
    ['openai.chat', 'a summary', {openai: {user: 'u'}}],
  ] as const) {
    test(`"${way}" reaches a model of the AI SDK's provider ${provider} as one of its options`, async () => {
      const calls: {readonly providerOptions?: object}[] = [];
      const model = {
        specificationVersion: 'v3',
        provider,
        modelId: 'm',
        supportedUrls: {},
        doStream(call: object) {
          calls.push(call);
          return Promise.reject(new Error('enough'));
        },
      };
      await using chat = await startChat({providers: [fromAISDK(model, {providerOptions: {openai: {user: 'u'}}})]});
      const [path, asked] = ways[way];
      const question = path === '/v1/responses' ? {input: messages} : {messages};
      await chat.post(path, {model: 'm', ...question, ...asked}, {});
      assert.deepEqual(
        calls.map(({providerOptions}) => providerOptions),
        [options],
      );
    });
  }
});
