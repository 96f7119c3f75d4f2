/** LM Studio with one model loaded. */
import {type Emulator, chunk, finishOf, framesOf, listOf, loose, mark, usage} from './emulator.ts';

export const lmStudio: Emulator = {
  name: 'LM Studio',
  kind: 'openai',
  address: 'http://localhost:1234/v1',
  path: '/v1',
  model: 'google/gemma-4-e4b',
  models: listOf(
    {id: 'google/gemma-4-e4b', object: 'model', owned_by: 'organization_owner'},
    {id: 'text-embedding-nomic-embed-text-v1.5', object: 'model', owned_by: 'organization_owner'},
  ),
  write(said) {
    const frames = framesOf(said, {
      thought: (thought) => [chunk({role: 'assistant', reasoning_content: thought})],
      call: ({name, input, round}) => [
        chunk({
          role: 'assistant',
          tool_calls: [{index: 0, id: `39208${round}571`, type: 'function', function: {name, arguments: ''}}],
        }),
        chunk({tool_calls: [{index: 0, type: 'function', function: {name: '', arguments: JSON.stringify(input)}}]}),
      ],
      text: (content) => chunk({role: 'assistant', content}),
    });
    return {frames, end: chunk({}, {finish: finishOf(said)}) + loose({usage}) + mark};
  },
  busy: {
    status: 404,
    body: {
      error: {
        message: 'No models loaded. Please load a model in the developer page or use the `lms load` command.',
        type: 'invalid_request_error',
        param: 'model',
        code: 'model_not_found',
      },
    },
    told: {status: 502},
  },
  quirks: [
    {says: 'answers to any name with the model that is loaded', source: 'lmstudio-ai/lmstudio-bug-tracker#619'},
    {says: 'no model loaded is a 400 or 404', source: 'tinyhumansai/openhuman#4181'},
  ],
  lists: true,
  thinks: true,
  asksFirst: 1,
};
