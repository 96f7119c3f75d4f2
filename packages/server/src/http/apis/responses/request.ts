/** Parses the bodies of OpenAI's Responses API. A field that cannot be passed on is refused by its name. */
import {type Json, type JsonObject, asJson} from '@chatlet/protocol';
import {z} from 'zod';
import {check} from '../../../check.ts';
import type {AnswerOptions, ToolDefinition} from '../../../engine/provider.ts';
import type {PickTool} from '../../../engine/tool.ts';
import {inputSchemaOf, invalidField, nameField, parametersField} from '../../request/body-fields.ts';
import {type UnlistedOptions, readUnlistedOptions} from '../../request/unlisted-options.ts';
import {type SentItem, inputItem} from './items.ts';
import {printServerTool, serverTool, toPickTool} from './server-tools.ts';

const functionTool = z.object({
  type: z.literal('function'),
  name: z.string().regex(/^[\w.-]{1,128}$/, 'may hold letters, digits, dots, underscores and dashes only'),
  description: z.string().nullish(),
  parameters: parametersField,
  strict: z.boolean().nullish(),
});

const namedFunction = z.object({type: z.literal('function'), name: nameField});

const format = z.discriminatedUnion('type', [
  z.object({type: z.literal('text')}),
  z.object({type: z.literal('json_object')}),
  z.object({
    type: z.literal('json_schema'),
    name: nameField,
    schema: z.record(z.string(), z.unknown()),
    description: z.string().nullish(),
    strict: z.boolean().nullish(),
  }),
]);

/** Things that can be asked for in addition. All others concern tools that are not here, so that there is nothing to add. */
const encryptedReasoning = 'reasoning.encrypted_content';
const included: readonly string[] = [
  encryptedReasoning,
  'code_interpreter_call.outputs',
  'computer_call_output.output.image_url',
  'file_search_call.results',
  'message.input_image.image_url',
  'web_search_call.action.sources',
  'web_search_call.results',
];

/** A field that is refused unless it asks for nothing. */
const notHere = (reason: string) =>
  z
    .unknown()
    .refine((value) => value == null, reason)
    .optional();

export const responseBody = z.object({
  model: nameField.nullish(),
  input: z.union([z.string(), z.array(inputItem).min(1).max(10_000)]),
  instructions: z.string().nullish(),
  previous_response_id: nameField.nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.object({include_obfuscation: z.boolean().nullish()}).nullish(),
  store: z.boolean().nullish(),
  background: z.boolean().nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  max_output_tokens: z.int().min(1).nullish(),
  text: z.object({format: format.nullish(), verbosity: z.enum(['low', 'medium', 'high']).nullish()}).nullish(),
  reasoning: z
    .object({
      effort: z.string().max(20).nullish(),
      summary: z.string().max(20).nullish(),
      generate_summary: z.string().max(20).nullish(),
    })
    .nullish(),
  tools: z
    .array(
      z.discriminatedUnion('type', [functionTool, serverTool], {
        error: 'names a tool that is not here; functions are passed on, and "mcp" stands for the tools of this server',
      }),
    )
    .max(128)
    .nullish(),
  tool_choice: z
    .union([
      z.enum(['auto', 'none', 'required']),
      namedFunction,
      z.object({
        type: z.literal('allowed_tools'),
        mode: z.enum(['auto', 'required']),
        tools: z.array(namedFunction).min(1),
      }),
    ])
    .nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  max_tool_calls: z.int().min(1).nullish().describe('Counts calls of OpenAI’s own tools, which are not here'),
  truncation: z.enum(['auto', 'disabled']).nullish(),
  include: z
    .array(z.string().refine((name) => included.includes(name), 'names something that is not given here'))
    .max(20)
    .nullish(),
  metadata: z.record(z.string().max(64), z.string().max(512)).nullish(),
  service_tier: z.string().max(50).nullish(),
  user: z.string().max(200).nullish(),
  safety_identifier: z.string().max(200).nullish(),
  prompt_cache_key: z.string().max(200).nullish(),
  prompt_cache_retention: z.string().max(50).nullish(),
  top_logprobs: z
    .int()
    .refine((count) => count === 0, 'cannot be passed on: no probabilities are given here')
    .nullish(),
  conversation: notHere('is not kept here; use previous_response_id'),
  prompt: notHere('is not kept here; send the prompt itself as instructions and input'),
  prompt_cache_options: notHere('cannot be passed on'),
  context_management: notHere('cannot be passed on; truncation "auto" drops the oldest turns'),
  moderation: notHere('cannot be passed on'),
});

type ResponseBody = z.infer<typeof responseBody>;

export interface ResponseRequest {
  readonly model: string | undefined;
  readonly items: readonly SentItem[];
  readonly instructions: string | undefined;
  readonly previousId: string | undefined;
  readonly options: AnswerOptions;
  /** Which of the server's tools the model may call; absent if the request does not bring them. */
  readonly pickTool?: PickTool;
  readonly streams: boolean;
  readonly stores: boolean;
  readonly background: boolean;
  readonly truncates: boolean;
  /** Whether the answer has the metadata that lets its reasoning be sent back. */
  readonly sealsReasoning: boolean;
  /** Names of keys that were left out. */
  readonly ignored: readonly string[];
  /** The settings as the response shows them. */
  readonly settings: JsonObject;
}

/**
 * @param passOptions keys of upstreams that are passed on, too
 * @throws ChatError `invalid-request`
 */
export function parseResponseRequest(body: unknown, passOptions: readonly string[]): ResponseRequest {
  const sent = check(responseBody, body);
  const {passed, ignored} = readUnlistedOptions(body, {fields: responseBody.shape, passOptions});
  const stores = sent.store ?? true;
  const background = sent.background ?? false;
  if (background && !stores) throw invalidField('A background response must be stored', 'background');
  return {
    model: sent.model ?? undefined,
    items: typeof sent.input === 'string' ? [{type: 'message', role: 'user', content: sent.input}] : sent.input,
    instructions: sent.instructions ?? undefined,
    previousId: sent.previous_response_id ?? undefined,
    options: optionsOf(sent, passed),
    ...pickToolOf(sent),
    ignored,
    streams: sent.stream ?? false,
    stores,
    background,
    truncates: sent.truncation === 'auto',
    sealsReasoning: sent.include?.includes(encryptedReasoning) ?? false,
    settings: settingsOf(sent, {stores, background}),
  };
}

function optionsOf(sent: ResponseBody, passed: UnlistedOptions['passed']): AnswerOptions {
  const {temperature, top_p: topP, max_output_tokens: maxTokens} = sent;
  return {
    ...(temperature != null && {temperature}),
    ...(topP != null && {topP}),
    ...(maxTokens != null && {maxTokens}),
    ...toolsOf(sent),
    ...responseFormatOf(sent.text?.format),
    ...reasoningOf(sent.reasoning),
    ...furtherOf(sent, passed),
  };
}

/** Options that chat completions have too, under their names there, and those that pass as they are. */
function furtherOf(sent: ResponseBody, passed: UnlistedOptions['passed']): AnswerOptions {
  const further: Record<string, Json> = {...passed};
  const known = {
    verbosity: sent.text?.verbosity,
    service_tier: sent.service_tier,
    user: sent.user,
    safety_identifier: sent.safety_identifier,
    prompt_cache_key: sent.prompt_cache_key,
    prompt_cache_retention: sent.prompt_cache_retention,
  };
  for (const [name, value] of Object.entries(known)) if (value != null) further[name] = value;
  return Object.keys(further).length > 0 ? {further} : {};
}

function reasoningOf(sent: ResponseBody['reasoning']): AnswerOptions {
  const {effort, summary = sent?.generate_summary} = sent ?? {};
  if (effort == null && summary == null) return {};
  const reasoning = {...(effort != null && {effort}), ...(summary != null && {summary}), field: 'reasoning.effort'};
  return {reasoning};
}

function toolsOf({tools, tool_choice: choice, parallel_tool_calls: parallel}: ResponseBody): AnswerOptions {
  const offered = functionsIn(tools).map(({name, description, parameters, strict}): ToolDefinition => ({
    name,
    inputSchema: inputSchemaOf(parameters),
    ...(description != null && {description}),
    ...(strict != null && {strict}),
  }));
  const several = parallel != null && {parallelToolCalls: parallel};
  if (choice == null || typeof choice === 'string') {
    if (offered.length > 0) return {tools: offered, ...(choice != null && {toolChoice: choice}), ...several};
    if (choice === 'required') throw invalidField('tool_choice is "required", but there are no tools', 'tool_choice');
    return {};
  }
  const allowed = choice.type === 'function' ? [choice.name] : choice.tools.map(({name}) => name);
  const unknown = allowed.find((each) => !offered.some(({name}) => name === each));
  if (unknown !== undefined) {
    throw invalidField(`tool_choice names "${unknown}", which is not among the tools`, 'tool_choice');
  }
  if (choice.type === 'function') return {tools: offered, toolChoice: {name: choice.name}, ...several};
  return {tools: offered.filter(({name}) => allowed.includes(name)), toolChoice: choice.mode, ...several};
}

/** The format in the words of chat completions. */
function responseFormatOf(sent: z.infer<typeof format> | null | undefined): AnswerOptions {
  if (sent == null || sent.type === 'text') return {};
  if (sent.type === 'json_object') return {responseFormat: {type: 'json_object'}};
  const {type, name, schema, description, strict} = sent;
  return {
    responseFormat: {
      type,
      json_schema: {
        name,
        schema: asJson(schema),
        ...(description != null && {description}),
        ...(strict != null && {strict}),
      },
    },
  };
}

function functionsIn(tools: ResponseBody['tools']) {
  return (tools ?? []).filter((tool) => tool.type === 'function');
}

function pickToolOf({tools, tool_choice: choice, max_tool_calls: most}: ResponseBody): {pickTool?: PickTool} {
  const [tool, second] = (tools ?? []).filter(({type}) => type === 'mcp');
  if (tool?.type !== 'mcp') return {};
  if (second) throw invalidField('There is one tool of type "mcp", which stands for all tools of this server', 'tools');
  if (functionsIn(tools).length > 0) {
    throw invalidField('A request has functions of its own or the tools of this server, not both', 'tools');
  }
  if (choice === 'none') return {};
  if (choice != null && choice !== 'auto') {
    throw invalidField('tool_choice is "auto" or "none" with the tools of this server', 'tool_choice');
  }
  if (most != null) throw invalidField('max_tool_calls does not limit the tools of this server', 'max_tool_calls');
  return {pickTool: toPickTool(tool)};
}

function settingsOf(sent: ResponseBody, {stores, background}: {stores: boolean; background: boolean}): JsonObject {
  const {text, reasoning, tools} = sent;
  return {
    background,
    instructions: sent.instructions ?? null,
    max_output_tokens: sent.max_output_tokens ?? null,
    max_tool_calls: sent.max_tool_calls ?? null,
    metadata: asJson(sent.metadata ?? {}),
    parallel_tool_calls: sent.parallel_tool_calls ?? true,
    previous_response_id: sent.previous_response_id ?? null,
    prompt_cache_key: sent.prompt_cache_key ?? null,
    reasoning: {effort: reasoning?.effort ?? null, summary: reasoning?.summary ?? reasoning?.generate_summary ?? null},
    safety_identifier: sent.safety_identifier ?? null,
    service_tier: sent.service_tier ?? 'auto',
    store: stores,
    temperature: sent.temperature ?? 1,
    text: {format: formatSetting(text?.format), verbosity: text?.verbosity ?? 'medium'},
    tool_choice: asJson(sent.tool_choice ?? 'auto'),
    tools: (tools ?? []).map(toolSetting),
    top_logprobs: 0,
    top_p: sent.top_p ?? 1,
    truncation: sent.truncation ?? 'disabled',
    user: sent.user ?? null,
  };
}

function toolSetting(tool: z.infer<typeof functionTool> | z.infer<typeof serverTool>): JsonObject {
  if (tool.type === 'mcp') return printServerTool(tool);
  const {type, name, description, parameters, strict} = tool;
  return {
    type,
    name,
    description: description ?? null,
    parameters: parameters == null ? null : asJson(parameters),
    strict: strict ?? null,
  };
}

function formatSetting(sent: z.infer<typeof format> | null | undefined): Json {
  if (sent?.type !== 'json_schema') return {type: sent?.type ?? 'text'};
  const {type, name, schema, description = null, strict = null} = sent;
  return {type, name, schema: asJson(schema), description, strict};
}
