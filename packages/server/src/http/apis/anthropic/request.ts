/** Parses the bodies of Anthropic's messages. */
import {
  type FilePart,
  type Part,
  type ReasoningPart,
  type ToolPart,
  asJson,
  readAnthropicSignature,
} from '@chatlet/protocol';
import {z} from 'zod';
import {check} from '../../../check.ts';
import type {AnswerOptions, PromptMessage} from '../../../engine/provider.ts';
import {
  cacheControlOf,
  cacheField,
  callIdField,
  inputSchemaOf,
  invalidField,
  listOf,
  nameField,
  parametersField,
  stopOption,
  urlField,
} from '../../request/body-fields.ts';
import {readUnlistedOptions} from '../../request/unlisted-options.ts';
import type {UnsavedQuestion} from '../../response/unsaved-answer.ts';

const textBlock = z.object({type: z.literal('text'), text: z.string(), cache_control: cacheField});

const mediaType = z.string().regex(/^[\w.+-]+\/[\w.+-]+$/, 'must be like "image/png"');

const fileSource = z.discriminatedUnion(
  'type',
  [
    z.object({type: z.literal('base64'), media_type: mediaType, data: z.base64()}),
    z.object({type: z.literal('text'), data: z.string()}),
    z.object({type: z.literal('url'), url: urlField}),
  ],
  {error: 'names a source that is not here: nothing is kept under a file_id'},
);

const imageBlock = z.object({type: z.literal('image'), source: fileSource, cache_control: cacheField});
const documentBlock = z.object({
  type: z.literal('document'),
  source: fileSource,
  title: nameField.nullish(),
  cache_control: cacheField,
});

const notGiven = {error: 'names a kind of content that no model is given here'};

const resultBlock = z.object({
  type: z.literal('tool_result'),
  tool_use_id: callIdField,
  content: z
    .union([z.string(), z.array(z.discriminatedUnion('type', [textBlock, imageBlock, documentBlock], notGiven))])
    .nullish(),
  is_error: z.boolean().nullish(),
  cache_control: cacheField,
});

const contentBlock = z.discriminatedUnion(
  'type',
  [
    textBlock,
    imageBlock,
    documentBlock,
    resultBlock,
    z.object({
      type: z.literal('tool_use'),
      id: callIdField,
      name: nameField,
      input: z.record(z.string(), z.unknown()).nullish(),
    }),
    z.object({type: z.literal('thinking'), thinking: z.string(), signature: z.string().nullish()}),
    z.object({type: z.literal('redacted_thinking'), data: z.string()}),
  ],
  notGiven,
);

const message = z.object({
  role: z.enum(['user', 'assistant', 'system']),
  content: z.union([z.string(), z.array(contentBlock).max(1000)]),
});

const jsonFormat = z.object({type: z.literal('json_schema'), schema: z.record(z.string(), z.unknown())});

/** Fields that would run something at Anthropic: the answer would be another one without them. */
const runsElsewhere = z
  .array(z.unknown())
  .refine((named) => named.length === 0, 'names something that only runs at Anthropic')
  .nullish();

export const anthropicBody = z.object({
  model: nameField,
  messages: listOf(message),
  system: z.union([z.string(), z.array(textBlock).max(1000)]).nullish(),
  max_tokens: z.int().min(0).nullish(),
  stream: z.boolean().nullish(),
  temperature: z.number().min(0).max(1).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  stop_sequences: z.array(z.string()).max(16).nullish(),
  tools: z
    .array(
      z.object({
        type: z
          .string()
          .refine((type) => type === 'custom', 'names a tool that only runs at Anthropic')
          .nullish(),
        name: nameField,
        description: z.string().nullish(),
        input_schema: parametersField,
        strict: z.boolean().nullish(),
        cache_control: cacheField,
      }),
    )
    .max(128)
    .nullish(),
  tool_choice: z
    .discriminatedUnion('type', [
      z.object({type: z.enum(['auto', 'any']), disable_parallel_tool_use: z.boolean().nullish()}),
      z.object({type: z.literal('tool'), name: nameField, disable_parallel_tool_use: z.boolean().nullish()}),
      z.object({type: z.literal('none')}),
    ])
    .nullish(),
  thinking: z
    .discriminatedUnion('type', [
      z.looseObject({type: z.literal('enabled'), budget_tokens: z.int().min(1024)}),
      z.looseObject({type: z.enum(['adaptive', 'disabled'])}),
    ])
    .nullish(),
  output_config: z.object({format: jsonFormat.nullish(), effort: z.string().max(20).nullish()}).nullish(),
  output_format: jsonFormat.nullish(),
  mcp_servers: runsElsewhere,
});

type Body = z.infer<typeof anthropicBody>;
type Block = z.infer<typeof contentBlock>;

export interface AnthropicRequest extends UnsavedQuestion {
  readonly model: string;
  readonly streams: boolean;
  /** Clients that have not asked for thoughts expect the answer to begin with its text. */
  readonly wantsReasoning: boolean;
  /** Names of keys that were left out. */
  readonly ignored: readonly string[];
}

/**
 * @param passOptions keys of upstreams that are passed on, too
 * @throws ChatError `invalid-request`
 */
export function parseAnthropic(body: unknown, passOptions: readonly string[]): AnthropicRequest {
  const sent = check(anthropicBody, body);
  const {passed, ignored} = readUnlistedOptions(body, {fields: anthropicBody.shape, passOptions});
  return {
    model: sent.model,
    messages: [...systemOf(sent.system), ...foldAnthropicMessages(sent.messages)],
    messageCount: sent.messages.length,
    options: {
      ...optionsOf(sent),
      ...toolsOf(sent),
      ...formatOf(sent),
      ...reasoningOptionOf(sent),
      ...(Object.keys(passed).length > 0 && {further: passed}),
    },
    ignored,
    mayBeEmpty: true,
    streams: sent.stream ?? false,
    wantsReasoning: sent.thinking != null && sent.thinking.type !== 'disabled',
  };
}

function optionsOf({max_tokens: maxTokens, temperature, top_p: topP, stop_sequences: stop}: Body): AnswerOptions {
  return {
    ...(maxTokens != null && {maxTokens}),
    ...(temperature != null && {temperature}),
    ...(topP != null && {topP}),
    ...stopOption(stop),
  };
}

function toolsOf({tools, tool_choice: choice}: Body): AnswerOptions {
  if (!tools?.length) return {};
  const offered = tools.map(({name, description, input_schema, strict, ...tool}) => ({
    name,
    ...cacheControlOf(tool),
    inputSchema: inputSchemaOf(input_schema),
    ...(description != null && {description}),
    ...(strict != null && {strict}),
  }));
  if (choice == null) return {tools: offered};
  if (choice.type === 'none') return {tools: offered, toolChoice: 'none'};
  if (choice.type === 'tool' && !offered.some(({name}) => name === choice.name)) {
    throw invalidField(`tool_choice names "${choice.name}", which is not among the tools`, 'tool_choice');
  }
  return {
    tools: offered,
    toolChoice: choice.type === 'tool' ? {name: choice.name} : choice.type === 'any' ? 'required' : 'auto',
    ...(choice.disable_parallel_tool_use && {parallelToolCalls: false}),
  };
}

function formatOf({output_config: config, output_format: old}: Body): AnswerOptions {
  const format = config?.format ?? old;
  if (format == null) return {};
  const schema = asJson(format.schema);
  return {responseFormat: {type: 'json_schema', json_schema: {name: 'answer', strict: true, schema}}};
}

/** @throws ChatError `invalid-request` for a budget that leaves no room for words */
function reasoningOptionOf({thinking: sent, output_config: config, max_tokens: maxTokens}: Body): AnswerOptions {
  const effort = config?.effort ?? undefined;
  if (sent == null && effort === undefined) return {};
  if (sent?.type === 'enabled' && maxTokens != null && sent.budget_tokens >= maxTokens) {
    throw invalidField('thinking.budget_tokens must be less than max_tokens', 'thinking.budget_tokens');
  }
  // An effort alone concerns the words only.
  const thinking =
    sent == null || sent.type === 'disabled' ? 'off' : sent.type === 'enabled' ? sent.budget_tokens : sent.type;
  const field = sent == null ? 'output_config.effort' : 'thinking';
  return {reasoning: {thinking, ...(effort !== undefined && {effort}), field}};
}

/** One message, or one for each block if the upstream is to cache up to some of them. */
function systemOf(system: Body['system']): readonly PromptMessage[] {
  const blocks = typeof system === 'string' ? [{type: 'text' as const, text: system}] : (system ?? []);
  const isMarked = blocks.some((block) => 'cache_control' in block && block.cache_control != null);
  const said = isMarked ? blocks : [{type: 'text' as const, text: blocks.map(({text}) => text).join('\n\n')}];
  return said.flatMap((block) =>
    block.text === '' ? [] : [{role: 'system', parts: [{type: 'text', text: block.text, ...cacheControlOf(block)}]}],
  );
}

/**
 * Puts tool results, which are blocks of the next question in Anthropic's form, into the answers that called the tools.
 * @throws ChatError `invalid-request` for a result without a call
 */
function foldAnthropicMessages(sent: Body['messages']): readonly PromptMessage[] {
  const folded: PromptMessage[] = [];
  const calls: CallPlaces = new Map();
  for (const [index, {role, content}] of sent.entries()) {
    const parts: Part[] = [];
    const blocks: readonly Block[] = typeof content === 'string' ? [{type: 'text', text: content}] : content;
    for (const [at, block] of blocks.entries()) {
      if (block.type === 'tool_result') {
        putResult(block, {calls, field: `messages[${index}].content[${at}].tool_use_id`});
        parts.push(...filesOfResult(block));
      } else {
        parts.push(...partsOfBlock(block));
        if (block.type === 'tool_use') calls.set(block.id, {parts, at: parts.length - 1});
      }
    }
    if (parts.length > 0) folded.push({role, parts});
  }
  return folded;
}

/** The position of each call, by its id. */
type CallPlaces = Map<string, {readonly parts: Part[]; readonly at: number}>;

type Result = Extract<Block, {type: 'tool_result'}>;

function putResult(result: Result, {calls, field}: {calls: CallPlaces; field: string}): void {
  const {tool_use_id: id, content, is_error: failed} = result;
  const place = calls.get(id);
  const part = place?.parts[place.at];
  if (!place || part?.type !== 'tool') {
    throw invalidField(`${field} answers the call "${id}", which no message before it makes`, field);
  }
  const blocks = typeof content === 'string' ? [{type: 'text' as const, text: content}] : (content ?? []);
  const output = blocks.map((block) => (block.type === 'text' ? block.text : '')).join('');
  place.parts[place.at] = {...part, state: failed ? 'failed' : 'done', output, ...cacheControlOf(result)};
}

/** Results hold text alone; their files come with the message of the user that brings the result. */
function filesOfResult({content}: Result): readonly Part[] {
  if (typeof content === 'string' || content == null) return [];
  return content.flatMap((block) => (block.type === 'text' ? [] : [fileOf(block)]));
}

function partsOfBlock(block: Exclude<Block, Result>): readonly Part[] {
  switch (block.type) {
    case 'text':
      return block.text === '' ? [] : [{type: 'text', text: block.text, ...cacheControlOf(block)}];
    case 'image':
    case 'document':
      return [fileOf(block)];
    case 'tool_use':
      return [runningCall(block)];
    case 'thinking':
      return [reasoningOf(block)];
    case 'redacted_thinking':
      return [{type: 'reasoning', text: '', providerMetadata: {anthropic: {data: block.data}}}];
    default:
      block satisfies never;
      return [];
  }
}

function reasoningOf({thinking, signature}: Extract<Block, {type: 'thinking'}>): ReasoningPart {
  const providerMetadata = readAnthropicSignature(signature ?? '');
  return {type: 'reasoning', text: thinking, ...(providerMetadata && {providerMetadata})};
}

function runningCall({id, name, input}: Extract<Block, {type: 'tool_use'}>): ToolPart {
  return {type: 'tool', callId: id, name, input: asJson(input ?? {}), state: 'running'};
}

function fileOf(block: z.infer<typeof imageBlock> | z.infer<typeof documentBlock>): FilePart {
  const {source, type} = block;
  const more = {...(block.type === 'document' && block.title && {name: block.title}), ...cacheControlOf(block)};
  if (source.type === 'url') {
    return {type: 'file', url: source.url, mediaType: type === 'image' ? 'image/*' : 'application/pdf', ...more};
  }
  const [media, data] =
    source.type === 'base64'
      ? [source.media_type, source.data]
      : ['text/plain', Buffer.from(source.data).toString('base64')];
  return {type: 'file', url: `data:${media};base64,${data}`, mediaType: media, ...more};
}
