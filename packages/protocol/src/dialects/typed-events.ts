/**
 * Server-sent events with a `type` each: `text-delta` with `textDelta`, `tool-call`, `tool-result`, and `finish` as
 * the end. There is no `[DONE]`, which would break readers that parse every line.
 */
import {closingFields, readClosing} from '../closing.ts';
import type {Decoder, Dialect, Encoder} from '../dialect.ts';
import type {ErrorCode} from '../error-codes.ts';
import type {ChatEvent, UsageEvent} from '../event.ts';
import {asJson, asString, asText} from '../json.ts';
import {encodeEach} from './encode-each.ts';
import {sourceEvent, sourceFields, usageEvent, waitFields} from './fields.ts';
import {citationEvent} from './own-fields.ts';
import {endEvent} from './finish-words.ts';
import {dataFrame, jsonFrames} from './json-frames.ts';
import {pushCall} from './tool-input.ts';

/** Events with a type, such as `data: {"type": "text-delta", …}`. */
export const typedEvents: Dialect = {
  name: 'typed-events',
  contentType: 'text/event-stream; charset=utf-8',
  decoder: typedEventsDecoder,
  encoder: typedEventsEncoder,
};

export function typedEventsDecoder(): Decoder {
  return jsonFrames({
    read(event, out) {
      switch (event['type']) {
        case 'text-delta': {
          const delta = asText(event['textDelta']) || asText(event['delta']);
          if (event['reset'] === true) out.push({type: 'text-reset'});
          else if (delta !== '') out.push({type: 'text-delta', delta});
          return;
        }
        case 'reasoning':
        case 'reasoning-delta': {
          const delta = asText(event['textDelta']) || asText(event['delta']);
          if (delta !== '') out.push({type: 'reasoning-delta', delta});
          return;
        }
        case 'tool-call': {
          const callId = asString(event['toolCallId']);
          const name = asString(event['toolName']) ?? '';
          if (callId !== undefined) pushCall({callId, name, input: asJson(event['args'] ?? {})}, out);
          return;
        }
        case 'tool-result': {
          const callId = asString(event['toolCallId']);
          const failed = event['isError'] === true ? {failed: true} : {};
          if (callId !== undefined) out.push({type: 'tool-result', callId, output: asJson(event['result']), ...failed});
          return;
        }
        case 'source': {
          const source = sourceEvent(event);
          if (source !== undefined) out.push(source);
          return;
        }
        case 'citation': {
          const citation = citationEvent(event);
          if (citation !== undefined) out.push(citation);
          return;
        }
        case 'finish': {
          const usage = usageEvent(event['usage'], 'promptTokens', 'completionTokens');
          if (usage !== undefined) out.push(usage);
          out.push({...endEvent(event['finishReason']), ...readClosing(event)});
          return;
        }
        default:
        // Events of a newer server are skipped.
      }
    },
    done(out) {
      out.push({type: 'message-end', reason: 'stop'});
    },
  });
}

/** The names of our codes in this dialect. */
export function typedErrorCode(code: ErrorCode): string {
  switch (code) {
    case 'rate-limited':
      return 'RATE_LIMITED';
    case 'model-not-found':
      return 'INVALID_MODEL';
    case 'context-too-long':
      return 'CONTEXT_TOO_LONG';
    case 'provider-error':
    case 'provider-unavailable':
    case 'provider-timeout':
      return 'PROVIDER_ERROR';
    default:
      return code.replaceAll('-', '_').toUpperCase();
  }
}

const textHead = 'data: {"type":"text-delta","textDelta":';

function typedEventsEncoder(): Encoder {
  let usage: UsageEvent | undefined;

  const encodeEvent = (event: ChatEvent): string => {
    switch (event.type) {
      case 'text-delta':
        return `${textHead}${JSON.stringify(event.delta)}}\n\n`;
      case 'reasoning-delta':
        return dataFrame({type: 'reasoning', textDelta: event.delta});
      case 'text-reset':
        // A reader that does not know `reset` sees a new paragraph.
        return dataFrame({type: 'text-delta', textDelta: '\n\n', reset: true});
      case 'reasoning-metadata':
      case 'logprobs':
        return '';
      case 'tool-call': {
        const {callId, name, input} = event;
        return dataFrame({type: 'tool-call', toolCallId: callId, toolName: name, args: input});
      }
      case 'tool-result': {
        const {callId, output, failed} = event;
        return dataFrame({type: 'tool-result', toolCallId: callId, result: output, ...(failed ? {isError: true} : {})});
      }
      case 'tool-progress': {
        const {type, callId, ...progress} = event;
        return dataFrame({type, toolCallId: callId, ...progress});
      }
      case 'source':
        return dataFrame({type: 'source', ...sourceFields(event)});
      case 'citation':
        return dataFrame(event);
      case 'usage':
        usage = event;
        return '';
      case 'message-end':
        return dataFrame({type: 'finish', finishReason: event.reason, ...usageField(usage), ...closingFields(event)});
      case 'error': {
        const {message, code, retryAfter} = event;
        return dataFrame({type: 'error', error: message, code: typedErrorCode(code), retryAfter});
      }
      case 'tool-wait':
        return dataFrame({type: event.type, ...waitFields(event)});
      case 'tool-approval':
      case 'tool-reply':
      case 'message-start':
        return '';
      default:
        event satisfies never;
        return '';
    }
  };
  return encodeEach(encodeEvent);
}

function usageField(usage: UsageEvent | undefined): object {
  if (usage === undefined) return {};
  const {type: _, estimated: __, ...figures} = usage;
  return {usage: {...figures, totalTokens: figures.promptTokens + figures.completionTokens}};
}
