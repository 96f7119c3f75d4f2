/** Writes a provider request as the body of OpenAI's chat completions. Pure: knows no HTTP. */
import {createHash} from 'node:crypto';
import {
  type Json,
  type JsonObject,
  type Part,
  type ToolPart,
  type ToolRound,
  asString,
  inputTextOf,
  resultTextOf,
  textOf,
  toolRoundsOf,
} from '@chatlet/protocol';
import type {PromptMessage, ProviderRequest} from '../engine/provider.ts';
import type {OpenAiCapabilities} from './openai-capabilities.ts';
import {effortOf, googleBudgetOf} from './reasoning-effort.ts';
import {samplingOf} from './sampling.ts';

export function toOpenAiBody(request: ProviderRequest, capabilities: OpenAiCapabilities): JsonObject {
  const {tools, toolChoice} = request;
  const {sampling} = capabilities;
  return {
    ...reasoningOf(request, capabilities),
    ...request.further,
    model: request.model,
    messages: placeInstructions(
      request.messages.flatMap((message) => toOpenAiMessages(message, capabilities)),
      capabilities,
    ),
    stream: capabilities.streams,
    stream_options:
      capabilities.streams && capabilities.streamOptions
        ? {include_usage: true, include_obfuscation: capabilities.padding === 'refused' ? false : undefined}
        : undefined,
    ...(sampling === 'both' ? {temperature: request.temperature, top_p: request.topP} : samplingOf(request, sampling)),
    [capabilities.maxTokens]: request.maxTokens,
    stop: request.stop,
    seed: request.seed,
    response_format: request.responseFormat,
    // Some upstreams refuse an empty list; none at all means the same.
    tools: tools?.length
      ? tools.map(({name, description, inputSchema, strict}) => ({
          type: 'function',
          function: {name, description, parameters: inputSchema, strict},
        }))
      : undefined,
    parallel_tool_calls: tools?.length ? request.parallelToolCalls : undefined,
    tool_choice: tools?.length
      ? typeof toolChoice === 'object'
        ? {type: 'function', function: {name: toolChoice.name}}
        : toolChoice
      : undefined,
  };
}

/** Gemini refuses an effort together with a budget: https://ai.google.dev/gemini-api/docs/openai */
function reasoningOf({reasoning = {}}: ProviderRequest, {budget}: OpenAiCapabilities): JsonObject {
  const {effort, thinking} = reasoning;
  if (budget === 'effort' || effort !== undefined || thinking === undefined) {
    return {reasoning_effort: effortOf(reasoning)};
  }
  return {extra_body: {google: {thinking_config: {thinking_budget: googleBudgetOf(reasoning)}}}};
}

function toOpenAiMessages(message: PromptMessage, capabilities: OpenAiCapabilities): readonly JsonObject[] {
  const {name} = message;
  switch (message.role) {
    case 'system':
      return [{role: 'system', name, content: textOf(message)}];
    case 'user':
      return [{role: 'user', name, content: toContent(message.parts)}];
    case 'assistant':
      return toAssistantMessages(message, capabilities);
    default:
      message.role satisfies never;
      return [];
  }
}

/**
 * Joins the instructions at the beginning into one message, since many templates take one only. Later ones stay where
 * they are, or go to the front if the model refuses them there.
 */
function placeInstructions(
  messages: readonly JsonObject[],
  {system: place}: OpenAiCapabilities,
): readonly JsonObject[] {
  const isSystem = ({role}: JsonObject) => role === 'system';
  const firstOther = messages.findIndex((message) => !isSystem(message));
  const end = firstOther < 0 ? messages.length : firstOther;
  const front = place === 'anywhere' ? messages.slice(0, end) : messages.filter(isSystem);
  const rest = place === 'anywhere' ? messages.slice(end) : messages.filter((message) => !isSystem(message));
  const [only] = front;
  if (!only) return messages;
  const content = front.map((message) => asString(message['content']) ?? '').join('\n\n');
  if (place !== 'user') {
    const joined = front.length === 1 ? only : {role: 'system', content};
    return [place === 'developer' ? {...joined, role: 'developer'} : joined, ...rest];
  }
  const question = rest.findIndex(({role}) => role === 'user');
  if (question < 0) return [{role: 'user', content}, ...rest];
  return rest.map((message, index) =>
    index === question ? {...message, content: prepend(content, message)} : message,
  );
}

function prepend(text: string, {content}: JsonObject): Json {
  return Array.isArray(content) ? [{type: 'text', text}, ...content] : `${text}\n\n${asString(content) ?? ''}`;
}

/** Text alone stays a string, which every upstream reads; with a file it becomes a list of parts. */
function toContent(parts: readonly Part[]): string | readonly Json[] {
  if (!parts.some((part) => part.type === 'file')) return textOf({parts});
  return parts.flatMap((part): readonly Json[] => {
    if (part.type === 'text') return [{type: 'text', text: part.text}];
    if (part.type !== 'file') return [];
    if (part.mediaType.startsWith('image/')) {
      return [{type: 'image_url', image_url: {url: part.url, detail: part.detail}}];
    }
    const [, format, data] = /^data:audio\/([\w-]+);base64,(.*)$/s.exec(part.url) ?? [];
    if (format !== undefined && data !== undefined) {
      return [{type: 'input_audio', input_audio: {data, format: format === 'mpeg' ? 'mp3' : format}}];
    }
    return [{type: 'file', file: {filename: part.name ?? 'file', file_data: part.url}}];
  });
}

function toAssistantMessages({name, parts}: PromptMessage, capabilities: OpenAiCapabilities): readonly JsonObject[] {
  return toolRoundsOf(parts).flatMap((round) => [
    {
      role: 'assistant',
      name,
      content: round.text === '' ? null : round.text,
      ...(capabilities.reasoning !== 'refused' && toReasoning(round)),
      ...(capabilities.reasoning === 'required' && lacksReasoning(round) && {reasoning_content: ' '}),
      tool_calls: round.calls.length > 0 ? toCalls(round, capabilities) : undefined,
    },
    ...round.calls.map((call) => toResult(call, capabilities)),
  ]);
}

/**
 * Another model has made the calls. A space stands for its reasoning, because DeepSeek takes no empty text for it
 * (NousResearch/hermes-agent#17341).
 */
function lacksReasoning({calls, thoughts}: ToolRound): boolean {
  return calls.length > 0 && thoughts.every(({text}) => text === '');
}

/**
 * The reasoning of a round as its upstream gave it: the upstream refuses tool results without it. Reasoning that calls no
 * tool costs tokens for nothing, so it is only passed on if the client gave it back.
 */
function toReasoning({thoughts, calls}: ToolRound): JsonObject {
  const own = thoughts.flatMap(({text, providerMetadata}) => {
    const metadata = providerMetadata?.['openai-chat'];
    return metadata && (calls.length > 0 || metadata['given'] === true) ? [{text, metadata}] : [];
  });
  const field = own.map(({metadata}) => metadata['field']).find((name) => name !== undefined);
  const text = own.map((thought) => thought.text).join('');
  const details = own.flatMap(({metadata: {details: some}}) => (Array.isArray(some) ? some : []));
  return {
    // A client gives the name back: it must not become another field of the message.
    ...(typeof field === 'string' && field.startsWith('reasoning') && text !== '' && {[field]: text}),
    ...(details.length > 0 && {reasoning_details: details}),
  };
}

/** The value that Google documents for calls of other models: https://ai.google.dev/gemini-api/docs/thought-signatures */
const noSignature: JsonObject = {extra_content: {google: {thought_signature: 'skip_thought_signature_validator'}}};

/** Of several calls in one step, only the first one has a signature. */
function toCalls({calls}: ToolRound, capabilities: OpenAiCapabilities): readonly JsonObject[] {
  const own = (call: ToolPart) =>
    capabilities.reasoning === 'refused' ? undefined : call.providerMetadata?.['openai-chat'];
  const isUnsigned = calls.every((call) => own(call)?.['extra_content'] === undefined);
  return calls.map((call, index) => ({
    ...own(call),
    ...(capabilities.signatures === 'required' && isUnsigned && index === 0 && noSignature),
    id: toCallId(call, capabilities),
    type: 'function',
    function: {name: call.name, arguments: inputTextOf(call)},
  }));
}

function toResult(part: ToolPart, capabilities: OpenAiCapabilities): JsonObject {
  return {role: 'tool', tool_call_id: toCallId(part, capabilities), content: resultTextOf(part)};
}

/** Mistral takes nine letters and digits; a digest keeps a call and its result together. */
function toCallId({callId}: ToolPart, {callIds}: OpenAiCapabilities): string {
  if (callIds === 'any' || /^[a-zA-Z0-9]{9}$/.test(callId)) return callId;
  return createHash('sha256').update(callId).digest('hex').slice(0, 9);
}
