/** What an agent is asked that speaks AG-UI: `RunAgentInput`. */
import {inputTextOf, isObject, resultTextOf, textOf} from '@chatlet/protocol';
import type {FilePart, Json, JsonObject, Message, ToolRound} from '@chatlet/protocol';
import {newId} from '../ids.ts';
import type {ChatRequest} from '../transport.ts';
import {applyPatch} from './json-patch.ts';
import {base64Of, endedRoundsOf} from './body-parts.ts';

/** https://docs.ag-ui.com/sdk/js/core/types#runagentinput. Some agents refuse a request without one of these fields. */
export function writeBody({chatId, model, messages}: ChatRequest): Json {
  return {
    threadId: chatId,
    runId: newId('run'),
    state: stateOf(messages),
    messages: messages.flatMap(toMessages),
    tools: [],
    context: [],
    forwardedProps: {model},
    ...toResume(messages.findLast(({role}) => role === 'assistant')),
  };
}

/** What the agent wants back of an answer, as the reader of its events has kept it. */
function metadataOf({parts}: Message): JsonObject {
  for (const part of parts) {
    const metadata = part.type === 'reasoning' ? part.providerMetadata?.['ag-ui'] : undefined;
    if (metadata !== undefined) return metadata;
  }
  return {};
}

const isJsonObject = (value: Json): value is JsonObject => isObject(value);
const listOf = (value: Json | undefined): readonly JsonObject[] =>
  Array.isArray(value) ? value.filter(isJsonObject) : [];

/** The state of the agent after all these answers. */
function stateOf(messages: readonly Message[]): Json {
  let state: Json = {};
  for (const {snapshot, delta} of messages.flatMap((message) => listOf(metadataOf(message)['changes']))) {
    state = snapshot === undefined ? applyPatch(state, delta) : snapshot;
  }
  return state;
}

/**
 * An agent that waits for a person takes no new question before it has a reply. Nobody has agreed to anything, so the
 * reply is that.
 */
function toResume(answer: Message | undefined): JsonObject {
  const interrupts = listOf(answer && metadataOf(answer)['interrupts']);
  if (interrupts.length === 0) return {};
  return {resume: interrupts.map(({id}) => ({interruptId: id, status: 'cancelled'}))};
}

/** The agent's own messages. Calls without a result are left out, since models' APIs refuse them. */
function withoutOpenCalls(messages: readonly JsonObject[]): readonly Json[] {
  const ended = new Set(messages.map(({toolCallId}) => toolCallId));
  return messages.map(({toolCalls, ...message}) => {
    const calls = listOf(toolCalls).filter(({id}) => ended.has(id));
    return calls.length === 0 ? message : {...message, toolCalls: calls};
  });
}

function toMessages(message: Message): readonly Json[] {
  const {id, role} = message;
  if (role === 'assistant') {
    const own = listOf(metadataOf(message)['messages']);
    if (own.length > 0) return withoutOpenCalls(own);
    return endedRoundsOf(message).flatMap((round, index) => toRoundMessages(id, round, index));
  }
  const text = textOf(message);
  const files = message.parts.filter((part) => part.type === 'file').map(toContent);
  if (files.length > 0) return [{id, role, content: [{type: 'text', text}, ...files]}];
  return text === '' ? [] : [{id, role, content: text}];
}

function toRoundMessages(id: string, {text, calls}: ToolRound, index: number): readonly Json[] {
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
      content: resultTextOf(call),
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
