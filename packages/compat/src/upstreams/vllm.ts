/** vLLM with a reasoning parser and a tool parser. */
import {type Emulator, chunk, finishOf, inputOf, listOf, loose, mark, messagesOf, usage} from './emulator.ts';

export const vllm: Emulator = {
  name: 'vLLM',
  kind: 'openai',
  address: 'http://localhost:8000/v1',
  path: '/v1',
  keyHeader: 'authorization',
  model: 'Qwen/Qwen3.5-9B',
  models: listOf({
    id: 'Qwen/Qwen3.5-9B',
    object: 'model',
    created: 1,
    owned_by: 'vllm',
    root: 'Qwen/Qwen3.5-9B',
    max_model_len: 32_768,
  }),
  write(said) {
    const {call, thought, pieces} = said;
    const frames = [chunk({role: 'assistant', content: ''})];
    if (thought !== '') frames.push(chunk({reasoning: thought, reasoning_content: thought}));
    if (call) {
      const id = `chatcmpl-tool-${call.round}f0c6a3`;
      frames.push(chunk({tool_calls: [{index: 0, id, type: 'function', function: {name: call.name}}]}));
      for (const piece of inputOf(said).match(/.{1,4}/g) ?? []) {
        frames.push(chunk({tool_calls: [{index: 0, function: {arguments: piece}}]}));
      }
    }
    const [last = '', ...earlier] = pieces.toReversed();
    frames.push(...earlier.toReversed().map((content) => chunk({content})));
    // The last words come with the reason of the end.
    return {
      frames,
      end: chunk({content: last}, {finish: finishOf(said), stop_reason: null}) + loose({usage}) + mark,
    };
  },
  objectTo(body) {
    const roles = messagesOf(body).map(({role}) => role);
    if (roles.lastIndexOf('system') <= 0) return undefined;
    const message = 'System message must be at the beginning.';
    return {status: 400, body: {error: {message, type: 'BadRequestError', param: null, code: 400}}};
  },
  wrongKey: {status: 401, body: {error: 'Unauthorized'}},
  noSuchModel: (name) => ({
    status: 404,
    body: {error: {message: `The model \`${name}\` does not exist.`, type: 'NotFoundError', param: 'model', code: 404}},
  }),
  busy: {
    status: 503,
    headers: {'retry-after': '7'},
    body: {error: {message: 'The server is overloaded.', type: 'ServiceUnavailableError', param: null, code: 503}},
    told: {status: 502, retryAfter: 7},
  },
  quirks: [
    {says: 'tells `max_model_len`', source: 'https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html'},
    {says: 'one system message, in front', source: 'anomalyco/opencode#15059'},
    {says: 'thoughts under two names', source: 'BerriAI/litellm#24019'},
    {says: 'the last words come with the reason of the end', source: 'vllm-project/vllm#35705'},
  ],
  lists: true,
  thinks: true,
  asksFirst: 1,
};
