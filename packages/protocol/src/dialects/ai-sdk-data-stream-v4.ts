/** The data stream of AI SDK 4: lines of a one-character code, a colon and JSON. `useChat` of `ai/react` reads it. */
import type {Decoder, Dialect, EncodeContext, Encoder} from '../dialect.ts';
import {ChatError} from '../error.ts';
import type {ChatEvent, UsageEvent} from '../event.ts';
import {safeMessage} from '../foreign-error.ts';
import {lineDecoder} from '../framing.ts';
import {asJson, asString, asText, isObject, parseJson} from '../json.ts';
import {encodeEach} from './encode-each.ts';
import {sourceEvent, usageEvent} from './fields.ts';
import {citationEvent} from './own-fields.ts';
import {endEvent} from './finish-words.ts';
import {pushCall, toolInput} from './tool-input.ts';

/** The data stream of the AI SDK 4: lines that begin with a code of one character. */
export const aiSdkDataStreamV4: Dialect = {
  name: 'ai-sdk-data-stream-v4',
  contentType: 'text/plain; charset=utf-8',
  headers: {'x-vercel-ai-data-stream': 'v1'},
  decoder: aiSdkDataStreamV4Decoder,
  encoder: aiSdkDataStreamV4Encoder,
};

export function aiSdkDataStreamV4Decoder(): Decoder {
  // Calls with input in pieces. The whole call usually follows.
  const pendingCalls = new Map<string, {name: string; text: string}>();

  const emitCalls = (out: ChatEvent[]): void => {
    for (const [callId, {name, text}] of pendingCalls) pushCall({callId, name, ...toolInput(text)}, out);
    pendingCalls.clear();
  };
  return lineDecoder({
    read(line, out) {
      if (line.charAt(1) !== ':') return;
      const value = parseJson(line.slice(2));
      const code = line.charAt(0);
      if (code === '0' || code === 'g') {
        const delta = asText(value);
        if (delta !== '') out.push({type: code === '0' ? 'text-delta' : 'reasoning-delta', delta});
        return;
      }
      if (code === '3') {
        const message = safeMessage(typeof value === 'string' ? value : undefined);
        out.push(new ChatError('provider-error', message).toEvent());
        return;
      }
      if (code === '8' && Array.isArray(value)) {
        for (const annotation of value) {
          const citation = isObject(annotation) && annotation['type'] === 'citation' && citationEvent(annotation);
          if (citation) out.push(citation);
        }
        return;
      }
      if (!isObject(value)) return;
      const callId = asString(value['toolCallId']) ?? '';
      const name = asString(value['toolName']) ?? '';
      switch (code) {
        case 'f': {
          const messageId = asString(value['messageId']);
          if (messageId !== undefined) out.push({type: 'message-start', messageId, model: ''});
          return;
        }
        case 'b':
          pendingCalls.set(callId, {name, text: ''});
          return;
        case 'c': {
          const call = pendingCalls.get(callId);
          if (call !== undefined) call.text += asText(value['argsTextDelta']);
          return;
        }
        case '9':
          pendingCalls.delete(callId);
          pushCall({callId, name, input: asJson(value['args'] ?? {})}, out);
          return;
        case 'a':
          emitCalls(out);
          out.push({type: 'tool-result', callId, output: asJson(value['result'])});
          return;
        case 'h': {
          const {id, title, url} = value;
          const source = sourceEvent({id, title, url});
          if (source !== undefined) out.push(source);
          return;
        }
        case 'd': {
          emitCalls(out);
          const usage = usageEvent(value['usage'], 'promptTokens', 'completionTokens');
          if (usage !== undefined) out.push(usage);
          out.push(endEvent(value['finishReason']));
          return;
        }
        default:
        // Step ends and the page's own data are no part of the answer.
      }
    },
  });
}

function aiSdkDataStreamV4Encoder({id}: EncodeContext): Encoder {
  const calls = new Set<string>();
  let usage: UsageEvent | undefined;
  /** Characters of the text. */
  let length = 0;

  const writeLine = (code: string, value: unknown): string => `${code}:${JSON.stringify(value)}\n`;
  const encodeEvent = (event: ChatEvent): string => {
    switch (event.type) {
      case 'message-start':
        return '';
      case 'text-delta':
        length += event.delta.length;
        return `0:${JSON.stringify(event.delta)}\n`;
      case 'reasoning-delta':
        return writeLine('g', event.delta);
      case 'text-reset':
        length += 2;
        return '0:"\\n\\n"\n';
      case 'reasoning-metadata':
      case 'logprobs':
      case 'tool-wait':
      case 'tool-approval':
      case 'tool-reply':
      case 'tool-progress':
        return '';
      case 'citation':
        return writeLine('8', [{...event, at: length}]);
      case 'tool-call': {
        const {callId, name, input} = event;
        calls.add(callId);
        // The readers accept only objects here.
        const args = typeof input === 'object' && input !== null ? input : {input};
        return writeLine('9', {toolCallId: callId, toolName: name, args});
      }
      case 'tool-result':
        // The readers stop at a result without its call.
        return calls.has(event.callId) ? writeLine('a', {toolCallId: event.callId, result: event.output}) : '';
      case 'source': {
        const {id: sourceId, url, title} = event;
        return url === undefined ? '' : writeLine('h', {sourceType: 'url', id: sourceId, url, title});
      }
      case 'usage':
        usage = event;
        return '';
      case 'message-end': {
        const finishReason = event.reason === 'stopped' ? 'other' : event.reason;
        const counted = usage && {promptTokens: usage.promptTokens, completionTokens: usage.completionTokens};
        const end = {finishReason, usage: counted};
        return writeLine('e', {...end, isContinued: false}) + writeLine('d', end);
      }
      case 'error':
        return writeLine('3', event.message);
      default:
        event satisfies never;
        return '';
    }
  };
  return encodeEach(encodeEvent, {
    begin: (first) => writeLine('f', {messageId: first.type === 'message-start' ? first.messageId : id}),
    // Its readers skip empty lines. An empty part would begin the message, and hide the page's waiting sign.
    signOfLife: '\n',
  });
}
