/** Parses AG-UI's `RunAgentInput`. Unlisted fields are dropped, and with them the state, which no model reads. */
import {type ReasoningPart, type ToolPart, isObject, parseJson, readProviderMetadata} from '@chatlet/protocol';
import {z} from 'zod';
import {check} from '../../../check.ts';
import type {AnswerOptions, PromptMessage} from '../../../engine/provider.ts';
import {optionFields, optionsOf} from '../../request/answer-options.ts';
import {callIdField, inputSchemaOf, listOf, nameField, parametersField, urlField} from '../../request/body-fields.ts';
import {foldMessages, openaiMessages} from '../../request/openai-messages.ts';
import {namesOfUnlisted} from '../../request/unlisted-options.ts';
import type {UnsavedQuestion} from '../../response/unsaved-answer.ts';

const mimeType = z.string().regex(/^[\w.+-]+\/[\w.+-]+$/, 'must be like "image/png"');

const fileSource = z.discriminatedUnion(
  'type',
  [
    z.object({type: z.literal('data'), value: z.base64(), mimeType}),
    z.object({type: z.literal('url'), value: urlField, mimeType: mimeType.nullish()}),
  ],
  {error: 'names a source that is not here: nothing is kept under the id of a file'},
);

const contentPart = z.discriminatedUnion(
  'type',
  [
    z.object({type: z.literal('text'), text: z.string()}),
    z.object({type: z.enum(['image', 'audio', 'document']), source: fileSource}),
  ],
  {error: 'names a kind of content that no model is given here'},
);

const content = z.union([z.string(), z.array(contentPart).max(1000)]);

const encryptedValue = z.string().max(100_000).nullish();

const toolCall = z.object({
  id: callIdField,
  function: z.object({name: nameField, arguments: z.string().nullish()}),
  encryptedValue,
});

const message = z.discriminatedUnion('role', [
  z.object({role: z.enum(['system', 'developer']), content: z.string()}),
  z.object({role: z.literal('user'), content, name: z.string().max(200).nullish()}),
  z.object({
    role: z.literal('assistant'),
    content: z.string().nullish(),
    toolCalls: z.array(toolCall).max(200).nullish(),
  }),
  z.object({role: z.literal('tool'), content, toolCallId: callIdField, error: z.string().nullish()}),
  // Thoughts that an upstream wants back with the answer after them; others are dropped.
  z.object({role: z.literal('reasoning'), content: z.string().nullish(), encryptedValue}),
  // A page shows these beside the conversation. No model reads them.
  z.object({role: z.literal('activity')}),
]);

type Sent = z.infer<typeof message>;

const forwardedProps = z.object({model: nameField.nullish(), ...optionFields});

export const agUiBody = z.object({
  threadId: nameField.nullish(),
  runId: nameField.nullish(),
  messages: listOf(message),
  tools: z
    .array(z.object({name: nameField, description: z.string().nullish(), parameters: parametersField}))
    .max(128)
    .nullish(),
  context: z
    .array(z.object({description: z.string(), value: z.string()}))
    .max(1000)
    .nullish(),
  forwardedProps: forwardedProps.nullish(),
  resume: z
    .array(
      z.object({interruptId: callIdField, status: z.enum(['resolved', 'cancelled']), payload: z.unknown().optional()}),
    )
    .max(100)
    .nullish(),
});

/** An answer to an interrupt. */
export type ResumeEntry = NonNullable<z.infer<typeof agUiBody>['resume']>[number];

export interface AgUiRequest extends UnsavedQuestion {
  readonly threadId?: string | null | undefined;
  readonly runId?: string | null | undefined;
  /** Answers to the interrupts of an earlier run. */
  readonly resume: readonly ResumeEntry[];
}

/** @throws ChatError `invalid-request` */
export function parseAgUi(body: unknown): AgUiRequest {
  const {threadId, runId, messages, tools, context, forwardedProps: forwarded, resume} = check(agUiBody, body);
  const {model, ...options} = forwarded ?? {};
  const spoken = messages.map(toOpenai).filter((each) => each !== undefined);
  const folded = foldMessages(check(z.object({messages: openaiMessages}), {messages: spoken}).messages);
  return {
    threadId,
    runId,
    resume: resume ?? [],
    model: model ?? undefined,
    messages: [...toInstructions(context ?? []), ...withMetadata(folded, messages)],
    messageCount: spoken.length,
    options: {...optionsOf(options), ...toolsOf(tools ?? [])},
    mayBeEmpty: true,
    ignored: isObject(body) ? namesOfUnlisted(body['forwardedProps'], forwardedProps.shape, 'forwardedProps') : [],
  };
}

/** OpenAI's messages are the same under other names. */
function toOpenai(sent: Sent): object | undefined {
  switch (sent.role) {
    case 'system':
    case 'developer':
      return {role: sent.role, content: sent.content};
    case 'user':
      return {role: sent.role, name: sent.name, content: toOpenaiContent(sent.content)};
    case 'assistant':
      return {role: sent.role, content: sent.content ?? '', tool_calls: sent.toolCalls};
    case 'tool':
      return {role: sent.role, tool_call_id: sent.toolCallId, content: sent.error ?? toOpenaiContent(sent.content)};
    case 'activity':
    case 'reasoning':
      return undefined;
    default:
      sent satisfies never;
      return undefined;
  }
}

function toOpenaiContent(sent: z.infer<typeof content>): string | readonly object[] {
  if (typeof sent === 'string') return sent;
  return sent.map((part) => {
    if (part.type === 'text') return part;
    const {source, type} = part;
    const url = source.type === 'url' ? source.value : `data:${source.mimeType};base64,${source.value}`;
    if (type === 'image') return {type: 'image_url', image_url: {url}};
    if (type === 'audio' && source.type === 'data') {
      return {type: 'input_audio', input_audio: {data: source.value, format: source.mimeType.split('/')[1]}};
    }
    return {type: 'file', file: {file_data: url}};
  });
}

/** Facts about the page that the model should know. */
function toInstructions(context: readonly {description: string; value: string}[]): readonly PromptMessage[] {
  if (context.length === 0) return [];
  const text = context.map(({description, value}) => `${description}: ${value}`).join('\n');
  return [{role: 'system', parts: [{type: 'text', text}]}];
}

function toolsOf(tools: NonNullable<z.infer<typeof agUiBody>['tools']>): AnswerOptions {
  if (tools.length === 0) return {};
  return {
    tools: tools.map(({name, description, parameters}) => ({
      name,
      inputSchema: inputSchemaOf(parameters),
      ...(description && {description}),
    })),
  };
}

/** Gives each answer the thoughts before it, and each call its signature, if their upstream wants them back. */
function withMetadata(folded: readonly PromptMessage[], sent: readonly Sent[]): readonly PromptMessage[] {
  const kept = keptOf(sent);
  let answers = 0;
  return folded.map((each) => {
    if (each.role !== 'assistant') return each;
    const {thoughts = [], values} = kept[answers] ?? {};
    answers++;
    const parts = each.parts.map((part) =>
      part.type === 'tool' ? withSignature(part, values?.get(part.callId)) : part,
    );
    return {...each, parts: [...thoughts, ...parts]};
  });
}

interface Kept {
  readonly thoughts: readonly ReasoningPart[];
  /** By the ids of the calls. */
  readonly values: ReadonlyMap<string, string | null | undefined>;
}

/** The metadata that the client has kept for each answer. */
function keptOf(sent: readonly Sent[]): readonly Kept[] {
  const kept: Kept[] = [];
  let thoughts: ReasoningPart[] = [];
  for (const each of sent) {
    if (each.role === 'reasoning') {
      const providerMetadata = readProviderMetadata(parseJson(each.encryptedValue ?? ''));
      if (providerMetadata) thoughts.push({type: 'reasoning', text: each.content ?? '', providerMetadata});
    } else if (each.role === 'assistant') {
      const values = new Map((each.toolCalls ?? []).map((call) => [call.id, call.encryptedValue]));
      kept.push({thoughts, values});
      thoughts = [];
    }
  }
  return kept;
}

/** Only signatures: a client must not add fields of its own choice to the request of an upstream. */
function withSignature(call: ToolPart, value: string | null | undefined): ToolPart {
  const signature = readProviderMetadata(parseJson(value ?? ''))?.['openai-chat']?.['extra_content'];
  if (signature === undefined) return call;
  return {...call, providerMetadata: {'openai-chat': {extra_content: signature}}};
}
