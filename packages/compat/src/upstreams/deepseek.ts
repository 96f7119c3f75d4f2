/** DeepSeek in its thinking mode. */
import {type Emulator, chunk, finishOf, framesOf, listOf, mark, messagesOf, openaiError, usage} from './emulator.ts';

export const deepSeek: Emulator = {
  name: 'DeepSeek',
  kind: 'openai',
  address: 'https://api.deepseek.com/v1',
  path: '/v1',
  keyHeader: 'authorization',
  model: 'deepseek-v4-flash',
  models: listOf({id: 'deepseek-v4-flash', object: 'model', owned_by: 'deepseek'}),
  write(said) {
    const frames = framesOf(said, {
      thought: (thought) => [chunk({content: null, reasoning_content: thought})],
      call: ({name, input, round}) => [
        chunk({
          tool_calls: [{index: 0, id: `call_0${round}_b2f1`, type: 'function', function: {name, arguments: ''}}],
        }),
        chunk({tool_calls: [{index: 0, function: {arguments: JSON.stringify(input)}}]}),
      ],
      text: (content) => chunk({content, reasoning_content: null}),
    });
    const role = chunk({role: 'assistant', content: null, reasoning_content: ''});
    const tokens = {...usage, prompt_cache_hit_tokens: 10, prompt_cache_miss_tokens: 1};
    return {
      frames: [': keep-alive\n\n', role, ...frames],
      end: chunk({content: '', reasoning_content: null}, {finish: finishOf(said), usage: tokens}) + mark,
    };
  },
  objectTo(body) {
    const messages = messagesOf(body);
    if (messages.some(({role}) => role === 'developer')) {
      const message =
        'Failed to deserialize the JSON body into the target type: messages[0].role: unknown variant `developer`, expected one of `system`, `user`, `assistant`, `tool`';
      return {status: 422, body: openaiError(message)};
    }
    const isForgotten = messages.some(
      ({tool_calls: calls, reasoning_content: given}) => Array.isArray(calls) && !given,
    );
    if (!isForgotten) return undefined;
    const message = 'The `reasoning_content` in the thinking mode must be passed back to the API.';
    return {status: 400, body: openaiError(message, {code: 'invalid_request_error'})};
  },
  wrongKey: {
    status: 401,
    body: openaiError('Authentication Fails, Your api key: ****rong is invalid', {type: 'authentication_error'}),
  },
  noSuchModel: () => ({status: 400, body: openaiError('Model Not Exist')}),
  busy: {
    status: 429,
    body: openaiError('Rate limit reached for requests', {type: 'rate_limit_error'}),
    told: {status: 429},
  },
  quirks: [
    {says: 'wants `reasoning_content` back with a tool’s result', source: 'earendil-works/pi#3636'},
    {says: 'comments `: keep-alive` while it waits', source: 'https://api-docs.deepseek.com/quick_start/rate_limit'},
    {says: 'does not know the role `developer`', source: 'https://api-docs.deepseek.com/api/create-chat-completion'},
    {says: 'cached tokens under a name of its own', source: 'https://api-docs.deepseek.com/guides/kv_cache'},
  ],
  lists: true,
  thinks: true,
  asksFirst: 1,
};
