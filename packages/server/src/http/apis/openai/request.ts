/**
 * What clients of OpenAI's chat completions send: checked, and put into the engine's words. Real clients send more
 * than is listed here and much of it as null; what is not listed is none of our business and is left out.
 */
import {ChatError, type Part, type ToolPart, asJson, toolInput} from '@chatlet/protocol';
import {z} from 'zod';
import {check} from '../../../check.ts';
import type {AnswerOptions, PromptMessage, ToolDefinition} from '../../../engine/provider.ts';
import {inputSchemaOf, listOf, mediaTypeOf, name, parameters, stop, stopWords, url} from '../../request/body-fields.ts';

const words = z.object({type: z.literal('text'), text: z.string()});
const contentPart = z.discriminatedUnion(
  'type',
  [
    words,
    z.object({type: z.literal('refusal'), refusal: z.string()}),
    z.object({
      type: z.literal('image_url'),
      image_url: z.union([
        z.object({url, detail: z.string().max(20).nullish()}),
        url.transform((url) => ({url, detail: null})),
      ]),
    }),
    z.object({
      type: z.literal('input_audio'),
      input_audio: z.object({data: z.string(), format: z.string().regex(/^[\w-]{1,20}$/, 'must be like "wav"')}),
    }),
    z.object({type: z.literal('file'), file: z.object({file_data: z.string().nullish(), filename: name.nullish()})}),
  ],
  {error: 'names a kind of content that no model is given here'},
);

const toolCall = z.object({
  id: name,
  function: z.object({name, arguments: z.string().nullish()}),
});

/** Only an answer that calls tools or refuses may have no content. */
const saysSomething = ({role, content, refusal, tool_calls: calls, function_call: call}: LooseMessage) =>
  content != null ||
  (role === 'assistant' && (refusal != null || call != null || (calls?.length ?? 0) > 0)) ||
  role === 'tool';

const looseMessage = z.object({
  role: z.enum(['system', 'developer', 'user', 'assistant', 'tool', 'function']),
  content: z.union([z.string(), z.array(contentPart).max(1000)]).nullish(),
  refusal: z.string().nullish(),
  name: z.string().max(200).nullish(),
  tool_calls: z.array(toolCall).max(200).nullish(),
  function_call: z.object({name, arguments: z.string().nullish()}).nullish(),
  tool_call_id: name.nullish(),
});

type LooseMessage = z.infer<typeof looseMessage>;

const message = looseMessage.refine(saysSomething, {message: 'must be a string or a list of parts', path: ['content']});

type SentMessage = z.infer<typeof message>;

export const messages = listOf(message);

const functionTool = z.object({
  type: z.literal('function'),
  function: z.object({
    name: z.string().regex(/^[\w.-]{1,128}$/, 'may hold letters, digits, dots, underscores and dashes only'),
    description: z.string().nullish(),
    parameters,
    strict: z.boolean().nullish(),
  }),
});

const namedFunction = z.object({type: z.literal('function'), function: z.object({name})});

/** How the answer is to be written, under all the names that the APIs of this server have for it. */
export const optionFields = {
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  topP: z.number().min(0).max(1).nullish(),
  max_completion_tokens: z.int().min(0).nullish(),
  max_tokens: z.int().min(0).nullish(),
  maxTokens: z.int().min(0).nullish(),
  stop,
  stopSequences: z.array(z.string()).max(16).nullish(),
  seed: z.int().nullish(),
};

export const completionBody = z.object({
  model: name,
  messages,
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

type CompletionBody = z.infer<typeof completionBody>;

export interface CompletionRequest {
  readonly model: string;
  readonly messages: readonly PromptMessage[];
  readonly options: AnswerOptions;
  /** How many messages were sent; a tool's result is no message of its own any more. */
  readonly messageCount: number;
  /** How many answers. */
  readonly choices: number;
  readonly streams: boolean;
  readonly includeUsage: boolean;
}

/** @throws ChatError `invalid-request` */
export function parseCompletion(body: unknown): CompletionRequest {
  const sent = check(completionBody, body);
  return {
    model: sent.model,
    messages: foldMessages(sent.messages),
    messageCount: sent.messages.length,
    // Printed examples promise these two defaults; a model that takes none is asked again without them.
    options: {temperature: 0.7, topP: 1, ...optionsOf(sent), ...toolsOf(sent), ...formatOf(sent)},
    choices: sent.n ?? 1,
    streams: sent.stream ?? false,
    includeUsage: sent.stream_options?.include_usage ?? false,
  };
}

type SentOptions = {
  readonly [Field in keyof typeof optionFields]?: z.infer<(typeof optionFields)[Field]> | undefined;
};

/**
 * The options that were given; where two names were, OpenAI's newer one counts. Of no tokens nothing could be said, so
 * `maxTokens` 0 means that the client sets no limit; it stays, as a path may have a limit for those who say nothing.
 */
export function optionsOf(sent: SentOptions): AnswerOptions {
  const {temperature, seed, topP = null, stopSequences = null} = sent;
  const top = sent.top_p ?? topP;
  const maxTokens = sent.max_completion_tokens ?? sent.max_tokens ?? sent.maxTokens;
  return {
    ...(temperature != null && {temperature}),
    ...(top != null && {topP: top}),
    ...(maxTokens != null && {maxTokens}),
    ...stopWords(sent.stop ?? stopSequences),
    ...(seed != null && {seed}),
  };
}

function toolsOf({tools, tool_choice: choice, parallel_tool_calls: parallel}: CompletionBody): AnswerOptions {
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
    const unknown = allowed.find((name) => !offered.some((tool) => tool.name === name));
    if (unknown !== undefined)
      throw invalid(`tool_choice names "${unknown}", which is not among the tools`, 'tool_choice');
    if (choice.type === 'function') return {tools: offered, toolChoice: {name: choice.function.name}};
    return {
      tools: offered.filter((tool) => allowed.includes(tool.name)),
      toolChoice: choice.allowed_tools.mode,
      ...(parallel != null && {parallelToolCalls: parallel}),
    };
  }
  if (offered.length === 0) {
    if (choice === 'required') throw invalid('tool_choice is "required", but there are no tools', 'tool_choice');
    return {};
  }
  return {
    tools: offered,
    ...(choice != null && {toolChoice: choice}),
    ...(parallel != null && {parallelToolCalls: parallel}),
  };
}

function formatOf({response_format: format}: CompletionBody): AnswerOptions {
  return format == null || format.type === 'text' ? {} : {responseFormat: asJson(format)};
}

/**
 * A flat list of messages as the engine has it: what a tool gave back is a part of the answer that called it.
 * @throws ChatError `invalid-request` for a result that nobody asked for
 */
export function foldMessages(sent: readonly SentMessage[]): readonly PromptMessage[] {
  const folded: (PromptMessage & {readonly parts: Part[]})[] = [];
  const calls = new Map<string, {readonly parts: Part[]; readonly at: number}>();
  const call = (parts: Part[], part: ToolPart) => {
    calls.set(part.callId, {parts, at: parts.length});
    parts.push(part);
  };
  for (const [index, {role, content, refusal, tool_calls, function_call, tool_call_id, name}] of sent.entries()) {
    const speaker = name ? {name} : {};
    switch (role) {
      case 'system':
      case 'developer':
        folded.push({role: 'system', ...speaker, parts: [{type: 'text', text: textOf(content)}]});
        break;
      case 'user':
        folded.push({role, ...speaker, parts: partsOf(content)});
        break;
      case 'assistant': {
        const parts = [...partsOf(content), ...partsOf(refusal)];
        folded.push({role, ...speaker, parts});
        for (const {id, function: called} of tool_calls ?? []) {
          call(parts, {
            type: 'tool',
            callId: id,
            name: called.name,
            ...toolInput(called.arguments ?? ''),
            state: 'running',
          });
        }
        if (function_call) {
          const {name, arguments: written} = function_call;
          call(parts, {type: 'tool', callId: legacyId(name), name, ...toolInput(written ?? ''), state: 'running'});
        }
        break;
      }
      case 'tool':
      case 'function': {
        const id = tool_call_id ?? (role === 'function' && name ? legacyId(name) : undefined);
        const place = id === undefined ? undefined : calls.get(id);
        const part = place?.parts[place.at];
        if (!place || part?.type !== 'tool') {
          throw invalid(
            id === undefined
              ? `messages[${index}] must say which call it answers, by its tool_call_id`
              : `messages[${index}] answers the call "${id}", which no message before it makes`,
            `messages[${index}].tool_call_id`,
          );
        }
        place.parts[place.at] = {...part, state: 'done', output: textOf(content)};
        break;
      }
      default:
        role satisfies never;
    }
  }
  return folded;
}

/** Calls had no ids once; the newest of a name is the one that is answered. */
function legacyId(name: string): string {
  return `call_${name}`;
}

function partsOf(content: SentMessage['content']): Part[] {
  if (content == null || content === '') return [];
  return typeof content === 'string' ? [{type: 'text', text: content}] : content.map(partOf);
}

function partOf(part: z.infer<typeof contentPart>): Part {
  switch (part.type) {
    case 'text':
      return part;
    case 'refusal':
      return {type: 'text', text: part.refusal};
    case 'image_url': {
      const {url, detail} = part.image_url;
      return {type: 'file', url, mediaType: mediaTypeOf(url) ?? 'image/*', ...(detail != null && {detail})};
    }
    case 'input_audio': {
      const mediaType = `audio/${part.input_audio.format}`;
      return {type: 'file', url: `data:${mediaType};base64,${part.input_audio.data}`, mediaType};
    }
    case 'file': {
      const {file_data: data, filename} = part.file;
      if (data == null)
        throw invalid('A file must bring its content as file_data; nothing is kept here under a file_id');
      const mediaType = mediaTypeOf(data);
      if (mediaType === undefined) throw invalid('file_data must be a data: URL that names its type');
      return {type: 'file', url: data, mediaType, ...(filename && {name: filename})};
    }
    default:
      part satisfies never;
      throw invalid('The content has a part of an unknown type');
  }
}

function textOf(content: SentMessage['content']): string {
  let text = '';
  for (const part of partsOf(content)) {
    if (part.type !== 'text') throw invalid('Only messages of the user may hold anything but text');
    text += part.text;
  }
  return text;
}

/** @param param the field that is to blame */
function invalid(sentence: string, param = 'messages'): ChatError {
  return new ChatError('invalid-request', `${sentence}.`, {details: {param}});
}
