/** AG-UI: events with types in capitals, ended by `RUN_FINISHED`. State and steps are skipped. */
import type {Decoder, Dialect} from '../dialect.ts';
import type {ChatEvent} from '../event.ts';
import {toErrorEvent} from '../foreign-error.ts';
import {asNumber, asString, asText, isObject} from '../json.ts';
import type {UncheckedObject} from '../json.ts';
import {agUiEncoder} from './ag-ui-encoder.ts';
import {sourceEvent, usageDetails} from './fields.ts';
import {jsonFrames} from './json-frames.ts';
import {pushCall, toolInput} from './tool-input.ts';

export const agUi: Dialect = {
  name: 'ag-ui',
  contentType: 'text/event-stream; charset=utf-8',
  decoder: agUiDecoder,
  encoder: (context) => agUiEncoder(context),
};

export function agUiDecoder(): Decoder {
  const pendingCalls = new Map<string, {name: string; text: string}>();
  let currentId = '';
  let hasStarted = false;

  const emitCall = (callId: string, out: ChatEvent[]): void => {
    const pending = pendingCalls.get(callId);
    if (pending === undefined) return;
    pendingCalls.delete(callId);
    pushCall({callId, name: pending.name, ...toolInput(pending.text)}, out);
  };
  const beginCall = (event: UncheckedObject): void => {
    const callId = asString(event['toolCallId']);
    const name = asString(event['toolCallName']);
    if (callId !== undefined && name !== undefined && !pendingCalls.has(callId))
      pendingCalls.set(callId, {name, text: ''});
  };
  // Only the first chunk of a call must have its id; the others belong to the call before them.
  const growCall = (event: UncheckedObject): void => {
    currentId = asString(event['toolCallId']) ?? currentId;
    const pending = pendingCalls.get(currentId);
    if (pending !== undefined) pending.text += asText(event['delta']);
  };
  const start = (messageId: string | undefined, out: ChatEvent[]): void => {
    if (hasStarted || messageId === undefined) return;
    hasStarted = true;
    out.push({type: 'message-start', messageId, model: ''});
  };
  const emitCalls = (out: ChatEvent[]): void => {
    for (const callId of pendingCalls.keys()) emitCall(callId, out);
  };

  return jsonFrames({
    read(event, out) {
      const delta = asText(event['delta']);
      const callId = asString(event['toolCallId']) ?? '';
      switch (event['type']) {
        case 'TEXT_MESSAGE_START':
        case 'TEXT_MESSAGE_CHUNK':
        case 'TEXT_MESSAGE_CONTENT': {
          start(asString(event['messageId']), out);
          if (delta !== '') out.push({type: 'text-delta', delta});
          return;
        }
        case 'REASONING_MESSAGE_CONTENT':
        case 'REASONING_MESSAGE_CHUNK':
        case 'THINKING_TEXT_MESSAGE_CONTENT':
          if (delta !== '') out.push({type: 'reasoning-delta', delta});
          return;
        case 'TOOL_CALL_START':
          start(asString(event['parentMessageId']), out);
          beginCall(event);
          currentId = callId;
          return;
        case 'TOOL_CALL_ARGS':
          growCall(event);
          return;
        case 'TOOL_CALL_CHUNK':
          beginCall(event);
          growCall(event);
          return;
        case 'TOOL_CALL_END':
          emitCall(callId, out);
          return;
        case 'TOOL_CALL_RESULT':
          emitCall(callId, out);
          out.push({type: 'tool-result', callId, output: asString(event['content']) ?? ''});
          return;
        case 'CUSTOM': {
          const {name, value} = event;
          if (name !== 'source' || !isObject(value)) return;
          const {id, title, url, quote} = value;
          const source = sourceEvent({id, title, url, quote});
          if (source !== undefined) out.push(source);
          return;
        }
        case 'RUN_FINISHED':
          emitCalls(out);
          readUsage(event['usage'], out);
          out.push({type: 'message-end', reason: 'stop'});
          return;
        case 'RUN_ERROR': {
          const code = asString(event['code']);
          readUsage(event['usage'], out);
          out.push(toErrorEvent({message: asString(event['message']), words: code === undefined ? [] : [code]}));
          return;
        }
        default:
      }
    },
  });
}

/** Reads the usage: one object, or one for each model that took part. */
function readUsage(value: unknown, out: ChatEvent[]): void {
  const figures = Array.isArray(value) ? value.filter(isObject) : isObject(value) ? [value] : [];
  if (figures.length === 0) return;
  let promptTokens = 0;
  let completionTokens = 0;
  for (const figure of figures) {
    promptTokens += asNumber(figure['inputTokens']) ?? 0;
    completionTokens += asNumber(figure['outputTokens']) ?? 0;
  }
  const details = usageDetails(figures.length === 1 ? (figures[0] ?? {}) : {});
  out.push({type: 'usage', promptTokens, completionTokens, ...details});
}
