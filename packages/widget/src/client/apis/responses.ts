/** What OpenAI's Responses API is asked. Nothing is stored there: each question brings its conversation along. */
import {inputTextOf, resultTextOf, textOf} from '@chatlet/protocol';
import type {FilePart, Json, Message, ToolRound} from '@chatlet/protocol';
import type {ChatRequest} from '../transport.ts';
import {endedRoundsOf} from './body-parts.ts';

/** https://platform.openai.com/docs/api-reference/responses/create */
export function writeBody({model, messages}: ChatRequest): Json {
  return {model, input: messages.flatMap(toItems), stream: true, store: false};
}

function toItems(message: Message): readonly Json[] {
  if (message.role === 'assistant') return endedRoundsOf(message).flatMap(toRoundItems);
  const text = textOf(message);
  const files = message.parts.filter((part) => part.type === 'file').map(toContent);
  if (files.length > 0) return [{role: message.role, content: [{type: 'input_text', text}, ...files]}];
  return text === '' ? [] : [{role: message.role, content: text}];
}

function toRoundItems({text, calls}: ToolRound): readonly Json[] {
  const items = calls.flatMap((call): readonly Json[] => [
    {type: 'function_call', call_id: call.callId, name: call.name, arguments: inputTextOf(call)},
    {type: 'function_call_output', call_id: call.callId, output: resultTextOf(call)},
  ]);
  return text === '' ? items : [{role: 'assistant', content: text}, ...items];
}

function toContent({url, mediaType, name, detail = 'auto'}: FilePart): Json {
  if (mediaType.startsWith('image/')) return {type: 'input_image', image_url: url, detail};
  return {
    type: 'input_file',
    ...(url.startsWith('data:') ? {filename: name ?? 'file', file_data: url} : {file_url: url}),
  };
}
