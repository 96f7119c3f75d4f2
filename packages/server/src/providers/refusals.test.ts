/** What clients of a real server hear when its upstream refuses, and how often the upstream is asked. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {json, startChat} from '../testing/chat-server.ts';
import {refuses} from '../testing/upstream.ts';

interface Heard {
  readonly status: number;
  readonly code: string;
  readonly param?: string | null;
  readonly says?: RegExp;
  readonly retryAfter?: number;
  /** What the operator is told. */
  readonly logs?: RegExp;
}

async function hear(status: number, body: object | string, headers: Readonly<Record<string, string>> = {}) {
  await using chat = await startChat({resilience: {retries: 2, firstWait: 0}});
  for (let times = 0; times < 4; times++) chat.upstream.script(refuses(status, Object(body), headers));
  const response = await chat.post(
    '/v1/chat/completions',
    {model: 'test-model', messages: [{role: 'user', content: 'Hi'}]},
    {},
  );
  const {error} = await json<{error: {message: string; code: string; param: string | null}}>(response);
  const after = response.headers.get('retry-after');
  return {
    status: response.status,
    retries: response.headers.get('x-should-retry') !== 'false',
    retryAfter: after === null ? undefined : Number(after),
    requests: chat.upstream.requests.length,
    logged: chat.reported.map(causes).join('\n'),
    ...error,
  };
}

function causes(error: unknown): string {
  return error instanceof Error ? `${error.message} ${causes(error.cause)}` : '';
}

const openai = (message: string, more: object = {}) => ({error: {message, ...more}});
const retryInfo = {'@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '38s'};
const geminiWords =
  'You exceeded your current quota, please check your plan and billing details. Please retry in 38.2s.';
const tools = /cannot call tools/;
const kinds = /cannot read all kinds of content/;
const filter = /content filter/;
const caller = {status: 400, code: 'invalid_request'} as const;

/** The bodies are our own; the shapes and words are those of public reports. */
const cases: readonly [
  id: string,
  upstream: string,
  status: number,
  body: object | string,
  heard: Heard,
  headers?: Record<string, string>,
][] = [
  [
    'T2-07',
    'Gemini’s rate limit',
    429,
    [{error: {code: 429, message: geminiWords, status: 'RESOURCE_EXHAUSTED', details: [retryInfo]}}],
    {status: 429, code: 'rate_limit_exceeded', retryAfter: 38},
  ],
  [
    'T2-07',
    'Gemini’s rate limit, with the sentence alone',
    429,
    {error: {code: 429, message: geminiWords, status: 'RESOURCE_EXHAUSTED'}},
    {status: 429, code: 'rate_limit_exceeded', retryAfter: 39},
  ],
  [
    'T2-07',
    'Groq’s rate limit',
    429,
    openai(
      'Rate limit reached for model `x`. Please try again in 20s. Upgrade at https://example.com/settings/billing',
      {code: 'rate_limit_exceeded'},
    ),
    {status: 429, code: 'rate_limit_exceeded', retryAfter: 20},
  ],
  [
    'T2-07',
    'Azure’s rate limit in milliseconds',
    429,
    openai('Slow down.'),
    {status: 429, code: 'rate_limit_exceeded', retryAfter: 12},
    {'retry-after-ms': '11200'},
  ],
  [
    'T2-07',
    'OpenAI’s empty account',
    429,
    openai(geminiWords, {code: 'insufficient_quota', type: 'insufficient_quota'}),
    {status: 502, code: 'provider_error', logs: /out of credit/},
  ],
  [
    'T2-07',
    'DeepSeek’s empty account',
    402,
    openai('Insufficient Balance'),
    {status: 502, code: 'provider_error', logs: /out of credit/},
  ],
  [
    'T2-07',
    'Anthropic’s empty account',
    400,
    openai('Your credit balance is too low'),
    {status: 502, code: 'provider_error', logs: /out of credit/},
  ],
  [
    'T2-10',
    'Azure’s content filter',
    400,
    openai('The response was filtered due to the prompt triggering Azure OpenAI’s content management policy.', {
      param: 'prompt',
      code: 'content_filter',
    }),
    {status: 400, code: 'content_policy_violation', says: filter},
  ],
  [
    'T2-10',
    'OpenRouter’s moderation',
    403,
    openai('Your chosen model requires moderation and your input was flagged for "hate".', {code: 403}),
    {status: 400, code: 'content_policy_violation', says: filter},
  ],
  [
    'T2-10',
    'Alibaba’s content filter',
    400,
    openai('Input data may contain inappropriate content.', {code: 'data_inspection_failed'}),
    {status: 400, code: 'content_policy_violation', says: filter},
  ],
  [
    'T2-10',
    'Ollama without tools',
    400,
    openai('registry.ollama.ai/library/gemma:latest does not support tools', {type: 'api_error'}),
    {...caller, param: 'tools', says: tools},
  ],
  [
    'T2-10',
    'OpenRouter without tools',
    404,
    openai('No endpoints found that support tool use. To learn more…', {code: 404}),
    {...caller, param: 'tools', says: tools},
  ],
  [
    'T2-10',
    'llama.cpp without its templates',
    500,
    openai('tools param requires --jinja flag', {code: 500, type: 'server_error'}),
    {...caller, param: 'tools', says: tools},
  ],
  [
    'T2-10',
    'a gateway without functions',
    422,
    openai('Function calling is not supported by this model'),
    {...caller, param: 'tools', says: tools},
  ],
  [
    'T2-10',
    'llama.cpp without images',
    500,
    openai('image input is not supported - hint: if this is unexpected, you may need to provide the mmproj', {
      code: 500,
    }),
    {...caller, says: kinds},
  ],
  [
    'T2-10',
    'OpenRouter without images',
    404,
    openai('No endpoints found that support image input', {code: 404}),
    {...caller, says: kinds},
  ],
  [
    'T2-10',
    'llama.cpp with a long prompt',
    500,
    openai('the request exceeds the available context size', {code: 500}),
    {status: 400, code: 'context_length_exceeded'},
  ],
  [
    'T2-10',
    'LiteLLM with an unknown model',
    400,
    openai('Invalid model name passed in model=x'),
    {status: 404, code: 'model_not_found', says: /There is no model "test-model"/},
  ],
  [
    'T2-10',
    'OpenRouter with an unknown model',
    400,
    openai('x is not a valid model ID', {code: 400}),
    {status: 404, code: 'model_not_found'},
  ],
  [
    'T2-10',
    'Gemini with a wrong key',
    400,
    [{error: {code: 400, message: 'API key not valid. Please pass a valid API key.', status: 'INVALID_ARGUMENT'}}],
    {status: 502, code: 'provider_error', logs: /refused the API key/},
  ],
  [
    'T2-10',
    'a template that knows no such order of messages',
    400,
    openai('Conversation roles must alternate user/assistant'),
    {...caller, says: /^The model refused the request\.$/},
  ],
  [
    'T2-10',
    'a wrong address',
    404,
    '404 page not found',
    {status: 502, code: 'provider_error', logs: /base URL leads nowhere/},
  ],
];

suite('refusals of the upstream, as the caller hears them', () => {
  for (const [id, upstream, status, body, heard, headers] of cases) {
    test(`${id}: ${upstream} is told as ${heard.status} ${heard.code}`, async () => {
      const told = await hear(status, body, headers);
      assert.deepEqual([told.status, told.code, told.retryAfter], [heard.status, heard.code, heard.retryAfter]);
      if (heard.param !== undefined) assert.equal(told.param, heard.param);
      assert.match(told.message, heard.says ?? /./);
      assert.match(told.logged, heard.logs ?? /The upstream answered/);
      assert.equal(told.requests, 1, 'A refusal is not asked again.');
      assert.equal(told.retries, heard.status === 429);
    });
  }
});
