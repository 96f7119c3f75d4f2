/** OpenAI's words for whole answers, models and errors. The words of streams are the dialect's, in the protocol. */
import {
  type ChatError,
  type Json,
  type Message,
  type Model,
  type ToolPart,
  type Usage,
  inputTextOf,
  openaiErrorWords,
  openaiFinishReasons,
  textOf,
} from '@chatlet/protocol';
import type {ErrorPrinter} from '../../response/errors.ts';

export interface CompletionContext {
  readonly id: string;
  readonly model: string;
  /** Seconds since 1970. */
  readonly created: number;
}

/** Whole answers to one request as one completion. */
export function printCompletion({id, model, created}: CompletionContext, answers: readonly Message[]) {
  return {
    id,
    object: 'chat.completion',
    created,
    model,
    choices: answers.map((answer, index) => ({
      index,
      message: printMessage(answer),
      logprobs: null,
      finish_reason: openaiFinishReasons[answer.endReason ?? 'stop'],
    })),
    usage: openaiUsage(sumOf(answers)),
  };
}

function sumOf(answers: readonly Message[]): Usage {
  const promptTokens = answers.reduce((sum, {usage}) => sum + (usage?.promptTokens ?? 0), 0);
  const completionTokens = answers.reduce((sum, {usage}) => sum + (usage?.completionTokens ?? 0), 0);
  return {promptTokens, completionTokens};
}

export function openaiUsage({promptTokens, completionTokens}: Usage) {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  };
}

/** What the model thought before it answered. */
export function thoughtsOf({parts}: Message): string {
  return parts.map((part) => (part.type === 'reasoning' ? part.text : '')).join('');
}

function printMessage(answer: Message): {readonly [field: string]: Json} {
  const text = textOf(answer);
  const calls = answer.parts.filter((part) => part.type === 'tool');
  const thought = thoughtsOf(answer);
  const sources = answer.parts.flatMap((part) => (part.type === 'source' ? [part] : []));
  return {
    role: 'assistant',
    content: text === '' && calls.length > 0 ? null : text,
    refusal: null,
    ...(thought !== '' && {reasoning_content: thought}),
    ...(calls.length > 0 && {tool_calls: calls.map(printCall)}),
    ...(sources.length > 0 && {
      annotations: sources.flatMap(({url, title}) =>
        url === undefined ? [] : [{type: 'url_citation', url_citation: {url, title, start_index: 0, end_index: 0}}],
      ),
    }),
  };
}

function printCall(call: ToolPart): Json {
  return {id: call.callId, type: 'function', function: {name: call.name, arguments: inputTextOf(call)}};
}

/** A model as `/v1/models` lists it. `created` is the server's own beginning: nobody knows the model's. */
export function printModel({id, provider = 'chatlet'}: Model) {
  return {id, object: 'model', created: serverBegan, owned_by: provider};
}

const serverBegan = Math.floor(Date.now() / 1000);

/** `{error: {message, type, param, code}}`, all four always. */
export const printOpenaiError: ErrorPrinter = (error: ChatError) => {
  const {type, code} = openaiErrorWords(error.code);
  return {status: error.status, body: {error: {message: error.message, type, param: paramOf(error), code}}};
};

/** The field that is to blame, as `messages[0].role`; null where it is none of them. */
function paramOf({code, details}: ChatError): string | null {
  if (code === 'context-too-long') return 'messages';
  if (code === 'plan-limit') return details?.['limitName'] === 'maxTokens' ? 'max_tokens' : 'messages';
  const param = details?.['param'];
  return typeof param === 'string' ? param : null;
}
