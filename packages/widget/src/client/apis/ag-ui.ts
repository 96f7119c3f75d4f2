/** What an agent is asked that speaks AG-UI: `RunAgentInput`. */
import {inputTextOf, isCall, isObject, resultTextOf, textOf} from '@chatlet/protocol';
import type {FilePart, Json, JsonObject, Message, Part, ToolRound} from '@chatlet/protocol';
import {newId} from '../ids.ts';
import type {ChatRequest} from '../transport.ts';
import {applyPatch} from './json-patch.ts';
import {base64Of, endedRoundsOf} from './body-parts.ts';

/** https://docs.ag-ui.com/sdk/js/core/types#runagentinput. Some agents refuse a request without one of these fields. */
export function writeBody({chatId, model, messages, trigger, replaced}: ChatRequest): Json {
  const goesOn = trigger === 'continue';
  return {
    threadId: chatId,
    runId: newId('run'),
    state: stateOf(messages),
    messages: messages.flatMap((message, index) =>
      toMessages(message, {keepsCalls: goesOn && index === messages.length - 1}),
    ),
    tools: [],
    context: [],
    forwardedProps: {model},
    ...toResume(replaced ?? messages.findLast(({role}) => role === 'assistant'), {
      goesOn,
      isCancelled: replaced !== undefined,
    }),
  };
}

/** What the agent wants back with a part, as the reader of its events has kept it. */
function metadataOf(part: Part): JsonObject {
  return (part.type === 'reasoning' ? part.providerMetadata?.['ag-ui'] : undefined) ?? {};
}

/** The parts of each run of an answer: one that waits ends with its questions, and the next goes on behind them. */
function runsOf({parts}: Message): readonly (readonly Part[])[] {
  const runs: Part[][] = [[]];
  for (const part of parts) {
    runs.at(-1)?.push(part);
    if (metadataOf(part)['interrupts'] !== undefined) runs.push([]);
  }
  return runs;
}

const isJsonObject = (value: Json): value is JsonObject => isObject(value);
const listOf = (value: Json | undefined): readonly JsonObject[] =>
  Array.isArray(value) ? value.filter(isJsonObject) : [];

/** The state of the agent after all these answers. */
function stateOf(messages: readonly Message[]): Json {
  let state: Json = {};
  const parts = messages.flatMap((message) => message.parts);
  for (const {snapshot, delta} of parts.flatMap((part) => listOf(metadataOf(part)['changes']))) {
    state = snapshot === undefined ? applyPatch(state, delta) : snapshot;
  }
  return state;
}

/**
 * The replies to all questions of the run before. An agent that waits for a person takes no new question before it has
 * them; if nobody has agreed to anything, or another answer is wanted instead, they say that.
 */
function toResume(
  answer: Message | undefined,
  {goesOn, isCancelled}: {readonly goesOn: boolean; readonly isCancelled: boolean},
): JsonObject {
  const last = answer?.parts.at(-1);
  const interrupts = listOf(last && metadataOf(last)['interrupts']);
  const replies = interrupts.map(({callId}) => keptReply(answer, callId));
  // The agent has got them, and had nothing to say.
  const isOver = !goesOn && answer?.status !== 'waiting' && replies.some((reply) => reply !== undefined);
  if (interrupts.length === 0 || isOver) return {};
  return {
    resume: interrupts.map((interrupt, index) => toEntry(interrupt, isCancelled ? undefined : replies[index])),
  };
}

/** The reply of the visitor, as the page has kept it with the call. */
function keptReply(answer: Message | undefined, callId: Json | undefined): JsonObject | undefined {
  const call = typeof callId === 'string' ? answer?.parts.find((part) => isCall(part, callId)) : undefined;
  return call?.type === 'tool' && isObject(call.kept) ? call.kept : undefined;
}

function toEntry({id, payload: form}: JsonObject, reply: JsonObject | undefined): Json {
  const {approval, input, reason, action, content} = reply ?? {};
  const isResolved = approval !== undefined || action === 'accept';
  if (!isResolved) return {interruptId: id, status: 'cancelled'};
  const approved = approval !== 'refused';
  const said = {
    approved,
    ...(input !== undefined && {editedArgs: input}),
    ...(reason !== undefined && {reason}),
  };
  const payload = approval === undefined ? content : form === 'boolean' ? approved : said;
  return {interruptId: id, status: 'resolved', ...(payload !== undefined && {payload})};
}

/** The agent's own messages. Calls without a result are left out, since models' APIs refuse them. */
function withoutOpenCalls(messages: readonly JsonObject[]): readonly Json[] {
  const ended = new Set(messages.map(({toolCallId}) => toolCallId));
  return messages.map(({toolCalls, ...message}) => {
    const calls = listOf(toolCalls).filter(({id}) => ended.has(id));
    return calls.length === 0 ? message : {...message, toolCalls: calls};
  });
}

function toMessages(message: Message, {keepsCalls}: {keepsCalls: boolean}): readonly Json[] {
  const {id, role} = message;
  if (role === 'assistant') {
    const all = runsOf(message).flatMap((parts) => {
      const own = parts.flatMap((part) => listOf(metadataOf(part)['messages']));
      if (own.length > 0) return own;
      return endedRoundsOf({parts}).flatMap((round, index) => toRoundMessages(id, round, index));
    });
    return keepsCalls ? all : withoutOpenCalls(all);
  }
  const text = textOf(message);
  const files = message.parts.filter((part) => part.type === 'file').map(toContent);
  if (files.length > 0) return [{id, role, content: [{type: 'text', text}, ...files]}];
  return text === '' ? [] : [{id, role, content: text}];
}

function toRoundMessages(id: string, {text, calls}: ToolRound, index: number): readonly JsonObject[] {
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
    ...calls.map((call): JsonObject => ({
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
