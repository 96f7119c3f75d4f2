/** llama.cpp's server as older builds and some proxies show it: one model under any name, and no list. */
import {type Emulator, chunk, finishOf, framesOf, hasLateSystem, loose, mark, openaiError, usage} from './emulator.ts';

export const llamaCpp: Emulator = {
  name: 'llama.cpp',
  kind: 'openai',
  address: 'http://localhost:8080/v1',
  path: '/v1',
  keyHeader: 'authorization',
  model: 'my-model',
  models: {status: 404, body: {error: {code: 404, message: 'File Not Found', type: 'not_found_error'}}},
  write(said) {
    const frames = framesOf(said, {
      // The template has opened the thought in the prompt, so only its end is in the answer.
      thought: (thought) =>
        said.call
          ? []
          : [...(thought.match(/\S+\s*/g) ?? []), '\n', '</think>', '\n\n'].map((content) => chunk({content})),
      call: ({name, input, round}) => [
        chunk({
          tool_calls: [{index: 0, id: `aB3xK9mP2rT${round}`, type: 'function', function: {name, arguments: '{'}}],
        }),
        chunk({tool_calls: [{index: 0, function: {arguments: JSON.stringify(input).slice(1)}}]}),
      ],
    });
    const timings = {prompt_n: 11, predicted_n: 7, predicted_per_second: 40.5};
    return {
      frames: [chunk({role: 'assistant', content: null}), ...frames],
      end: chunk({}, {finish: finishOf(said)}) + loose({usage, timings}) + mark,
    };
  },
  objectTo(body) {
    if (!hasLateSystem(body)) return undefined;
    return {
      status: 500,
      body: {error: {code: 500, message: 'System message must be at the beginning.', type: 'server_error'}},
    };
  },
  wrongKey: {status: 401, body: {error: {code: 401, message: 'Invalid API Key', type: 'authentication_error'}}},
  busy: {
    status: 503,
    body: openaiError('Loading model', {code: 503, type: 'unavailable_error'}),
    told: {status: 502},
  },
  quirks: [
    {
      says: 'has no list in older builds; `models` names it',
      source: 'https://github.com/ggml-org/llama.cpp/tree/master/tools/server',
    },
    {says: 'ends a thought with `</think>` that it never began', source: 'ggml-org/llama.cpp#23320'},
    {says: '503 while it loads', source: 'mostlygeek/llama-swap#146'},
  ],
  lists: false,
  thinks: true,
  asksFirst: 1,
};
