/**
 * The items of a conversation in OpenAI's Responses API: their schemas, and their meaning as messages of a prompt. Items
 * that no model is given here, such as calls of OpenAI's own tools, are refused. Knows no store and no HTTP.
 */
import {
  type Json,
  type JsonObject,
  type Part,
  type ProviderMetadata,
  type ToolPart,
  asJson,
  fromReasoningFields,
  textOf,
  toolInput,
} from '@chatlet/protocol';
import {z} from 'zod';
import type {PromptMessage} from '../../../engine/provider.ts';
import {refusalText} from '../../../engine/tool-waits.ts';
import {callIdField, invalidField, mediaTypeOf, nameField, urlField} from '../../request/body-fields.ts';
import {metadataField, unseal} from './reasoning-seal.ts';

const inputText = z.object({type: z.literal('input_text'), text: z.string()});
const inputImage = z.object({
  type: z.literal('input_image'),
  image_url: urlField.nullish(),
  file_id: z.string().nullish(),
  detail: z.string().max(20).nullish(),
});
const inputFile = z.object({
  type: z.literal('input_file'),
  file_data: z.string().nullish(),
  file_url: urlField.nullish(),
  file_id: z.string().nullish(),
  filename: nameField.nullish(),
});
const inputAudio = z.object({
  type: z.literal('input_audio'),
  input_audio: z.object({data: z.string(), format: z.string().regex(/^[\w-]{1,20}$/, 'must be like "wav"')}),
});
const outputText = z.object({type: z.literal('output_text'), text: z.string()});
const refusal = z.object({type: z.literal('refusal'), refusal: z.string()});

const contentPart = z.discriminatedUnion('type', [inputText, inputImage, inputFile, inputAudio, outputText, refusal], {
  error: 'names a kind of content that no model is given here',
});
const content = z.union([z.string(), z.array(contentPart).max(1000)]);

const itemId = z.string().max(200).nullish();

const messageFields = {
  id: itemId,
  role: z.enum(['user', 'assistant', 'system', 'developer']),
  content,
};
const message = z.object({type: z.literal('message'), ...messageFields});
const functionCall = z.object({
  type: z.literal('function_call'),
  id: itemId,
  call_id: callIdField,
  name: nameField,
  arguments: z.string(),
  /** The upstream wants this back with the call, such as a signature. No field of OpenAI's. */
  provider_metadata: metadataField.nullish(),
});
const functionCallOutput = z.object({
  type: z.literal('function_call_output'),
  id: itemId,
  call_id: callIdField,
  output: content,
});
const reasoning = z.object({
  type: z.literal('reasoning'),
  id: itemId,
  summary: z.array(z.object({type: z.literal('summary_text'), text: z.string()})).max(1000),
  content: z
    .array(z.object({type: z.literal('reasoning_text'), text: z.string()}))
    .max(1000)
    .nullish(),
  encrypted_content: z
    .string()
    .refine((sealed) => unseal(sealed) !== undefined, 'was not made by this server, so it cannot be read here')
    .nullish(),
});
const ownId = z.string().min(1).max(200);
/** A call that this server has run. */
const mcpCall = z.object({
  type: z.literal('mcp_call'),
  id: ownId,
  name: nameField,
  arguments: z.string(),
  server_label: nameField,
  approval_request_id: ownId.nullish(),
  output: z.string().nullish(),
  error: z.unknown(),
  status: z.string().max(20).nullish(),
  provider_metadata: metadataField.nullish(),
});
/** A call that waits for an approval. */
const approvalRequest = z.object({
  type: z.literal('mcp_approval_request'),
  id: ownId,
  name: nameField,
  arguments: z.string(),
  server_label: nameField,
  provider_metadata: metadataField.nullish(),
});
const approvalResponse = z.object({
  type: z.literal('mcp_approval_response'),
  id: itemId,
  approval_request_id: ownId,
  approve: z.boolean(),
  reason: z.string().max(2000).nullish(),
});
/** Clients that keep the conversation send it back. No model reads it. */
const toolList = z.object({
  type: z.literal('mcp_list_tools'),
  id: ownId,
  server_label: nameField,
  tools: z.array(z.unknown().transform(asJson)).max(1000),
});
const reference = z.object({type: z.literal('item_reference').nullish(), id: z.string().min(1).max(200)});

const typedItem = z.discriminatedUnion(
  'type',
  [
    message,
    functionCall,
    functionCallOutput,
    reasoning,
    mcpCall,
    approvalRequest,
    approvalResponse,
    toolList,
    z.object({type: z.literal('item_reference'), id: reference.shape.id}),
  ],
  {error: 'names a kind of item that no model is given here'},
);

/** A message may leave out its type, and so may a reference. */
export const inputItem = z.union([
  typedItem,
  z.object({type: z.literal('message').nullish(), ...messageFields}),
  reference,
]);

/** The items of a request. */
export type SentItem = z.infer<typeof inputItem>;
export type Reference = z.infer<typeof reference>;
/** An item that says something by itself, as it is kept. */
export type Item = z.infer<typeof keptItem>;

export type ApprovalResponse = z.infer<typeof approvalResponse>;

const keptItem = z.discriminatedUnion('type', [
  message,
  functionCall,
  functionCallOutput,
  reasoning,
  mcpCall,
  approvalRequest,
  approvalResponse,
  toolList,
]);
export const keptItems = z.array(keptItem);

export function isReference(item: SentItem): item is Reference {
  return !('role' in item) && (item.type == null || item.type === 'item_reference');
}

export function toItem(item: Exclude<SentItem, Reference>): Item {
  return 'role' in item ? {...item, type: 'message'} : item;
}

/** An item of the input as OpenAI's API shows it: with an id, and its content as a list. */
export function printInputItem(item: Item, id: string): JsonObject {
  const own = {...dropNulls(item), id: item.id ?? id};
  switch (item.type) {
    case 'message':
      return {...own, status: 'completed', content: printContent(item)};
    case 'function_call':
    case 'function_call_output':
      return {...own, status: 'completed'};
    case 'reasoning':
    case 'mcp_call':
    case 'mcp_approval_request':
    case 'mcp_approval_response':
    case 'mcp_list_tools':
      return own;
    default:
      item satisfies never;
      return {};
  }
}

function printContent({role, content: said}: z.infer<typeof message>): Json {
  if (typeof said !== 'string') return said.map(dropNulls);
  return [role === 'assistant' ? {type: 'output_text', text: said, annotations: []} : {type: 'input_text', text: said}];
}

function dropNulls(fields: Readonly<Record<string, unknown>>): JsonObject {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => (value == null ? [] : [[name, asJson(value)]])),
  );
}

export interface ItemMessages {
  readonly messages: readonly PromptMessage[];
  /** For each item the index of the message that it is in. */
  readonly places: readonly number[];
}

/**
 * Puts the items of a conversation together as messages. The text and the calls of a model between two questions are
 * one answer; after the results of its tools begins another.
 * @param kept items that come before those of the request; their errors name no field
 * @throws ChatError `invalid-request` for a result without a call, or content that cannot be passed on
 */
export function toMessages(items: readonly Item[], kept: number): ItemMessages {
  const messages: (PromptMessage & {readonly parts: Part[]})[] = [];
  const calls = new Map<string, {readonly parts: Part[]; readonly at: number}>();
  let answer: Part[] | undefined;
  const toAnswer = (part: Part): Part[] => {
    if (!answer) {
      answer = [];
      messages.push({role: 'assistant', parts: answer});
    }
    answer.push(part);
    return answer;
  };
  const change = (callId: string, changeCall: (call: ToolPart) => ToolPart): boolean => {
    const place = calls.get(callId);
    const call = place?.parts[place.at];
    if (!place || call?.type !== 'tool') return false;
    place.parts[place.at] = changeCall(call);
    return true;
  };
  const addCall = (callId: string, call: ToolPart) => {
    const parts = toAnswer(call);
    calls.set(callId, {parts, at: parts.length - 1});
  };
  let hasResults = false;
  const places: number[] = [];
  for (const [index, item] of items.entries()) {
    const field = `input[${index - kept}]`;
    if (item.type === 'mcp_approval_response') {
      if (!change(item.approval_request_id, (call) => toJudged(call, item))) {
        throw invalidField(
          `No approval request found with id "${item.approval_request_id}"`,
          `${field}.approval_request_id`,
        );
      }
      places.push(messages.length - 1);
      continue;
    }
    if (item.type === 'mcp_list_tools') {
      places.push(messages.length - 1);
      continue;
    }
    if (item.type === 'function_call_output') {
      const output = resultText(item.output, `${field}.output`);
      if (!change(item.call_id, (call) => ({...call, state: 'done', output}))) {
        throw invalidField(
          `No tool call found for function call output with call_id "${item.call_id}"`,
          `${field}.call_id`,
        );
      }
      hasResults = true;
      places.push(messages.length - 1);
      continue;
    }
    if (hasResults || (item.type === 'message' && item.role !== 'assistant')) answer = undefined;
    hasResults = false;
    switch (item.type) {
      case 'message': {
        const parts = toParts(item.content, `${field}.content`);
        if (item.role === 'user') messages.push({role: 'user', parts});
        else if (item.role === 'assistant') for (const part of parts) toAnswer(part);
        else messages.push({role: 'system', parts: [{type: 'text', text: textAlone(parts, `${field}.content`)}]});
        break;
      }
      case 'function_call': {
        addCall(item.call_id, {...toCall(item.call_id, item), state: 'running'});
        break;
      }
      case 'mcp_approval_request':
        addCall(item.id, {...toCall(item.id, item), state: 'failed', output: unanswered});
        break;
      case 'mcp_call': {
        const {id, approval_request_id: requestId, output, error} = item;
        const end: Pick<ToolPart, 'state' | 'output'> =
          output == null ? {state: 'failed', output: errorText(error)} : {state: 'done', output};
        const isKnown = requestId != null && change(requestId, (call) => ({...call, ...end}));
        if (!isKnown) addCall(requestId ?? id, {...toCall(requestId ?? id, item), ...end});
        break;
      }
      case 'reasoning': {
        for (const part of toReasoning(item)) toAnswer(part);
        break;
      }
      default:
        item satisfies never;
    }
    places.push(messages.length - 1);
  }
  return {messages, places};
}

/** Without a seal the client gives back the text, under the name that most upstreams have for it. */
function toReasoning({summary, content: said, encrypted_content: sealed}: z.infer<typeof reasoning>): readonly Part[] {
  const text = [...summary, ...(said ?? [])].map((part) => part.text).join('\n');
  const {providerMetadata} = (sealed != null && unseal(sealed)) || {};
  if (sealed == null) return fromReasoningFields({reasoning_content: text});
  if (text === '' && !providerMetadata) return [];
  return [{type: 'reasoning', text, ...(providerMetadata && {providerMetadata})}];
}

const unanswered = 'Nobody has said whether it may run, so it was not done.';

interface SentCall {
  readonly name: string;
  readonly arguments: string;
  readonly provider_metadata?: ProviderMetadata | null | undefined;
}

function toCall(callId: string, sent: SentCall): Omit<ToolPart, 'state'> {
  const {name, arguments: written, provider_metadata: metadata} = sent;
  return {type: 'tool', callId, name, ...toolInput(written), ...(metadata && {providerMetadata: metadata})};
}

/** An approved call has its result behind it, unless it is to run now. */
function toJudged(call: ToolPart, {approve, reason}: ApprovalResponse): ToolPart {
  if (approve) return {...call, state: 'failed', approval: 'once', output: 'Whether it was done is not known.'};
  return {...call, state: 'failed', approval: 'refused', output: refusalText(reason)};
}

/** The text of OpenAI's forms of an error of a tool. */
function errorText(error: unknown): string {
  if (typeof error === 'string') return error;
  const {data} = z
    .object({content: z.array(z.object({text: z.string()})).optional(), message: z.string().optional()})
    .safeParse(error);
  const text = data?.content?.map((part) => part.text).join('\n') ?? data?.message ?? '';
  return text === '' ? 'No result.' : text;
}

interface Retelling extends ItemMessages {
  /** These many items come from earlier responses. */
  readonly kept: number;
  /** The messages as they are now. */
  readonly now: readonly PromptMessage[];
}

/** The items of the request, with the text that their messages have now if somebody has replaced it. */
export function retell(items: readonly Item[], {messages, places, kept, now}: Retelling): readonly Item[] {
  const told = new Set<number>();
  return items.flatMap((item, index): readonly Item[] => {
    const place = places[index] ?? -1;
    const [before, after] = [messages[place], now[place]];
    if (index < kept) return [];
    if (item.type !== 'message' || !after || before === after) return [item];
    // Several items can be one message.
    const text = told.has(place) ? '' : textOf(after);
    told.add(place);
    return text === '' && item.role === 'assistant' ? [] : [{...item, content: replaceText(item, text)}];
  });
}

function replaceText({role, content: said}: z.infer<typeof message>, text: string): z.infer<typeof content> {
  if (typeof said === 'string') return text;
  const others = said.filter(({type}) => type === 'input_image' || type === 'input_file' || type === 'input_audio');
  return [{type: role === 'assistant' ? 'output_text' : 'input_text', text}, ...others];
}

function toParts(said: z.infer<typeof content>, field: string): Part[] {
  if (typeof said === 'string') return said === '' ? [] : [{type: 'text', text: said}];
  return said.map((part, index): Part => {
    const own = `${field}[${index}]`;
    switch (part.type) {
      case 'input_text':
      case 'output_text':
        return {type: 'text', text: part.text};
      case 'refusal':
        return {type: 'text', text: part.refusal};
      case 'input_image': {
        const {image_url: url, detail} = part;
        if (url == null)
          throw invalidField('An image must come as image_url; this server keeps no files', `${own}.image_url`);
        return {type: 'file', url, mediaType: mediaTypeOf(url) ?? 'image/*', ...(detail != null && {detail})};
      }
      case 'input_audio': {
        const mediaType = `audio/${part.input_audio.format}`;
        return {type: 'file', url: `data:${mediaType};base64,${part.input_audio.data}`, mediaType};
      }
      case 'input_file': {
        const {file_data: data, filename} = part;
        if (data == null) {
          throw invalidField(
            'A file must come as file_data; this server keeps no files and fetches none',
            `${own}.file_data`,
          );
        }
        const mediaType = mediaTypeOf(data);
        if (mediaType === undefined)
          throw invalidField('file_data must be a data: URL that names its type', `${own}.file_data`);
        return {type: 'file', url: data, mediaType, ...(filename && {name: filename})};
      }
      default:
        part satisfies never;
        throw invalidField('The content has a part of an unknown type', own);
    }
  });
}

function textAlone(parts: readonly Part[], field: string): string {
  let text = '';
  for (const part of parts) {
    if (part.type !== 'text') throw invalidField('Only messages of the user may hold anything but text', field);
    text += part.text;
  }
  return text;
}

function resultText(output: z.infer<typeof content>, field: string): string {
  return typeof output === 'string' ? output : textAlone(toParts(output, field), field);
}
