/** Parses the bodies of OpenAI's chat completions. */
import {type Json, type JsonObject, asJson} from '@chatlet/protocol';
import {z} from 'zod';
import {check} from '../../../check.ts';
import type {AnswerOptions, PromptMessage, ToolDefinition} from '../../../engine/provider.ts';
import {optionFields, optionsOf} from '../../request/answer-options.ts';
import {
  cacheControlOf,
  cacheField,
  inputSchemaOf,
  invalidField,
  nameField,
  parametersField,
} from '../../request/body-fields.ts';
import {foldMessages, openaiMessages} from '../../request/openai-messages.ts';
import {readUnlistedOptions} from '../../request/unlisted-options.ts';

const functionFields = z.object({
  name: z.string().regex(/^[\w.-]{1,128}$/, 'may hold letters, digits, dots, underscores and dashes only'),
  description: z.string().nullish(),
  parameters: parametersField,
  strict: z.boolean().nullish(),
});

const functionTool = z.object({type: z.literal('function'), function: functionFields, cache_control: cacheField});

const namedFunction = z.object({type: z.literal('function'), function: z.object({name: nameField})});

const word = z.string().max(100);
const penalty = z.number().min(-2).max(2);

/** Options that the upstream gets unchanged. Its own refusal of one is told to the caller. */
const passedFields = {
  verbosity: word.nullish(),
  frequency_penalty: penalty.nullish(),
  presence_penalty: penalty.nullish(),
  logit_bias: z.record(z.string().max(20), z.number().min(-100).max(100)).nullish(),
  service_tier: word.nullish(),
  user: z.string().max(1000).nullish(),
  safety_identifier: z.string().max(1000).nullish(),
  // The upstream decides which values it takes.
  metadata: z.unknown().optional(),
  store: z.boolean().nullish(),
  prediction: z.looseObject({type: word}).nullish(),
  prompt_cache_key: z.string().max(1000).nullish(),
  prompt_cache_retention: word.nullish(),
  prompt_cache_options: z.looseObject({}).nullish(),
  web_search_options: z.looseObject({}).nullish(),
  moderation: z.looseObject({}).nullish(),
};

/** Options that ask for something that no answer of this server can carry. */
const refusedFields = {
  modalities: z
    .array(z.string())
    .refine((kinds) => kinds.every((kind) => kind === 'text'), 'may be ["text"] only: answers carry no sound here')
    .nullish(),
  audio: z
    .unknown()
    .refine((value) => value == null, 'cannot be passed on: answers carry no sound here')
    .optional(),
};

export const chatCompletionBody = z.object({
  model: nameField,
  messages: openaiMessages,
  ...optionFields,
  reasoning_effort: word.nullish(),
  ...passedFields,
  ...refusedFields,
  logprobs: z.boolean().nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
  n: z.int().min(1).max(4).nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.object({include_usage: z.boolean().nullish()}).nullish(),
  tools: z.array(functionTool).max(128).nullish(),
  tool_choice: z
    .union([
      z.enum(['auto', 'none', 'required']),
      namedFunction,
      z.object({
        type: z.literal('allowed_tools'),
        allowed_tools: z.object({mode: z.enum(['auto', 'required']), tools: z.array(namedFunction).min(1)}),
      }),
    ])
    .nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  functions: z.array(functionFields).max(128).nullish().describe('The old name of `tools`'),
  function_call: z
    .union([z.enum(['auto', 'none']), z.object({name: nameField})])
    .nullish()
    .describe('The old name of `tool_choice`'),
  response_format: z
    .discriminatedUnion('type', [
      z.object({type: z.literal('text')}),
      z.object({type: z.literal('json_object')}),
      z.object({type: z.literal('json_schema'), json_schema: z.looseObject({name: z.string()})}),
    ])
    .nullish(),
});

type ChatCompletionBody = z.infer<typeof chatCompletionBody>;

export interface ChatCompletionRequest {
  readonly model: string;
  readonly messages: readonly PromptMessage[];
  readonly options: AnswerOptions;
  /** Messages as they were sent; `messages` has fewer, since tool results have become parts. */
  readonly messageCount: number;
  readonly mayBeEmpty: true;
  /** The number of answers. */
  readonly choices: number;
  readonly streams: boolean;
  readonly includeUsage: boolean;
  readonly wantsLogprobs: boolean;
  /** Whether the client knows `function_call` instead of `tool_calls`. */
  readonly usesFunctions: boolean;
  /** Names of keys that were left out. */
  readonly ignored: readonly string[];
}

/**
 * @param passOptions keys of other upstreams that are passed on, too
 * @throws ChatError `invalid-request`
 */
export function parseChatCompletion(body: unknown, passOptions: readonly string[] = []): ChatCompletionRequest {
  const sent = withTools(check(chatCompletionBody, body));
  const {passed, ignored} = readUnlistedOptions(body, {fields: chatCompletionBody.shape, passOptions});
  const further = {...passed, ...passedIn(sent), ...logprobsOf(sent)};
  return {
    model: sent.model,
    messages: foldMessages(sent.messages),
    messageCount: sent.messages.length,
    // The printed examples promise these two defaults. A model that refuses them is asked again without them.
    options: {
      temperature: 0.7,
      topP: 1,
      ...optionsOf(sent),
      ...toolsOf(sent),
      ...responseFormatOf(sent),
      ...(sent.reasoning_effort != null && {reasoning: {effort: sent.reasoning_effort}}),
      ...(Object.keys(further).length > 0 && {further}),
    },
    mayBeEmpty: true,
    choices: sent.n ?? 1,
    streams: sent.stream ?? false,
    includeUsage: sent.stream_options?.include_usage ?? false,
    wantsLogprobs: sent.logprobs ?? false,
    usesFunctions: sent.functions != null && sent.functions.length > 0,
    ignored,
  };
}

/** The options that the upstream gets unchanged, as far as they have values. */
function passedIn(sent: ChatCompletionBody): JsonObject {
  const entries = Object.entries(sent).filter(([name, value]) => Object.hasOwn(passedFields, name) && value != null);
  return Object.fromEntries(entries.map(([name, value]): [string, Json] => [name, asJson(value)]));
}

/** Nothing unless they are asked for, because some upstreams refuse even `false`. */
function logprobsOf({logprobs, top_logprobs: top}: ChatCompletionBody): JsonObject {
  if (logprobs) return {logprobs, ...(top != null && {top_logprobs: top})};
  if (top) throw invalidField('top_logprobs needs logprobs: true', 'top_logprobs');
  return {};
}

/** Turns `functions` and `function_call` into the fields that took their place. */
function withTools(sent: ChatCompletionBody): ChatCompletionBody {
  const {functions, function_call: choice} = sent;
  if (functions == null || functions.length === 0) return sent;
  if (sent.tools != null && sent.tools.length > 0) {
    throw invalidField('functions is the old name of tools; send one of them', 'functions');
  }
  return {
    ...sent,
    tools: functions.map((each) => ({type: 'function', function: each})),
    tool_choice:
      typeof choice === 'object' && choice !== null
        ? {type: 'function', function: {name: choice.name}}
        : (choice ?? undefined),
  };
}

function toolsOf({tools, tool_choice: choice, parallel_tool_calls: parallel}: ChatCompletionBody): AnswerOptions {
  const offered = (tools ?? []).map(({function: {name, description, parameters, strict}, ...tool}): ToolDefinition => ({
    name,
    ...cacheControlOf(tool),
    inputSchema: inputSchemaOf(parameters),
    ...(description != null && {description}),
    ...(strict != null && {strict}),
  }));
  if (typeof choice === 'object' && choice !== null) {
    const allowed =
      choice.type === 'function'
        ? [choice.function.name]
        : choice.allowed_tools.tools.map((tool) => tool.function.name);
    const unknown = allowed.find((each) => !offered.some(({name}) => name === each));
    if (unknown !== undefined)
      throw invalidField(`tool_choice names "${unknown}", which is not among the tools`, 'tool_choice');
    if (choice.type === 'function') return {tools: offered, toolChoice: {name: choice.function.name}};
    return {
      tools: offered.filter((tool) => allowed.includes(tool.name)),
      toolChoice: choice.allowed_tools.mode,
      ...(parallel != null && {parallelToolCalls: parallel}),
    };
  }
  if (offered.length === 0) {
    if (choice === 'required') throw invalidField('tool_choice is "required", but there are no tools', 'tool_choice');
    return {};
  }
  return {
    tools: offered,
    ...(choice != null && {toolChoice: choice}),
    ...(parallel != null && {parallelToolCalls: parallel}),
  };
}

function responseFormatOf({response_format: format}: ChatCompletionBody): AnswerOptions {
  return format == null || format.type === 'text' ? {} : {responseFormat: asJson(format)};
}
