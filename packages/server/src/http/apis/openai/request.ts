/** Parses the bodies of OpenAI's chat completions. */
import {asJson} from '@chatlet/protocol';
import {z} from 'zod';
import {check} from '../../../check.ts';
import type {AnswerOptions, PromptMessage, ToolDefinition} from '../../../engine/provider.ts';
import {optionFields, optionsOf} from '../../request/answer-options.ts';
import {inputSchemaOf, invalidField, nameField, parametersField} from '../../request/body-fields.ts';
import {foldMessages, openaiMessages} from '../../request/openai-messages.ts';

const functionTool = z.object({
  type: z.literal('function'),
  function: z.object({
    name: z.string().regex(/^[\w.-]{1,128}$/, 'may hold letters, digits, dots, underscores and dashes only'),
    description: z.string().nullish(),
    parameters: parametersField,
    strict: z.boolean().nullish(),
  }),
});

const namedFunction = z.object({type: z.literal('function'), function: z.object({name: nameField})});

export const chatCompletionBody = z.object({
  model: nameField,
  messages: openaiMessages,
  ...optionFields,
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
}

/** @throws ChatError `invalid-request` */
export function parseChatCompletion(body: unknown): ChatCompletionRequest {
  const sent = check(chatCompletionBody, body);
  return {
    model: sent.model,
    messages: foldMessages(sent.messages),
    messageCount: sent.messages.length,
    // The printed examples promise these two defaults. A model that refuses them is asked again without them.
    options: {temperature: 0.7, topP: 1, ...optionsOf(sent), ...toolsOf(sent), ...responseFormatOf(sent)},
    mayBeEmpty: true,
    choices: sent.n ?? 1,
    streams: sent.stream ?? false,
    includeUsage: sent.stream_options?.include_usage ?? false,
  };
}

function toolsOf({tools, tool_choice: choice, parallel_tool_calls: parallel}: ChatCompletionBody): AnswerOptions {
  const offered = (tools ?? []).map(({function: {name, description, parameters, strict}}): ToolDefinition => ({
    name,
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
