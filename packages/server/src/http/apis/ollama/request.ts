/** Parses the bodies of Ollama's clients. */
import {type Json, type Part, type ToolPart, asJson, isObject} from '@chatlet/protocol';
import {z} from 'zod';
import {check} from '../../../check.ts';
import type {AnswerOptions, PromptMessage} from '../../../engine/provider.ts';
import {inputSchemaOf, listOf, nameField, parametersField, stopField, stopOption} from '../../request/body-fields.ts';
import {namesOfUnlisted} from '../../request/unlisted-options.ts';

const imagesField = z.array(z.base64()).max(100).nullish();
const formatField = z.union([z.enum(['', 'json']), z.record(z.string(), z.unknown())]).nullish();
const optionsField = z.object({
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  // A negative number means no limit.
  num_predict: z.int().nullish(),
  seed: z.int().nullish(),
  stop: stopField,
});

const ollamaToolCall = z.object({function: z.object({name: nameField, arguments: z.unknown()})});

const ollamaMessage = z.object({
  role: z.enum(['system', 'user', 'assistant', 'tool']),
  content: z.string().nullish(),
  images: imagesField,
  tool_calls: z.array(ollamaToolCall).max(200).nullish(),
  tool_name: z.string().nullish(),
});

export const ollamaBody = z.object({
  model: nameField,
  messages: listOf(ollamaMessage),
  stream: z.boolean().nullish(),
  format: formatField,
  tools: z
    .array(
      z.object({
        function: z.object({
          name: nameField,
          description: z.string().nullish(),
          parameters: parametersField,
        }),
      }),
    )
    .max(128)
    .nullish(),
  options: optionsField.nullish(),
});

/** Fields that only a model's own prompt template could obey. */
const notPassed = z
  .unknown()
  .refine(
    (value) => value == null || value === '' || value === false,
    'cannot be passed on to the models of this server',
  )
  .optional();

export const generateBody = z.object({
  model: nameField,
  prompt: z.string().nullish(),
  system: z.string().nullish(),
  images: imagesField,
  stream: z.boolean().nullish(),
  format: formatField,
  options: optionsField.nullish(),
  suffix: notPassed,
  template: notPassed,
  raw: notPassed,
});

const inputField = z.union([z.string(), z.array(z.string()).max(2048)]);

export const embedBody = z.object({model: nameField, input: inputField, dimensions: z.int().min(1).nullish()});

export const embeddingsBody = z.object({model: nameField, prompt: z.string()});

export const showBody = z
  .object({model: nameField.nullish(), name: nameField.nullish()})
  .refine(({model, name}) => model ?? name, {message: 'must be a string', path: ['model']});

type SentMessage = z.infer<typeof ollamaMessage>;
type Body = z.infer<typeof ollamaBody>;

export interface OllamaRequest {
  readonly model: string;
  readonly messages: readonly PromptMessage[];
  readonly messageCount: number;
  readonly options: AnswerOptions;
  /** True by default, unlike in OpenAI's API. */
  readonly streams: boolean;
  readonly ignored: readonly string[];
}

/** @throws ChatError `invalid-request` */
export function parseOllama(sent: unknown): OllamaRequest {
  return {...toRequest(check(ollamaBody, sent)), ignored: findIgnored(sent, ollamaBody.shape)};
}

/** @throws ChatError `invalid-request` */
export function parseGenerate(sent: unknown): OllamaRequest {
  const {prompt, system, images, ...asked} = check(generateBody, sent);
  const question = {role: 'user' as const, content: prompt, images};
  const messages = [...(system ? [{role: 'system' as const, content: system}] : []), question];
  return {...toRequest({...asked, messages}), ignored: findIgnored(sent, generateBody.shape)};
}

function findIgnored(sent: unknown, fields: object): readonly string[] {
  const options = isObject(sent) ? sent['options'] : undefined;
  return [...namesOfUnlisted(sent, fields), ...namesOfUnlisted(options, optionsField.shape, 'options')];
}

function toRequest({model, messages, stream, ...asked}: z.infer<typeof ollamaBody>): Omit<OllamaRequest, 'ignored'> {
  return {
    model,
    messages: foldOllamaMessages(messages),
    messageCount: messages.length,
    options: ollamaOptionsOf(asked),
    streams: stream ?? true,
  };
}

/** A question without words only wants the model to be loaded. */
export function isLoading({messages}: Pick<OllamaRequest, 'messages'>): boolean {
  return messages.at(-1)?.parts.length === 0;
}

export interface EmbedRequest {
  readonly model: string;
  readonly input: readonly string[];
  readonly dimensions?: number | undefined;
}

/** @throws ChatError `invalid-request` */
export function parseEmbed(sent: unknown): EmbedRequest {
  const {model, input, dimensions} = check(embedBody, sent);
  return {model, input: [input].flat(), dimensions: dimensions ?? undefined};
}

/** @throws ChatError `invalid-request` */
export function parseEmbeddings(sent: unknown): EmbedRequest {
  const {model, prompt} = check(embeddingsBody, sent);
  return {model, input: [prompt]};
}

/** The name of the model; older clients call it `name`. @throws ChatError `invalid-request` */
export function parseShow(sent: unknown): string | undefined {
  const {model, name} = check(showBody, sent);
  return model ?? name ?? undefined;
}

function ollamaOptionsOf({options, format, tools}: Partial<Pick<Body, 'options' | 'format' | 'tools'>>): AnswerOptions {
  const {temperature, top_p: topP, num_predict: maxTokens = -1, seed, stop} = options ?? {};
  return {
    ...(temperature != null && {temperature}),
    ...(topP != null && {topP}),
    ...(maxTokens != null && maxTokens > 0 && {maxTokens}),
    ...(seed != null && {seed}),
    ...stopOption(stop),
    ...(format && {responseFormat: ollamaFormatOf(format)}),
    ...(tools?.length && {
      tools: tools.map(({function: {name, description, parameters}}) => ({
        name,
        inputSchema: inputSchemaOf(parameters),
        ...(description != null && {description}),
      })),
    }),
  };
}

function ollamaFormatOf(format: string | Readonly<Record<string, unknown>>): Json {
  if (typeof format === 'string') return {type: 'json_object'};
  return {type: 'json_schema', json_schema: {name: 'answer', schema: asJson(format)}};
}

/** Ollama's tool calls have no ids: a result answers the first call of its name that has no result yet. */
function foldOllamaMessages(sent: readonly SentMessage[]): readonly PromptMessage[] {
  const folded: {role: PromptMessage['role']; parts: Part[]}[] = [];
  let calls = 0;
  for (const {role, content, images, tool_calls, tool_name} of sent) {
    if (role === 'tool') {
      const answers = (part: Part): part is ToolPart =>
        part.type === 'tool' && part.output === undefined && (!tool_name || part.name === tool_name);
      const caller = folded.find(({parts}) => parts.some(answers));
      const at = caller?.parts.findIndex(answers) ?? -1;
      const part = caller?.parts[at];
      // A result without a call is passed on as a message of the user.
      if (!caller || part?.type !== 'tool') folded.push({role: 'user', parts: [{type: 'text', text: content ?? ''}]});
      else caller.parts[at] = {...part, state: 'done', output: content ?? ''};
      continue;
    }
    const parts: Part[] = content ? [{type: 'text', text: content}] : [];
    for (const image of images ?? []) parts.push({type: 'file', ...imageOf(image)});
    for (const {function: called} of tool_calls ?? []) {
      calls++;
      const input = asJson(called.arguments ?? {});
      parts.push({type: 'tool', callId: `call_${calls}`, name: called.name, input, state: 'running'});
    }
    folded.push({role, parts});
  }
  return folded;
}

/** Ollama sends images as bare base64; their first bytes tell the type. */
function imageOf(base64: string): {url: string; mediaType: string} {
  const types = {iVBOR: 'image/png', '/9j/': 'image/jpeg', R0lGOD: 'image/gif', UklGR: 'image/webp'};
  const mediaType = Object.entries(types).find(([begin]) => base64.startsWith(begin))?.[1] ?? 'image/png';
  return {url: `data:${mediaType};base64,${base64}`, mediaType};
}
