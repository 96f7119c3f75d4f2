/** Prints whole answers as OpenAI's chat completions, for several APIs. The protocol's dialect prints streams. */
import {
  type Json,
  type JsonObject,
  type Message,
  type ToolPart,
  inputTextOf,
  openaiFinishReasons,
  openaiUsage,
  startOfCited,
  textOf,
  toReasoningDetails,
  urlCitation,
} from '@chatlet/protocol';
import {z} from 'zod';
import {sourcesIn} from '../../engine/grounding/sources.ts';
import {type AnswerSchema, countField, textField} from './answer-schemas.ts';
import {sumUsage} from '../../engine/usage-sums.ts';

export interface ChatCompletionContext {
  readonly id: string;
  readonly model: string;
  /** Seconds since 1970. */
  readonly created: number;
  /** For each answer, if the caller asked for them. */
  readonly logprobs?: readonly Json[];
}

/** Prints all answers to one request as one completion. */
export function printChatCompletion(
  {id, model, created, logprobs = []}: ChatCompletionContext,
  answers: readonly Message[],
) {
  return {
    id,
    object: 'chat.completion',
    created,
    model,
    choices: answers.map((answer, index) => ({
      index,
      message: printAnswerMessage(answer),
      logprobs: logprobs[index] ?? null,
      finish_reason: openaiFinishReasons[answer.endReason ?? 'stop'],
    })),
    usage: openaiUsage(sumUsage(answers.map(({usage}) => usage))),
  };
}

/** The model's reasoning. */
export function thoughtsOf({parts}: Message): string {
  return parts.map((part) => (part.type === 'reasoning' ? part.text : '')).join('');
}

function printAnswerMessage(answer: Message): {readonly [field: string]: Json} {
  const text = textOf(answer);
  const calls = answer.parts.filter((part) => part.type === 'tool');
  const thought = thoughtsOf(answer);
  const details = answer.parts.flatMap((part) =>
    part.type === 'reasoning' && part.providerMetadata ? toReasoningDetails(part.text, part.providerMetadata) : [],
  );
  const annotations = printAnnotations(answer);
  return {
    role: 'assistant',
    content: text === '' && calls.length > 0 ? null : text,
    refusal: null,
    ...(thought !== '' && {reasoning_content: thought}),
    ...(details.length > 0 && {reasoning_details: details}),
    ...(calls.length > 0 && {tool_calls: calls.map(printCall)}),
    ...(annotations.length > 0 && {annotations}),
  };
}

/** The marks with their stretches of the text, then the sources that no mark names. */
function printAnnotations({parts}: Message): readonly JsonObject[] {
  const sources = sourcesIn(parts);
  const uncited = new Map(sources);
  const annotations: (JsonObject | undefined)[] = [];
  let offset = 0;
  for (const part of parts) {
    if (part.type !== 'text') continue;
    for (const {at, sourceId, quote} of part.citations ?? []) {
      const source = sources.get(sourceId);
      const place = {start: offset + startOfCited(part.text, at), end: offset + at};
      if (source) annotations.push(urlCitation({...source, quote}, place));
      uncited.delete(sourceId);
    }
    offset += part.text.length;
  }
  for (const source of uncited.values()) annotations.push(urlCitation(source));
  return annotations.filter((each) => each !== undefined);
}

function printCall(call: ToolPart): Json {
  const {callId: id, name, providerMetadata} = call;
  return {...providerMetadata?.['openai-chat'], id, type: 'function', function: {name, arguments: inputTextOf(call)}};
}

export const chatCompletionSchema = z.looseObject({
  id: textField,
  object: z.literal('chat.completion'),
  created: countField,
  model: textField,
  choices: z.array(
    z.looseObject({
      index: countField,
      message: z.looseObject({role: z.literal('assistant'), content: z.string().nullable()}),
      finish_reason: textField,
    }),
  ),
  usage: z.looseObject({prompt_tokens: countField, completion_tokens: countField, total_tokens: countField}),
});

export const chatCompletionAnswer: AnswerSchema = {name: 'completion', schema: chatCompletionSchema};
