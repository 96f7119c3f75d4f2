/** Mistral with a model that reasons. */
import {
  type Emulator,
  type Reply,
  callsIn,
  chunk,
  finishOf,
  framesOf,
  listOf,
  mark,
  messagesOf,
  usage,
  wholeCall,
} from './emulator.ts';

const error = (message: string, type: string, code: string | null) => ({
  object: 'error',
  message,
  type,
  param: null,
  code,
});

/** Its schema forbids every key that it does not know. */
function forbid(...loc: readonly string[]): Reply {
  const detail = [{type: 'extra_forbidden', loc: ['body', ...loc], msg: 'Extra inputs are not permitted', input: 1}];
  return {
    status: 422,
    body: {object: 'error', message: {detail}, type: 'invalid_request_error', param: null, code: null},
  };
}

export const mistral: Emulator = {
  name: 'Mistral',
  kind: 'openai',
  address: 'https://api.mistral.ai/v1',
  path: '/v1',
  keyHeader: 'authorization',
  model: 'magistral-medium-latest',
  models: listOf({
    id: 'magistral-medium-latest',
    object: 'model',
    name: 'magistral-medium-2509',
    max_context_length: 131_072,
    capabilities: {completion_chat: true, function_calling: true},
  }),
  write(said) {
    const {call, pieces} = said;
    const frames = framesOf(
      {...said, pieces: pieces.slice(0, -1)},
      {
        thought: (thought) => [
          ...(thought.match(/\S+\s*/g) ?? []).map((text) =>
            chunk({content: [{type: 'thinking', thinking: [{type: 'text', text}]}]}),
          ),
          chunk({content: [{type: 'thinking', thinking: [], closed: true}]}),
        ],
        call: () => [],
      },
    );
    // A call, or the last words, come with the reason of the end.
    const delta = call
      ? {content: '', tool_calls: [wholeCall(call, {id: `D681PevK${call.round}`})]}
      : {content: pieces.at(-1)};
    return {
      frames: [chunk({role: 'assistant', content: ''}), ...frames],
      end: chunk(delta, {finish: finishOf(said), usage}) + mark,
    };
  },
  objectTo(body) {
    for (const key of ['stream_options', 'seed', 'max_completion_tokens', 'logit_bias']) {
      if (body[key] !== undefined) return forbid(key);
    }
    const messages = messagesOf(body);
    for (const [index, message] of messages.entries()) {
      const forbidden = ['reasoning_content', 'reasoning', 'reasoning_details'].find(
        (key) => message[key] !== undefined,
      );
      if (forbidden !== undefined) return forbid('messages', String(index), String(message.role), forbidden);
    }
    const odd = callsIn(messages).find(({id}) => !/^[a-zA-Z0-9]{9}$/.test(id));
    if (!odd) return undefined;
    const message = `Tool call id was ${odd.id} but must be a-z, A-Z, 0-9, with a length of 9.`;
    return {status: 400, body: error(message, 'invalid_function_call', '3280')};
  },
  wrongKey: {status: 401, body: {detail: 'Unauthorized'}},
  noSuchModel: (name) => ({status: 400, body: error(`Invalid model: ${name}`, 'invalid_model', '1500')}),
  busy: {
    status: 429,
    headers: {'retry-after': '7'},
    body: error('Rate limit exceeded', 'rate_limited', '1300'),
    told: {status: 429, retryAfter: 7},
  },
  quirks: [
    {says: 'thoughts are parts of `content`', source: 'BerriAI/litellm#16272'},
    {says: 'ids of calls have 9 letters and digits', source: 'langchain-ai/langchain#24668'},
    {says: 'refuses keys that it does not know, with 422', source: 'mistralai/platform-docs-public#7'},
    {says: 'takes no `reasoning_content` back', source: 'charmbracelet/crush#1590'},
  ],
  lists: true,
  thinks: true,
  asksFirst: 2,
  refusedOption: ['seed', 4],
};
