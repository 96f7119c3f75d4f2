/** What an agent is asked that speaks AG-UI: `RunAgentInput`. */
import {inputTextOf, textOf} from '@chatlet/protocol';
import type {FilePart, Json, Message} from '@chatlet/protocol';
import {newId} from '../ids.ts';
import type {ChatRequest} from '../transport.ts';
import {base64Of, outputText, toSteps} from './steps.ts';

/** https://docs.ag-ui.com/sdk/js/core/types#runagentinput. Some agents refuse a request without one of these fields. */
export function writeBody({chatId, model, messages}: ChatRequest): Json {
  return {
    threadId: chatId,
    runId: newId('run'),
    state: {},
    messages: messages.flatMap(toMessages),
    tools: [],
    context: [],
    forwardedProps: {model},
  };
}

function toMessages(message: Message): readonly Json[] {
  const {id, role} = message;
  if (role === 'assistant') return toSteps(message).flatMap((step, index) => toStepMessages(id, step, index));
  const text = textOf(message);
  const files = message.parts.filter((part) => part.type === 'file').map(toContent);
  if (files.length > 0) return [{id, role, content: [{type: 'text', text}, ...files]}];
  return text === '' ? [] : [{id, role, content: text}];
}

function toStepMessages(id: string, {text, calls}: ReturnType<typeof toSteps>[number], index: number): readonly Json[] {
  const toolCalls = calls.map((call): Json => ({
    id: call.callId,
    type: 'function',
    function: {name: call.name, arguments: inputTextOf(call)},
  }));
  return [
    {
      id: index === 0 ? id : `${id}_${index + 1}`,
      role: 'assistant',
      content: text,
      ...(toolCalls.length > 0 && {toolCalls}),
    },
    ...calls.map((call): Json => ({
      id: `${call.callId}_result`,
      role: 'tool',
      toolCallId: call.callId,
      content: outputText(call),
    })),
  ];
}

function toContent({url, mediaType}: FilePart): Json {
  const [kind = ''] = mediaType.split('/');
  const value = base64Of(url);
  return {
    type: kind === 'image' || kind === 'audio' || kind === 'video' ? kind : 'document',
    source:
      value === undefined ? {type: 'url', value: url, mimeType: mediaType} : {type: 'data', value, mimeType: mediaType},
  };
}
