/** OpenAI's Responses API with a model that reasons, and that gets its encrypted reasoning back. */
import {type Body, type Emulator, type Heard, framesOf} from './emulator.ts';
import {openai} from './openai.ts';

const event = (type: string, fields: object) => `event: ${type}\ndata: ${JSON.stringify({type, ...fields})}\n\n`;

interface Item {
  readonly type?: string;
  readonly role?: string;
  readonly content?: unknown;
  readonly encrypted_content?: string;
}

const itemsOf = ({input}: Body): readonly Item[] => (Array.isArray(input) ? input : []);

function read(body: Body): Heard {
  const items = itemsOf(body);
  const at = items.findLastIndex(({role}) => role === 'user');
  return {
    question: JSON.stringify(items[at]?.content ?? ''),
    results: items.slice(at).filter(({type}) => type === 'function_call_output').length,
    hasTools: Array.isArray(body['tools']),
  };
}

export const openaiResponses: Emulator = {
  ...openai,
  name: 'OpenAI, Responses API',
  kind: 'responses',
  questions: '/responses',
  read,
  write(said) {
    const created = event('response.created', {response: {id: 'resp_1', status: 'in_progress', output: []}});
    const frames = framesOf(said, {
      thought: (thought) => {
        const item = {id: 'rs_1', type: 'reasoning', summary: [{type: 'summary_text', text: thought}]};
        return [
          event('response.output_item.added', {output_index: 0, item: {...item, summary: []}}),
          event('response.reasoning_summary_text.delta', {item_id: 'rs_1', summary_index: 0, delta: thought}),
          event('response.output_item.done', {output_index: 0, item: {...item, encrypted_content: 'gAAAA'}}),
        ];
      },
      call: ({name, input, round}) => {
        const item = {id: 'fc_1', type: 'function_call', call_id: `call_own${round}`, name};
        const json = JSON.stringify(input);
        return [
          event('response.output_item.added', {output_index: 1, item: {...item, arguments: ''}}),
          event('response.function_call_arguments.delta', {item_id: 'fc_1', delta: json}),
          event('response.output_item.done', {output_index: 1, item: {...item, arguments: json}}),
        ];
      },
      text: (delta) => event('response.output_text.delta', {item_id: 'msg_1', content_index: 0, delta}),
    });
    const usage = {input_tokens: 11, output_tokens: 7, output_tokens_details: {reasoning_tokens: 4}, total_tokens: 18};
    return {
      frames: [created, ...frames],
      end: event('response.completed', {response: {id: 'resp_1', status: 'completed', usage}}),
    };
  },
  objectTo(body) {
    if (body['temperature'] !== undefined) return openai.objectTo?.({temperature: body['temperature']});
    const items = itemsOf(body);
    const own = items.findIndex((item) => JSON.stringify(item).includes('"function_call","call_id":"call_own'));
    if (own < 0 || items[own - 1]?.encrypted_content === 'gAAAA') return undefined;
    const message = "Item 'fc_1' of type 'function_call' was provided without its required 'reasoning' item: 'rs_1'.";
    return {status: 400, body: {error: {message, type: 'invalid_request_error', param: 'input', code: null}}};
  },
  quirks: [
    {
      says: 'wants its encrypted reasoning back before a call',
      source: 'https://platform.openai.com/docs/guides/reasoning',
    },
    {says: 'has no `logit_bias`', source: 'https://platform.openai.com/docs/api-reference/responses'},
  ],
  thinks: true,
  asksFirst: 2,
};
