/** vLLM with a reasoning parser and a tool parser. */
import {type Emulator, chunk, finishOf, framesOf, hasLateSystem, listOf, loose, mark, usage} from './emulator.ts';

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
    const {pieces} = said;
    const frames = framesOf(
      {...said, pieces: pieces.slice(0, -1)},
      {
        thought: (thought) => [chunk({reasoning: thought, reasoning_content: thought})],
        call: ({name, input, round}) => [
          chunk({
            tool_calls: [{index: 0, id: `chatcmpl-tool-${round}f0c6a3`, type: 'function', function: {name}}],
          }),
          ...(JSON.stringify(input).match(/.{1,4}/g) ?? []).map((piece) =>
            chunk({tool_calls: [{index: 0, function: {arguments: piece}}]}),
          ),
        ],
      },
    );
    // The last words come with the reason of the end.
    return {
      frames: [chunk({role: 'assistant', content: ''}), ...frames],
      end: chunk({content: pieces.at(-1) ?? ''}, {finish: finishOf(said), stop_reason: null}) + loose({usage}) + mark,
    };
  },
  objectTo(body) {
    if (!hasLateSystem(body)) return undefined;
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
