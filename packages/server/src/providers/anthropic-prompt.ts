/** Writes a provider request as the body of Anthropic's messages API. Pure: knows no HTTP. */
import {
  ChatError,
  type FilePart,
  type Json,
  type JsonObject,
  type Part,
  type ToolPart,
  type ToolRound,
  asNumber,
  isObject,
  resultTextOf,
  textOf,
  toolRoundsOf,
} from '@chatlet/protocol';
import type {PromptMessage, ProviderRequest} from '../engine/provider.ts';
import {refuseFurther} from './absent-option.ts';
import {hasWords, inputOf} from './prompt-rules.ts';
import {budgetOf, effortOf} from './reasoning-effort.ts';
import {type Sampling, samplingOf} from './sampling.ts';

export interface AnthropicCapabilities {
  /** The newest models take neither `temperature` nor `top_p`; slightly older ones do not take both. */
  readonly sampling: Sampling;
  /** Whether it takes `output_config.effort`, which older models do not know. */
  readonly effort: boolean;
  /** Whether it thinks up to a budget, as older models do, as long as it finds right, as the newest do, or either. */
  readonly thinking: 'either' | 'budget' | 'adaptive';
}

export interface AnthropicDefaults {
  /** Tokens of an answer if the request sets no limit; this API requires a number. */
  readonly maxTokens: number;
  /** The most tokens that this model gives. It refuses to be asked for more, so no request does. */
  readonly longestAnswer?: number | undefined;
  /** The API's `thinking`, passed on as it is. */
  readonly thinking?: JsonObject | undefined;
}

export function toAnthropicBody(
  request: ProviderRequest,
  {capabilities, defaults}: {capabilities: AnthropicCapabilities; defaults: AnthropicDefaults},
): JsonObject {
  const {tools, messages, temperature, topP} = request;
  refuseFurther(request, ['logprobs']);
  const system = messages.filter(({role}) => role === 'system');
  const budget = budgetOf(request.reasoning);
  const wanted = budget === undefined ? defaults.thinking : toThinking(request, {budget, capabilities, defaults});
  const thinking = mayThink(request, {...defaults, thinking: wanted}) ? wanted : undefined;
  const stop = request.stop?.filter((word) => word.trim() !== '');
  return {
    model: request.model,
    max_tokens: maxTokensOf(request, {...defaults, thinking}),
    stream: true,
    system: toSystem(system),
    messages: toAnthropicMessages(messages, {thinks: thinking !== undefined}),
    // This API allows up to 1; others go to 2.
    ...(!thinking && samplingOf({temperature: temperature && Math.min(1, temperature), topP}, capabilities.sampling)),
    stop_sequences: stop?.length ? stop : undefined,
    thinking,
    ...furtherOf(request, capabilities),
    tools: tools?.length
      ? tools.map(({name, description, inputSchema, ...tool}) => ({
          name,
          description,
          input_schema: inputSchema,
          ...cacheControlOf(tool),
        }))
      : undefined,
    tool_choice: tools?.length ? toToolChoice(request) : undefined,
  };
}

/**
 * A model that thinks wants its signed thoughts back with a tool's result. If they are not there, because the answer was
 * begun by another model or without thinking, it goes on without thinking. The API also refuses thoughts if a tool must
 * be called, and a budget that is larger than the longest answer.
 */
function mayThink({messages, toolChoice}: ProviderRequest, defaults: AnthropicDefaults): boolean {
  const question = messages.findLastIndex(({role}) => role === 'user');
  const [begun] = messages.slice(question + 1).flatMap(({parts}) => toolRoundsOf(parts));
  const lacksThoughts = begun !== undefined && begun.calls.length > 0 && toThoughts(begun).length === 0;
  const hasRoom = thinkingTokens(defaults) < (defaults.longestAnswer ?? Infinity);
  return hasRoom && !lacksThoughts && toolChoice !== 'required' && typeof toolChoice !== 'object';
}

/**
 * The thinking that a caller asks for. The caller's limit counts thoughts too, as in the APIs that have both options; of
 * a limit without a budget, half is left for the words. With less room than this API wants, the model does not think.
 */
function toThinking(
  {reasoning, maxTokens = Infinity}: ProviderRequest,
  {
    budget,
    capabilities,
    defaults,
  }: {budget: number | 'adaptive'; capabilities: AnthropicCapabilities; defaults: AnthropicDefaults},
): JsonObject | undefined {
  if (budget === 0) return undefined;
  const isAdaptive =
    capabilities.thinking === 'adaptive' || (budget === 'adaptive' && capabilities.thinking === 'either');
  if (isAdaptive) return {type: 'adaptive'};
  const limit = Math.min(maxTokens, defaults.longestAnswer ?? Infinity);
  const room = typeof reasoning?.thinking === 'number' ? limit - 1 : Math.floor(limit / 2);
  const tokens = Math.min(budget === 'adaptive' ? adaptiveBudget : budget, room);
  return tokens < leastBudget ? undefined : {type: 'enabled', budget_tokens: tokens};
}

/** The smallest budget that this API takes: https://docs.claude.com/en/docs/build-with-claude/extended-thinking */
const leastBudget = 1024;
/** For a model that cannot find the right number itself. */
const adaptiveBudget = 8192;

/** The operator's thinking comes on top of a limit that is meant for the words; the caller's is a part of the limit. */
function maxTokensOf({maxTokens, reasoning}: ProviderRequest, defaults: AnthropicDefaults): number {
  const isPart = budgetOf(reasoning) !== undefined && maxTokens !== undefined;
  const most = (maxTokens ?? defaults.maxTokens) + (isPart ? 0 : thinkingTokens(defaults));
  return Math.min(defaults.longestAnswer ?? Infinity, most);
}

function thinkingTokens({thinking}: AnthropicDefaults): number {
  return asNumber(thinking?.['budget_tokens']) ?? 0;
}

/** OpenAI's options that this API has under other names. It has no others of them. */
function furtherOf(
  {responseFormat, reasoning, further = {}}: ProviderRequest,
  {effort, thinking}: AnthropicCapabilities,
): JsonObject {
  const {user, service_tier: tier} = further;
  const wanted = thinking === 'adaptive' ? effortOf(reasoning) : reasoning?.effort;
  const known = wanted !== undefined && ['low', 'medium', 'high', 'xhigh', 'max'].includes(wanted);
  const output = {...outputOf(responseFormat), ...(effort && known && {effort: wanted})};
  return {
    metadata: typeof user === 'string' ? {user_id: user} : undefined,
    service_tier: tier === 'auto' ? 'auto' : tier === 'default' ? 'standard_only' : undefined,
    output_config: Object.keys(output).length > 0 ? output : undefined,
  };
}

/** From OpenAI's `response_format`. This API cannot be asked for JSON without a schema. */
function outputOf(format: Json | undefined): JsonObject | undefined {
  if (isObject(format) && format['type'] === 'json_object') {
    throw new ChatError('invalid-request', 'This model writes JSON by a schema only: ask for json_schema instead.');
  }
  if (!isObject(format) || format['type'] !== 'json_schema' || !isObject(format['json_schema'])) return undefined;
  const schema = format['json_schema']['schema'];
  return schema === undefined ? undefined : {format: {type: 'json_schema', schema}};
}

function toToolChoice({toolChoice: choice, parallelToolCalls}: ProviderRequest): JsonObject | undefined {
  const single = parallelToolCalls === false && choice !== 'none' ? {disable_parallel_tool_use: true} : {};
  if (choice === undefined) return parallelToolCalls === false ? {type: 'auto', ...single} : undefined;
  if (typeof choice === 'object') return {type: 'tool', name: choice.name, ...single};
  return {type: choice === 'required' ? 'any' : choice, ...single};
}

/** The API wants a question first, so a greeting before it is left out. So is blank text, which the API refuses. */
function toAnthropicMessages(
  messages: readonly PromptMessage[],
  {thinks}: {readonly thinks: boolean},
): readonly JsonObject[] {
  const said: JsonObject[] = [];
  for (const message of messages) {
    if (message.role === 'user') {
      const content = message.parts.flatMap(toContent);
      if (content.length > 0) said.push({role: 'user', content});
    } else if (message.role === 'assistant' && said.length > 0) {
      said.push(...toAnswers(message.parts, {thinks}));
    }
  }
  if (said.length === 0) throw new ChatError('invalid-request', 'The question has no words.');
  return said;
}

/** One text, or several if parts of it are to be cached. */
function toSystem(messages: readonly PromptMessage[]): Json | undefined {
  if (messages.length === 0) return undefined;
  const parts = messages.flatMap((message) => message.parts);
  if (parts.every((part) => Object.keys(cacheControlOf(part)).length === 0)) return messages.map(textOf).join('\n\n');
  return parts.flatMap(toContent);
}

function cacheControlOf(of: {readonly cacheControl?: JsonObject} | Part): JsonObject {
  return 'cacheControl' in of && of.cacheControl !== undefined ? {cache_control: of.cacheControl} : {};
}

function toContent(part: Part): readonly JsonObject[] {
  if (part.type === 'text')
    return hasWords(part.text) ? [{type: 'text', text: part.text, ...cacheControlOf(part)}] : [];
  return part.type === 'file' ? [{...toFile(part), ...cacheControlOf(part)}] : [];
}

function toFile({url, mediaType, name}: FilePart): JsonObject {
  const [, encoded] = /^data:[^,]*;base64,(.*)$/s.exec(url) ?? [];
  const source: JsonObject =
    encoded === undefined ? {type: 'url', url} : {type: 'base64', media_type: mediaType, data: encoded};
  if (/^image\/(?:jpeg|png|gif|webp)$/.test(mediaType)) return {type: 'image', source};
  if (mediaType === 'application/pdf') return {type: 'document', source, title: name};
  if (mediaType.startsWith('text/') && encoded !== undefined) {
    const data = Buffer.from(encoded, 'base64').toString();
    return {type: 'document', source: {type: 'text', media_type: 'text/plain', data}, title: name};
  }
  throw new ChatError('invalid-request', `This model cannot read files of the type ${mediaType}.`);
}

/** This API's own thoughts, signed or encrypted, as it gave them. */
function toThoughts({thoughts}: ToolRound): readonly JsonObject[] {
  return thoughts.flatMap(({text, providerMetadata}): readonly JsonObject[] => {
    const {signature, data} = providerMetadata?.['anthropic'] ?? {};
    if (data !== undefined) return [{type: 'redacted_thinking', data}];
    return signature === undefined ? [] : [{type: 'thinking', thinking: text, signature}];
  });
}

/** Thoughts are for a model that thinks, and only if they led to a tool call. */
function toAnswers(parts: readonly Part[], {thinks}: {readonly thinks: boolean}): readonly JsonObject[] {
  return toolRoundsOf(parts).flatMap(({text, calls, thoughts, ...round}) => [
    {
      role: 'assistant',
      content: [
        ...(thinks && calls.length > 0 ? toThoughts({text, calls, thoughts}) : []),
        ...(text === '' ? [] : [{type: 'text', text, ...cacheControlOf(round)}]),
        ...calls.map((part) => ({type: 'tool_use', id: callIdOf(part), name: part.name, input: inputOf(part)})),
      ],
    },
    ...(calls.length > 0 ? [{role: 'user', content: calls.map(toResult)}] : []),
  ]);
}

/** Ids of another model's calls may have characters that this API refuses. */
function callIdOf({callId}: ToolPart): string {
  return callId.replaceAll(/[^\w-]/g, '_') || '_';
}

function toResult(part: ToolPart): JsonObject {
  return {
    type: 'tool_result',
    tool_use_id: callIdOf(part),
    content: resultTextOf(part),
    is_error: part.state === 'failed' ? true : undefined,
    ...cacheControlOf(part),
  };
}
