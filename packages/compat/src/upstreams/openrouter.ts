/** OpenRouter with a model that signs its thoughts. */
import {
  type Emulator,
  chunk,
  finishOf,
  framesOf,
  listOf,
  loose,
  mark,
  messagesOf,
  openaiError,
  usage,
  wholeCall,
} from './emulator.ts';

const processing = ': OPENROUTER PROCESSING\n\n';
const details = (text: string) => [
  {type: 'reasoning.text', text, signature: 'c2ln', format: 'anthropic-claude-v1', index: 0},
];

export const openRouter: Emulator = {
  name: 'OpenRouter',
  kind: 'openai',
  address: 'https://openrouter.ai/api/v1',
  path: '/api/v1',
  keyHeader: 'authorization',
  model: 'anthropic/claude-sonnet-5',
  models: listOf({
    id: 'anthropic/claude-sonnet-5',
    canonical_slug: 'anthropic/claude-5-sonnet',
    name: 'Anthropic: Claude Sonnet 5',
    context_length: 200_000,
    architecture: {input_modalities: ['text', 'image'], output_modalities: ['text']},
    pricing: {prompt: '0.000003', completion: '0.000015'},
    supported_parameters: ['max_tokens', 'tools'],
  }),
  write(said) {
    const more = {provider: 'Anthropic'};
    const frames = framesOf(said, {
      thought: (reasoning) => [
        chunk({role: 'assistant', content: '', reasoning, reasoning_details: details(reasoning)}, more),
      ],
      call: (call) => [chunk({content: null, tool_calls: [wholeCall(call, {id: `toolu_${call.round}`})]}, more)],
      text: (content) => chunk({role: 'assistant', content}, more),
    });
    const end = chunk({role: 'assistant', content: ''}, {...more, finish: finishOf(said)});
    return {
      frames: [processing, processing, ...frames],
      end: end + processing + loose({usage: {...usage, cost: 0.0001}}) + mark,
    };
  },
  objectTo(body) {
    const calling = messagesOf(body).filter(({tool_calls: calls}) => JSON.stringify(calls ?? '').includes('toolu_'));
    const isSigned = calling.every(({reasoning_details: given}) => JSON.stringify(given ?? []).includes('c2ln'));
    if (isSigned) return undefined;
    const raw =
      '{"type":"error","error":{"type":"invalid_request_error","message":"Expected `thinking`, but found `tool_use`."}}';
    return {
      status: 400,
      body: openaiError('Provider returned error', {code: 400, metadata: {raw, provider_name: 'Anthropic'}}),
    };
  },
  wrongKey: {status: 401, body: {error: {message: 'User not found.', code: 401}}},
  noSuchModel: (name) => ({
    status: 400,
    body: {error: {message: `${name} is not a valid model ID`, code: 400}, user_id: 'u'},
  }),
  busy: {
    status: 429,
    body: {
      error: {
        message: 'Provider returned error',
        code: 429,
        metadata: {
          raw: 'claude-sonnet-5 is rate-limited upstream. Please retry in 7 seconds.',
          provider_name: 'Anthropic',
        },
      },
    },
    told: {status: 429, retryAfter: 7},
  },
  quirks: [
    {says: 'comments `: OPENROUTER PROCESSING` while it waits', source: 'openai/openai-go#227'},
    {says: 'signed thoughts in `reasoning_details`, which it wants back', source: 'vellum-ai/vellum-assistant#42421'},
    {
      says: 'the error of the upstream behind it is in `metadata.raw`',
      source: 'https://openrouter.ai/docs/api-reference/errors',
    },
  ],
  lists: true,
  thinks: true,
  asksFirst: 1,
};
