/** What Ollama's `/api/chat` is asked. */
import {resultTextOf, textOf} from '@chatlet/protocol';
import type {Json, Message, ToolRound} from '@chatlet/protocol';
import type {ChatRequest} from '../transport.ts';
import {base64Of, endedRoundsOf} from './body-parts.ts';

/** https://docs.ollama.com/api/chat */
export function writeBody({model, messages}: ChatRequest): Json {
  return {model, messages: messages.flatMap(toMessages), stream: true};
}

function toMessages(message: Message): readonly Json[] {
  if (message.role === 'assistant') return endedRoundsOf(message).flatMap(toRoundMessages);
  const content = [textOf(message), ...namesOfOthers(message)].filter((text) => text !== '').join('\n');
  const images = imagesOf(message);
  if (content === '' && images.length === 0) return [];
  return [{role: message.role, content, ...(images.length > 0 && {images})}];
}

function toRoundMessages({text, calls}: ToolRound): readonly Json[] {
  if (calls.length === 0) return [{role: 'assistant', content: text}];
  const called = calls.map(({name, input}): Json => ({function: {name, arguments: input}}));
  return [
    {role: 'assistant', content: text, tool_calls: called},
    ...calls.map((call): Json => ({role: 'tool', tool_name: call.name, content: resultTextOf(call)})),
  ];
}

/** Ollama takes images as base64. */
function imagesOf({parts}: Message): readonly string[] {
  return parts.flatMap((part) => (part.type === 'file' && isImage(part.mediaType) ? (base64Of(part.url) ?? []) : []));
}

/** Ollama takes no other files, so the model is told their names. */
function namesOfOthers({parts}: Message): readonly string[] {
  return parts.flatMap((part) => {
    if (part.type !== 'file' || (isImage(part.mediaType) && base64Of(part.url) !== undefined)) return [];
    return `[${part.name ?? (part.url.startsWith('data:') ? part.mediaType : part.url)}]`;
  });
}

const isImage = (mediaType: string) => mediaType.startsWith('image/');
