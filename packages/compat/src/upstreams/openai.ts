/** OpenAI's chat completions with a model that reasons before it answers. */
import {type Emulator, chunk, finishOf, framesOf, listOf, loose, mark, openaiError, usage} from './emulator.ts';

const head = {service_tier: 'default', system_fingerprint: 'fp_1', obfuscation: 'x4Tr9'};

export const openai: Emulator = {
  name: 'OpenAI',
  kind: 'openai',
  address: 'https://api.openai.com/v1',
  path: '/v1',
  keyHeader: 'authorization',
  model: 'gpt-5-mini',
  models: listOf(
    {id: 'gpt-5-mini', object: 'model', created: 1, owned_by: 'system'},
    {id: 'text-embedding-3-small', object: 'model', created: 1, owned_by: 'system'},
  ),
  write(said) {
    const role = chunk({role: 'assistant', content: said.call ? null : '', refusal: null}, head);
    const frames = framesOf(said, {
      call: ({name, input, round}) => [
        chunk({tool_calls: [{index: 0, id: `call_${round}xYz`, type: 'function', function: {name, arguments: ''}}]}),
        ...JSON.stringify(input)
          .split(/(?<=:)/)
          .map((piece) => chunk({tool_calls: [{index: 0, function: {arguments: piece}}]}, head)),
      ],
      text: (content) => chunk({content}, head),
    });
    const tokens = {...usage, completion_tokens_details: {reasoning_tokens: 4}};
    return {frames: [role, ...frames], end: chunk({}, {finish: finishOf(said)}) + loose({usage: tokens}) + mark};
  },
  objectTo(body) {
    if (body['max_tokens'] !== undefined) {
      const message =
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.";
      return {status: 400, body: openaiError(message, {param: 'max_tokens', code: 'unsupported_parameter'})};
    }
    if (body['temperature'] !== undefined && body['temperature'] !== 1) {
      const message =
        "Unsupported value: 'temperature' does not support 0.5 with this model. Only the default (1) value is supported.";
      return {status: 400, body: openaiError(message, {param: 'temperature', code: 'unsupported_value'})};
    }
    if (body['logit_bias'] !== undefined) {
      const message = "Unsupported parameter: 'logit_bias' is not supported with this model.";
      return {status: 400, body: openaiError(message, {param: 'logit_bias', code: 'unsupported_parameter'})};
    }
    return undefined;
  },
  wrongKey: {
    status: 401,
    body: openaiError('Incorrect API key provided: wrong. You can find your API key in your account.', {
      code: 'invalid_api_key',
    }),
  },
  noSuchModel: (name) => ({
    status: 404,
    body: openaiError(`The model \`${name}\` does not exist or you do not have access to it.`, {
      code: 'model_not_found',
    }),
  }),
  busy: {
    status: 429,
    headers: {'retry-after-ms': '6500'},
    body: openaiError('Rate limit reached for gpt-5-mini on requests per min (RPM). Please try again in 6.5s.', {
      type: 'requests',
      code: 'rate_limit_exceeded',
    }),
    told: {status: 429, retryAfter: 7},
  },
  quirks: [
    {says: 'wants `max_completion_tokens`', source: 'nextlevelbuilder/goclaw#211'},
    {says: 'no `temperature` for models that reason', source: 'nextlevelbuilder/goclaw#211'},
    {says: 'waits in `retry-after-ms`', source: 'https://platform.openai.com/docs/guides/rate-limits'},
  ],
  lists: true,
  thinks: false,
  asksFirst: 3,
  refusedOption: ['logit_bias', {'50256': -100}],
};
