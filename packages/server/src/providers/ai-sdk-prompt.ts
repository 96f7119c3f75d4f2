/** Writes a provider request as the call options of the AI SDK's language models, in all generations. Pure. */
import {
  ChatError,
  type FilePart,
  type Json,
  type Part,
  type ReasoningPart,
  type ToolPart,
  isObject,
  resultTextOf,
  textOf,
  toolRoundsOf,
} from '@chatlet/protocol';
import type {PromptMessage, ProviderRequest} from '../engine/provider.ts';
import {fromOpenaiSignature} from './google-signature.ts';
import {hasWords, inputOf} from './prompt-rules.ts';
import {budgetOf, effortOf, googleBudgetOf} from './reasoning-effort.ts';

/** How a generation spells a file: bare data in v2 and v3, data with its type since v4. */
export type FileSpelling = 'bare' | 'named';

export interface CallContext {
  readonly files: FileSpelling;
  /** Whether the model fetches such a URL by itself. The server never fetches it. */
  readonly fetches: (mediaType: string, url: string) => boolean;
}

/** The options of a call without its signal. */
export function toCallOptions(request: ProviderRequest, context: CallContext): Readonly<Record<string, unknown>> {
  const {tools, toolChoice, stop} = request;
  return {
    prompt: instructionsFirst(request.messages).flatMap((message) => toMessages(message, context)),
    maxOutputTokens: request.maxTokens,
    temperature: request.temperature,
    topP: request.topP,
    stopSequences: stop?.length ? [...stop] : undefined,
    seed: request.seed,
    responseFormat: toResponseFormat(request.responseFormat),
    tools: tools?.length
      ? tools.map(({name, description, inputSchema}) => ({type: 'function', name, description, inputSchema}))
      : undefined,
    toolChoice: tools?.length && toolChoice !== undefined ? toToolChoice(toolChoice) : undefined,
  };
}

/** Google's and other packages refuse instructions that come later. */
function instructionsFirst(messages: readonly PromptMessage[]): readonly PromptMessage[] {
  const isSystem = ({role}: PromptMessage) => role === 'system';
  return [...messages.filter(isSystem), ...messages.filter((message) => !isSystem(message))];
}

type ProviderOptions = Readonly<Record<string, Readonly<Record<string, Json>>>>;

/** Adds the reasoning that was asked for to the `providerOptions`. `provider` is that of a model, such as `openai.chat`. */
export function addReasoning(
  options: ProviderOptions | undefined,
  {reasoning, provider}: {readonly reasoning: ProviderRequest['reasoning']; readonly provider: string},
): ProviderOptions | undefined {
  const [name = ''] = provider.split('.');
  const own = toReasoningOptions(reasoning, name);
  return own ? {...options, [name]: {...options?.[name], ...own}} : options;
}

function toReasoningOptions(
  reasoning: ProviderRequest['reasoning'],
  name: string,
): Readonly<Record<string, Json>> | undefined {
  if (name === 'google') {
    const thinkingBudget = googleBudgetOf(reasoning);
    return thinkingBudget === undefined ? undefined : {thinkingConfig: {thinkingBudget}};
  }
  if (name !== 'anthropic') {
    const reasoningEffort = effortOf(reasoning);
    return reasoningEffort === undefined ? undefined : {reasoningEffort};
  }
  const budget = budgetOf(reasoning);
  if (budget === undefined) return undefined;
  if (budget === 0) return {thinking: {type: 'disabled'}};
  return {thinking: budget === 'adaptive' ? {type: budget} : {type: 'enabled', budgetTokens: budget}};
}

function toToolChoice(choice: NonNullable<ProviderRequest['toolChoice']>): object {
  return typeof choice === 'object' ? {type: 'tool', toolName: choice.name} : {type: choice};
}

/** From OpenAI's `response_format`. */
function toResponseFormat(format: Json | undefined): object | undefined {
  if (!isObject(format)) return undefined;
  if (format['type'] === 'json_object') return {type: 'json'};
  if (format['type'] !== 'json_schema' || !isObject(format['json_schema'])) return undefined;
  const {schema, name, description} = format['json_schema'];
  return {type: 'json', schema, name, description};
}

function toMessages(message: PromptMessage, context: CallContext): readonly object[] {
  switch (message.role) {
    case 'system':
      return [{role: 'system', content: textOf(message)}];
    case 'user': {
      const content = message.parts.flatMap((part) => toContent(part, context));
      return content.length === 0 ? [] : [{role: 'user', content}];
    }
    case 'assistant':
      return toAnswers(message.parts);
    default:
      message.role satisfies never;
      return [];
  }
}

function toContent(part: Part, context: CallContext): readonly object[] {
  if (part.type === 'text') return hasWords(part.text) ? [{type: 'text', text: part.text}] : [];
  return part.type === 'file' ? [toFile(part, context)] : [];
}

function toFile({url, mediaType, name}: FilePart, {files, fetches}: CallContext): object {
  const [, data] = /^data:[^,]*;base64,(.*)$/s.exec(url) ?? [];
  if (data === undefined && !fetches(mediaType, url)) {
    throw new ChatError('invalid-request', 'This model takes files only with their content, as data: URLs.');
  }
  const link = data === undefined ? new URL(url) : undefined;
  if (files === 'bare') return {type: 'file', mediaType, filename: name, data: link ?? data};
  return {type: 'file', mediaType, filename: name, data: link ? {type: 'url', url: link} : {type: 'data', data}};
}

function toAnswers(parts: readonly Part[]): readonly object[] {
  return toolRoundsOf(parts).flatMap(({text, calls, thoughts}) => [
    {
      role: 'assistant',
      content: [
        ...(calls.length > 0 ? thoughts.flatMap(toThought) : []),
        ...(text === '' ? [] : [{type: 'text', text}]),
        ...calls.map((part) => ({
          type: 'tool-call',
          toolCallId: part.callId,
          toolName: part.name,
          input: inputOf(part),
          ...(part.providerMetadata?.['ai-sdk'] ?? fromOpenaiSignature(part.providerMetadata)),
        })),
      ],
    },
    ...(calls.length > 0 ? [{role: 'tool', content: calls.map(toResult)}] : []),
  ]);
}

/** Reasoning as the model gave it; it is signed, so it is of use to that model only. */
function toThought({text, providerMetadata}: ReasoningPart): readonly object[] {
  const own = providerMetadata?.['ai-sdk'];
  return own ? [{type: 'reasoning', text, ...own}] : [];
}

function toResult(part: ToolPart): object {
  const {callId, name, output, state} = part;
  const value = output ?? resultTextOf(part);
  const kind = typeof value === 'string' ? 'text' : 'json';
  const type = state === 'failed' ? `error-${kind}` : kind;
  return {type: 'tool-result', toolCallId: callId, toolName: name, output: {type, value}};
}
