/** Marks up to which Anthropic keeps a prompt in its cache, from the requests of two APIs to the upstream. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {json, startChat} from '../testing/chat-server.ts';
import {type Upstream, startUpstream} from '../testing/upstream.ts';
import type {UpstreamConfig} from '../upstreams.ts';

const cache_control = {type: 'ephemeral'};
const hour = {type: 'ephemeral', ttl: '1h'};
const image = 'data:image/png;base64,AA==';
const schema = {type: 'object'};

const requests = {
  '/v1/chat/completions': {
    messages: [
      {
        role: 'system',
        content: [
          {type: 'text', text: 'Long rules.', cache_control: hour},
          {type: 'text', text: 'Short rules.'},
        ],
      },
      {
        role: 'user',
        content: [
          {type: 'text', text: 'Look', cache_control},
          {type: 'image_url', image_url: {url: image}, cache_control},
        ],
      },
      {
        role: 'assistant',
        content: [{type: 'text', text: 'I look.', cache_control}],
        tool_calls: [{id: 'c1', type: 'function', function: {name: 'find', arguments: '{}'}}],
      },
      {role: 'tool', tool_call_id: 'c1', content: [{type: 'text', text: 'found', cache_control}]},
    ],
    tools: [{type: 'function', function: {name: 'find', parameters: schema}, cache_control}],
  },
  '/v1/messages': {
    max_tokens: 100,
    system: [
      {type: 'text', text: 'Long rules.', cache_control: hour},
      {type: 'text', text: 'Short rules.'},
    ],
    messages: [
      {
        role: 'user',
        content: [
          {type: 'text', text: 'Look', cache_control},
          {type: 'image', source: {type: 'base64', media_type: 'image/png', data: 'AA=='}, cache_control},
        ],
      },
      {
        role: 'assistant',
        content: [
          {type: 'text', text: 'I look.', cache_control},
          {type: 'tool_use', id: 'c1', name: 'find', input: {}},
        ],
      },
      {role: 'user', content: [{type: 'tool_result', tool_use_id: 'c1', content: 'found', cache_control}]},
    ],
    tools: [{name: 'find', input_schema: schema, cache_control}],
  },
} as const;

/** The body that an upstream of this kind gets. */
async function sent(kind: UpstreamConfig['kind'], path: string, body: object) {
  const upstream = await startUpstream();
  try {
    const config = {id: 'u', kind, baseUrl: upstream.baseUrl, apiKey: 'k'};
    await using chat = await startChat({upstreams: [config], defaultModel: 'u/m', openai: undefined} as object);
    await (await chat.post(path, {model: 'u/m', ...body}, {})).text();
    const asked: Upstream['requests'] = upstream.requests.filter((request) => request.body !== undefined);
    return asked[0]?.body ?? assert.fail('The upstream was not asked.');
  } finally {
    await upstream.close();
  }
}

suite('marks for the cache of a prompt', () => {
  for (const [path, body] of Object.entries(requests)) {
    test(`those of ${path} reach Anthropic where they stood`, async () => {
      const {system, messages, tools} = await sent('anthropic', path, body);
      // Written as its own API has it.
      const {max_tokens: _, ...own} = requests['/v1/messages'];
      assert.deepEqual({system, messages, tools}, own);
    });

    test(`those of ${path} do not reach other upstreams, which may refuse them`, async () => {
      assert.doesNotMatch(JSON.stringify(await sent('openai', path, body)), /cache_?control/i);
    });
  }

  test('a mark of an unknown kind is a 400 that names it', async () => {
    await using chat = await startChat();
    const content = [{type: 'text', text: 'Hi', cache_control: {type: 'for ever'}}];
    const response = await chat.post('/v1/chat/completions', {model: 'm', messages: [{role: 'user', content}]}, {});
    const {error} = await json<{error: {param: string}}>(response);
    assert.deepEqual([response.status, error.param], [400, 'messages[0].content[0].cache_control.type']);
  });
});
