/** Writes a provider request as the body of OpenAI's Responses API. Pure: knows no HTTP. */
import {
  type JsonObject,
  type Part,
  type ToolRound,
  inputTextOf,
  isObject,
  resultTextOf,
  textOf,
  toolRoundsOf,
} from '@chatlet/protocol';
import type {PromptMessage, ProviderRequest} from '../engine/provider.ts';
import {absentOption, refuseFurther} from './absent-option.ts';
import {effortOf} from './reasoning-effort.ts';
import {type Sampling, samplingOf} from './sampling.ts';

export interface ResponsesCapabilities {
  /** Whether it streams; if not, the whole answer comes at once. */
  readonly streams: boolean;
  /** OpenAI pads its events against eavesdroppers unless it is told not to; no other upstream knows that option. */
  readonly padding: 'refused' | 'unknown';
  /** Which of `temperature` and `top_p` it takes; models that reason take neither. */
  readonly sampling: 'both' | Sampling;
  /** Whether it gives its reasoning encrypted, to get it back with the results of tools. */
  readonly encrypts: boolean;
}

/** Options that only chat completions have. */
const chatOnly: readonly string[] = [
  'frequency_penalty',
  'presence_penalty',
  'logit_bias',
  'logprobs',
  'prediction',
  'web_search_options',
];

/** @throws ChatError `invalid-request` for options of chat completions that this API has not */
export function toResponsesBody(request: ProviderRequest, capabilities: ResponsesCapabilities): JsonObject {
  const {messages, tools, toolChoice, further = {}} = request;
  checkOptions(request);
  const firstOther = messages.findIndex(({role}) => role !== 'system');
  const front = messages.slice(0, firstOther < 0 ? messages.length : firstOther);
  const {sampling} = capabilities;
  return {
    store: false,
    ...sameOptions(further),
    model: request.model,
    instructions: front.length > 0 ? front.map(textOf).join('\n\n') : undefined,
    input: messages.slice(front.length).flatMap(toItems),
    stream: capabilities.streams,
    stream_options:
      capabilities.streams && capabilities.padding === 'refused' ? {include_obfuscation: false} : undefined,
    include: capabilities.encrypts ? ['reasoning.encrypted_content'] : undefined,
    ...(sampling === 'both' ? {temperature: request.temperature, top_p: request.topP} : samplingOf(request, sampling)),
    max_output_tokens: request.maxTokens,
    reasoning: toReasoningOptions(request),
    text: toTextOptions(request),
    tools: tools?.length
      ? tools.map(({name, description, inputSchema, strict = false}) => ({
          type: 'function',
          name,
          description,
          parameters: inputSchema,
          // Absent it would mean true here, and false in all other APIs.
          strict,
        }))
      : undefined,
    parallel_tool_calls: tools?.length ? request.parallelToolCalls : undefined,
    tool_choice: tools?.length
      ? typeof toolChoice === 'object'
        ? {type: 'function', name: toolChoice.name}
        : toolChoice
      : undefined,
  };
}

/** An option that changes the answer must not get lost. */
function checkOptions(request: ProviderRequest): void {
  if (request.stop?.length) throw absentOption('stop');
  if (request.seed !== undefined) throw absentOption('seed');
  refuseFurther(request, chatOnly);
}

/** OpenAI's options have the same names in both APIs, except `verbosity`. */
function sameOptions(further: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(further).filter(([name]) => name !== 'verbosity' && !chatOnly.includes(name)),
  );
}

function toReasoningOptions({reasoning}: ProviderRequest): JsonObject | undefined {
  const effort = effortOf(reasoning);
  const summary = reasoning?.summary;
  return effort === undefined && summary === undefined ? undefined : {effort, summary};
}

/** From OpenAI's `response_format` and `verbosity`, which this API has in one object. */
function toTextOptions({responseFormat: sent, further = {}}: ProviderRequest): JsonObject | undefined {
  const {verbosity} = further;
  const schema = isObject(sent) && isObject(sent['json_schema']) ? sent['json_schema'] : {};
  const format = isObject(sent) ? {type: sent['type'], ...schema} : undefined;
  return format === undefined && verbosity === undefined ? undefined : {format, verbosity};
}

function toItems(message: PromptMessage): readonly JsonObject[] {
  switch (message.role) {
    case 'system':
      return [{type: 'message', role: 'developer', content: textOf(message)}];
    case 'user':
      return [{type: 'message', role: 'user', content: message.parts.flatMap(toContent)}];
    case 'assistant':
      return toolRoundsOf(message.parts).flatMap(toRoundItems);
    default:
      message.role satisfies never;
      return [];
  }
}

function toContent(part: Part): readonly JsonObject[] {
  if (part.type === 'text') return [{type: 'input_text', text: part.text}];
  if (part.type !== 'file') return [];
  const {url, mediaType, name, detail = 'auto'} = part;
  if (mediaType.startsWith('image/')) return [{type: 'input_image', image_url: url, detail}];
  const [, format, data] = /^data:audio\/([\w-]+);base64,(.*)$/s.exec(url) ?? [];
  if (format !== undefined && data !== undefined) {
    return [{type: 'input_audio', input_audio: {data, format: format === 'mpeg' ? 'mp3' : format}}];
  }
  if (!url.startsWith('data:')) return [{type: 'input_file', file_url: url}];
  return [{type: 'input_file', filename: name ?? 'file', file_data: url}];
}

/** The reasoning that led to calls goes back before them, as the API gave it. */
function toRoundItems(round: ToolRound): readonly JsonObject[] {
  const {text, calls} = round;
  return [
    ...(calls.length > 0 ? toReasoningItems(round) : []),
    ...(text === '' ? [] : [{type: 'message', role: 'assistant', content: [{type: 'output_text', text}]}]),
    ...calls.map((call) => ({
      type: 'function_call',
      call_id: call.callId,
      name: call.name,
      arguments: inputTextOf(call),
    })),
    ...calls.map((call) => ({type: 'function_call_output', call_id: call.callId, output: resultTextOf(call)})),
  ];
}

function toReasoningItems({thoughts}: ToolRound): readonly JsonObject[] {
  return thoughts.flatMap(({text, providerMetadata}): readonly JsonObject[] => {
    const metadata = providerMetadata?.['openai-responses'];
    if (!metadata) return [];
    const {id, encrypted_content, field} = metadata;
    if (field === 'content') return [{type: 'reasoning', id, summary: [], content: [{type: 'reasoning_text', text}]}];
    return [{type: 'reasoning', id, encrypted_content, summary: text === '' ? [] : [{type: 'summary_text', text}]}];
  });
}
