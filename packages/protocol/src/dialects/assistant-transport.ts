/** assistant-ui's transport: parts are addressed by their index, and `message-finish` is the end. Read only. */
import type {Decoder, Dialect} from '../dialect.ts';
import type {ChatEvent} from '../event.ts';
import {asJson, asString, asText, isObject} from '../json.ts';
import type {UncheckedObject} from '../json.ts';
import {sourceEvent, usageEvent} from './fields.ts';
import {endEvent} from './finish-words.ts';
import {jsonFrames} from './json-frames.ts';
import {pushCall, toolInput} from './tool-input.ts';

interface OpenPart {
  readonly type: string;
  readonly callId: string;
  readonly name: string;
  text: string;
  called: boolean;
}

/** The assistant transport of assistant-ui. */
export const assistantTransport: Dialect = {
  name: 'assistant-transport',
  contentType: 'text/event-stream; charset=utf-8',
  decoder: assistantTransportDecoder,
};

export function assistantTransportDecoder(): Decoder {
  const parts: OpenPart[] = [];

  const findPart = (event: UncheckedObject): OpenPart | undefined => {
    const {path} = event;
    return Array.isArray(path) && typeof path[0] === 'number' ? parts[path[0]] : undefined;
  };
  const emitCall = (part: OpenPart | undefined, out: ChatEvent[]): void => {
    if (part === undefined || part.type !== 'tool-call' || part.called) return;
    part.called = true;
    pushCall({callId: part.callId, name: part.name, ...toolInput(part.text)}, out);
  };
  const beginPart = (part: UncheckedObject, out: ChatEvent[]): void => {
    const callId = asString(part['toolCallId']) ?? '';
    const name = asString(part['toolName']) ?? '';
    parts.push({type: asString(part['type']) ?? '', callId, name, text: '', called: false});
    if (part['type'] !== 'source') return;
    const {id, title, url} = part;
    const source = sourceEvent({id, title, url});
    if (source !== undefined) out.push(source);
  };

  return jsonFrames({
    read(event, out) {
      const part = findPart(event);
      switch (event['type']) {
        case 'step-start': {
          const messageId = asString(event['messageId']);
          if (messageId !== undefined && parts.length === 0) out.push({type: 'message-start', messageId, model: ''});
          return;
        }
        case 'part-start':
          if (isObject(event['part'])) beginPart(event['part'], out);
          return;
        case 'text-delta': {
          const delta = asText(event['textDelta']);
          if (delta === '' || part === undefined) return;
          if (part.type === 'tool-call') part.text += delta;
          else out.push({type: part.type === 'reasoning' ? 'reasoning-delta' : 'text-delta', delta});
          return;
        }
        case 'tool-call-args-text-finish':
          emitCall(part, out);
          return;
        case 'result': {
          emitCall(part, out);
          const failed = event['isError'] === true ? {failed: true} : {};
          const output = asJson(event['result']);
          if (part !== undefined) out.push({type: 'tool-result', callId: part.callId, output, ...failed});
          return;
        }
        case 'message-finish': {
          for (const open of parts) emitCall(open, out);
          const {usage} = event;
          const counted =
            usageEvent(usage, 'inputTokens', 'outputTokens') ?? usageEvent(usage, 'promptTokens', 'completionTokens');
          if (counted !== undefined) out.push(counted);
          out.push(endEvent(event['finishReason']));
          return;
        }
        default:
      }
    },
  });
}
