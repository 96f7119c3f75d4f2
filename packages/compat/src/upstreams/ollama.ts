/** Ollama's OpenAI-compatible endpoint. */
import {
  type Emulator,
  chunk,
  finishOf,
  framesOf,
  listOf,
  loose,
  mark,
  openaiError,
  usage,
  wholeCall,
} from './emulator.ts';

export const ollama: Emulator = {
  name: 'Ollama',
  kind: 'ollama',
  address: 'http://localhost:11434',
  path: '/v1',
  model: 'qwen3',
  models: listOf({id: 'qwen3:latest', object: 'model', created: 1, owned_by: 'library'}),
  write(said) {
    return {
      frames: framesOf(said, {
        thought: (reasoning) => [chunk({role: 'assistant', content: '', reasoning})],
        call: (call) => [
          chunk({role: 'assistant', content: '', tool_calls: [wholeCall(call, {id: `call_${call.round}zq8w1x`})]}),
        ],
        text: (content) => chunk({role: 'assistant', content}),
      }),
      end: chunk({role: 'assistant', content: ''}, {finish: finishOf(said)}) + loose({usage}) + mark,
    };
  },
  noSuchModel: (name) => ({status: 404, body: openaiError(`model '${name}' not found`, {type: 'not_found_error'})}),
  busy: {
    status: 503,
    body: openaiError('server busy, please try again.  maximum pending requests exceeded', {type: 'api_error'}),
    told: {status: 502},
  },
  quirks: [
    {says: 'lists `NAME:latest` and is asked for NAME', source: 'lucagrippa/obsidian-ai-tagger#37'},
    {says: 'thoughts are in `reasoning`', source: 'https://docs.ollama.com/openai'},
    {says: 'a call comes whole, in one chunk', source: 'https://docs.ollama.com/openai'},
    {says: 'takes any key', source: 'https://docs.ollama.com/openai'},
  ],
  lists: true,
  thinks: true,
  asksFirst: 1,
};
