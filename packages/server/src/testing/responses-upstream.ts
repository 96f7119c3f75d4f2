/**
 * Answers as OpenAI's Responses API does, for upstreams of tests: the checks of a request that matter to clients that keep
 * the conversation themselves, and the events of a stream in their order, with sequence numbers. After
 * https://platform.openai.com/docs/api-reference/responses-streaming
 */
import {isObject} from '@chatlet/protocol';
import {type Exchange, type Script, refuses} from './upstream.ts';

export type OutputItem = {readonly id: string; readonly type: string} & Readonly<Record<string, unknown>>;

/** A reasoning item; without `text` its summary is empty. */
export const reasons = (id: string, encrypted: string, ...summary: readonly string[]): OutputItem => ({
  id,
  type: 'reasoning',
  summary: summary.map((text) => ({type: 'summary_text', text})),
  encrypted_content: encrypted,
});

export const calls = (id: string, name: string, input: string): OutputItem => ({
  id: `fc_${id}`,
  type: 'function_call',
  status: 'completed',
  call_id: id,
  name,
  arguments: input,
});

export const says = (text: string): OutputItem => ({
  id: 'msg_1',
  type: 'message',
  status: 'completed',
  role: 'assistant',
  content: [{type: 'output_text', text, annotations: [], logprobs: []}],
});

export const declines = (refusal: string): OutputItem => ({
  id: 'msg_1',
  type: 'message',
  status: 'completed',
  role: 'assistant',
  content: [{type: 'refusal', refusal}],
});

export const usage = {
  input_tokens: 75,
  input_tokens_details: {cached_tokens: 64},
  output_tokens: 1186,
  output_tokens_details: {reasoning_tokens: 1024},
  total_tokens: 1261,
};

/** Streams these items, or refuses the request as OpenAI would. `ending` has the fields of the last event's response. */
export function responds(items: readonly OutputItem[], ending: Readonly<Record<string, unknown>> = {}): Script {
  return async (exchange) => {
    const refusal = findFault(exchange);
    if (refusal) {
      await refuses(400, {error: {type: 'invalid_request_error', code: null, param: null, ...refusal}})(exchange);
      return;
    }
    const send = eventsTo(exchange);
    const response = {
      id: 'resp_1',
      object: 'response',
      created_at: 1_750_000_000,
      error: null,
      output: [],
      usage: null,
    };
    await send('response.created', {response: {...response, status: 'in_progress'}});
    await send('response.in_progress', {response: {...response, status: 'in_progress'}});
    const given = items.map((item) => withoutUnasked(item, exchange));
    for (const [index, item] of given.entries()) await sendItem(item, {index, send});
    const last = {...response, status: 'completed', output: given, usage, ...ending};
    await send(`response.${last.status}`, {response: last});
    exchange.end();
  };
}

type Send = (type: string, fields: object) => Promise<void>;

/** Writes events as OpenAI does: a name, and one line of data with the type and the number. */
export function eventsTo(exchange: Exchange): Send {
  let number = 0;
  return (type, fields) =>
    exchange.write(`event: ${type}\ndata: ${JSON.stringify({type, sequence_number: number++, ...fields})}\n\n`);
}

/** Encrypted reasoning is only given to requests that include it. */
function withoutUnasked(item: OutputItem, {body}: Exchange): OutputItem {
  const {encrypted_content: _, ...rest} = item;
  const include = body?.['include'];
  return Array.isArray(include) && include.includes('reasoning.encrypted_content') ? item : rest;
}

async function sendItem(item: OutputItem, {index, send}: {index: number; send: Send}): Promise<void> {
  const at = {output_index: index};
  await send('response.output_item.added', {...at, item: {...item, summary: [], content: [], arguments: ''}});
  const place = {item_id: item.id, ...at};
  for (const [number, part] of objectsIn(item['summary']).entries()) {
    const here = {...place, summary_index: number};
    await send('response.reasoning_summary_part.added', {...here, part: {type: 'summary_text', text: ''}});
    for (const delta of halves(part['text'])) await send('response.reasoning_summary_text.delta', {...here, delta});
    await send('response.reasoning_summary_text.done', {...here, text: part['text']});
    await send('response.reasoning_summary_part.done', {...here, part});
  }
  for (const [number, part] of objectsIn(item['content']).entries()) {
    const here = {...place, content_index: number};
    const kind = part['type'] === 'refusal' ? 'refusal' : 'output_text';
    const field = kind === 'refusal' ? 'refusal' : 'text';
    await send('response.content_part.added', {...here, part: {...part, [field]: ''}});
    for (const delta of halves(part[field])) await send(`response.${kind}.delta`, {...here, delta, logprobs: []});
    await send(`response.${kind}.done`, {...here, [field]: part[field]});
    await send('response.content_part.done', {...here, part});
  }
  for (const delta of halves(item['arguments']))
    await send('response.function_call_arguments.delta', {...place, delta});
  await send('response.output_item.done', {...at, item});
}

function halves(text: unknown): readonly string[] {
  if (typeof text !== 'string') return [];
  const middle = Math.ceil(text.length / 2);
  return [text.slice(0, middle), text.slice(middle)].filter((half) => half !== '');
}

const fields = new Set(
  (
    'model input instructions stream stream_options store include temperature top_p max_output_tokens reasoning text tools ' +
    'tool_choice parallel_tool_calls metadata user service_tier safety_identifier prompt_cache_key prompt_cache_retention'
  ).split(' '),
);

/** What OpenAI's API would refuse in a request; undefined if nothing. */
function findFault({body = {}}: Exchange): {readonly message: string; readonly param?: string} | undefined {
  const unknown = Object.keys(body).find((name) => !fields.has(name));
  if (unknown !== undefined) return {message: `Unknown parameter: '${unknown}'.`, param: unknown};
  const input = objectsIn(body['input']);
  for (const [index, item] of input.entries()) {
    const {type, id, encrypted_content: encrypted} = item;
    const next = input[index + 1]?.['type'];
    if (type === 'reasoning' && encrypted === undefined) {
      return {
        message: `Item with id '${String(id)}' not found. Items are not persisted when \`store\` is set to false.`,
      };
    }
    if (type === 'reasoning' && !['reasoning', 'message', 'function_call'].includes(String(next))) {
      return {message: `Item '${String(id)}' of type 'reasoning' was provided without its required following item.`};
    }
    const isAnswered = ({type: other, call_id: answered}: Readonly<Record<string, unknown>>) =>
      other === 'function_call_output' && answered === item['call_id'];
    if (type === 'function_call' && !input.some(isAnswered)) {
      return {message: `No tool output found for function call ${String(item['call_id'])}.`, param: 'input'};
    }
  }
  return undefined;
}

function objectsIn(value: unknown) {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
