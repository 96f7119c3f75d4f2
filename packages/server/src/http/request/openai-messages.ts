/**
 * Parses messages in the form of OpenAI's chat completions, which several APIs take. Real clients send more fields than
 * are listed here, and many of them as null. Unlisted fields are dropped, except those of a tool call.
 */
import {type Part, type ToolPart, fromReasoningFields, furtherCallFields, textOf, toolInput} from '@chatlet/protocol';
import {z} from 'zod';
import type {PromptMessage} from '../../engine/provider.ts';
import {
  cacheControlOf,
  cacheField,
  callIdField,
  invalidField,
  listOf,
  mediaTypeOf,
  nameField,
  urlField,
} from './body-fields.ts';

const textPart = z.object({type: z.literal('text'), text: z.string(), cache_control: cacheField});
const contentPartSchema = z.discriminatedUnion(
  'type',
  [
    textPart,
    z.object({type: z.literal('refusal'), refusal: z.string()}),
    z.object({
      type: z.literal('image_url'),
      image_url: z.union([
        z.object({url: urlField, detail: z.string().max(20).nullish()}),
        urlField.transform((url) => ({url, detail: null})),
      ]),
      cache_control: cacheField,
    }),
    z.object({
      type: z.literal('input_audio'),
      input_audio: z.object({data: z.string(), format: z.string().regex(/^[\w-]{1,20}$/, 'must be like "wav"')}),
    }),
    z.object({
      type: z.literal('file'),
      file: z.object({file_data: z.string().nullish(), filename: nameField.nullish()}),
      cache_control: cacheField,
    }),
  ],
  {error: 'names a kind of content that no model is given here'},
);

/** Further fields of a call are signatures, which the upstream wants back. */
const toolCall = z.looseObject({
  id: callIdField,
  function: z.object({name: nameField, arguments: z.string().nullish()}),
});

/** Only an answer that calls tools or refuses, and a tool's result, may lack content. */
const saysSomething = ({role, content, refusal, tool_calls: calls, function_call: call}: LooseMessage) =>
  content != null ||
  (role === 'assistant' && (refusal != null || call != null || (calls?.length ?? 0) > 0)) ||
  role === 'tool';

const looseMessage = z.object({
  role: z.enum(['system', 'developer', 'user', 'assistant', 'tool', 'function']),
  content: z.union([z.string(), z.array(contentPartSchema).max(1000)]).nullish(),
  refusal: z.string().nullish(),
  reasoning_content: z.string().nullish(),
  reasoning: z.unknown().optional(),
  reasoning_details: z.unknown().optional(),
  name: z.string().max(200).nullish(),
  tool_calls: z.array(toolCall).max(200).nullish(),
  function_call: z.object({name: nameField, arguments: z.string().nullish()}).nullish(),
  tool_call_id: callIdField.nullish(),
});

type LooseMessage = z.infer<typeof looseMessage>;

const openaiMessageSchema = looseMessage.refine(saysSomething, {
  message: 'must be a string or a list of parts',
  path: ['content'],
});

type OpenaiMessage = z.infer<typeof openaiMessageSchema>;

export const openaiMessages = listOf(openaiMessageSchema);

/**
 * Puts tool results, which are messages of their own in OpenAI's form, into the answers that called the tools.
 * @throws ChatError `invalid-request` for a result without a call
 */
export function foldMessages(sent: readonly OpenaiMessage[]): readonly PromptMessage[] {
  const folded: (PromptMessage & {readonly parts: Part[]})[] = [];
  const calls: CallPlaces = new Map();
  for (const [index, message] of sent.entries()) {
    const {role, content, refusal, name} = message;
    const speaker = name ? {name} : {};
    switch (role) {
      case 'system':
      case 'developer':
        folded.push({role: 'system', ...speaker, parts: textParts(content)});
        break;
      case 'user':
        folded.push({role, ...speaker, parts: contentParts(content)});
        break;
      case 'assistant': {
        const parts = [...fromReasoningFields(message), ...contentParts(content), ...contentParts(refusal)];
        for (const call of callsIn(message)) {
          calls.set(call.callId, {parts, at: parts.length});
          parts.push(call);
        }
        folded.push({role, ...speaker, parts});
        break;
      }
      case 'tool':
      case 'function':
        putResult(message, {index, calls});
        break;
      default:
        role satisfies never;
    }
  }
  return folded;
}

/** The position of each call, by its id. */
type CallPlaces = Map<string, {readonly parts: Part[]; readonly at: number}>;

function callsIn({tool_calls, function_call}: OpenaiMessage): readonly ToolPart[] {
  const calls = (tool_calls ?? []).map((call) => {
    const further = furtherCallFields(call);
    return {...runningCall(call.id, call.function), ...(further && {providerMetadata: {'openai-chat': further}})};
  });
  return function_call ? [...calls, runningCall(legacyId(function_call.name), function_call)] : calls;
}

function runningCall(callId: string, called: {name: string; arguments?: string | null | undefined}): ToolPart {
  return {type: 'tool', callId, name: called.name, ...toolInput(called.arguments ?? ''), state: 'running'};
}

/** Puts a tool's result into its call. */
function putResult(
  {role, content, tool_call_id, name}: OpenaiMessage,
  {index, calls}: {index: number; calls: CallPlaces},
): void {
  const id = tool_call_id ?? (role === 'function' && name ? legacyId(name) : undefined);
  const place = id === undefined ? undefined : calls.get(id);
  const part = place?.parts[place.at];
  if (!place || part?.type !== 'tool') {
    throw invalidField(
      id === undefined
        ? `messages[${index}] must say which call it answers, by its tool_call_id`
        : `messages[${index}] answers the call "${id}", which no message before it makes`,
      `messages[${index}].tool_call_id`,
    );
  }
  place.parts[place.at] = {...part, state: 'done', output: contentText(content), ...cacheOf(content)};
}

/** Old function calls have no ids: a result answers the newest call of its name. */
function legacyId(name: string): string {
  return `call_${name}`;
}

function contentParts(content: OpenaiMessage['content']): Part[] {
  if (content == null || content === '') return [];
  return typeof content === 'string' ? [{type: 'text', text: content}] : content.map(partOfContent);
}

function partOfContent(part: z.infer<typeof contentPartSchema>): Part {
  switch (part.type) {
    case 'text':
      return {type: 'text', text: part.text, ...cacheControlOf(part)};
    case 'refusal':
      return {type: 'text', text: part.refusal};
    case 'image_url': {
      const {url, detail} = part.image_url;
      return {
        type: 'file',
        url,
        mediaType: mediaTypeOf(url) ?? 'image/*',
        ...(detail != null && {detail}),
        ...cacheControlOf(part),
      };
    }
    case 'input_audio': {
      const mediaType = `audio/${part.input_audio.format}`;
      return {type: 'file', url: `data:${mediaType};base64,${part.input_audio.data}`, mediaType};
    }
    case 'file': {
      const {file_data: data, filename} = part.file;
      if (data == null)
        throw invalidField('A file must bring its content as file_data; nothing is kept here under a file_id');
      const mediaType = mediaTypeOf(data);
      if (mediaType === undefined) throw invalidField('file_data must be a data: URL that names its type');
      return {type: 'file', url: data, mediaType, ...(filename && {name: filename}), ...cacheControlOf(part)};
    }
    default:
      part satisfies never;
      throw invalidField('The content has a part of an unknown type');
  }
}

function contentText(content: OpenaiMessage['content']): string {
  return textOf({parts: textParts(content)});
}

/** The text of a message that may hold text alone, which may be empty: in one part, unless marks for a cache divide it. */
function textParts(content: OpenaiMessage['content']): Part[] {
  const parts = contentParts(content);
  if (parts.some(({type}) => type !== 'text'))
    throw invalidField('Only messages of the user may hold anything but text');
  return markedPart(content) ? parts : [{type: 'text', text: textOf({parts})}];
}

/** A result is one text, so it has the last mark of its parts. */
function cacheOf(content: OpenaiMessage['content']) {
  const marked = markedPart(content);
  return marked && 'cache_control' in marked ? cacheControlOf(marked) : {};
}

function markedPart(content: OpenaiMessage['content']) {
  if (!Array.isArray(content)) return undefined;
  return content.findLast((part) => 'cache_control' in part && part.cache_control != null);
}
