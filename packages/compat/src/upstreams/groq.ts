/** Groq with a model that reasons. */
import {type Emulator, chunk, finishOf, framesOf, listOf, mark, openaiError, usage, wholeCall} from './emulator.ts';

export const groq: Emulator = {
  name: 'Groq',
  kind: 'openai',
  address: 'https://api.groq.com/openai/v1',
  path: '/openai/v1',
  keyHeader: 'authorization',
  model: 'openai/gpt-oss-120b',
  models: listOf(
    {id: 'openai/gpt-oss-120b', object: 'model', created: 1, owned_by: 'OpenAI', active: true, context_window: 131_072},
    {id: 'whisper-large-v3', object: 'model', created: 1, owned_by: 'OpenAI', active: true, context_window: 448},
  ),
  write(said) {
    const role = chunk({role: 'assistant', content: null}, {x_groq: {id: 'req_1'}});
    const frames = framesOf(said, {
      thought: (reasoning) => [chunk({reasoning, channel: 'analysis'})],
      call: (call) => [chunk({tool_calls: [wholeCall(call, {id: `fc_${call.round}-7e1b`})]})],
    });
    const tokens = {queue_time: 0.01, ...usage, total_time: 0.1};
    return {
      frames: [role, ...frames],
      end: chunk({}, {finish: finishOf(said), x_groq: {id: 'req_1', usage: tokens}}) + mark,
    };
  },
  objectTo(body) {
    if (typeof body['n'] === 'number' && body['n'] > 1) {
      return {status: 400, body: openaiError("'n' : number must be at most 1", {param: 'n'})};
    }
    if (body['logit_bias'] === undefined) return undefined;
    return {status: 400, body: openaiError("property 'logit_bias' is unsupported")};
  },
  wrongKey: {status: 401, body: openaiError('Invalid API Key', {code: 'invalid_api_key'})},
  noSuchModel: (name) => ({
    status: 404,
    body: openaiError(`The model \`${name}\` does not exist or you do not have access to it.`, {
      code: 'model_not_found',
    }),
  }),
  busy: {
    status: 429,
    body: openaiError(
      'Rate limit reached for model `openai/gpt-oss-120b` in organization `org_1` on tokens per minute (TPM): Limit 6000, Used 5034, Requested 1443. Please try again in 6.77s. Need more tokens? Upgrade to Dev Tier today at https://console.groq.com/settings/billing',
      {type: 'tokens', code: 'rate_limit_exceeded'},
    ),
    told: {status: 429, retryAfter: 7},
  },
  quirks: [
    {says: 'usage is in `x_groq`', source: 'https://console.groq.com/docs/api-reference'},
    {says: 'its rate limit speaks of billing and waits in a sentence', source: 'elizaOS/eliza#4040'},
    {says: '`n` must be 1', source: 'https://console.groq.com/docs/openai'},
    {says: 'tells `context_window`', source: 'https://console.groq.com/docs/models'},
  ],
  lists: true,
  thinks: true,
  asksFirst: 1,
  refusedOption: ['logit_bias', {'1': 1}],
};
