/**
 * Server-sent events that hold `{"content": "…"}` and end with `[DONE]`: the smallest dialect of all. Sources, marks and
 * what the end says have keys of their own beside an empty content, so that readers that know only `content` go on as
 * before.
 */
import {closingFields, readClosing} from '../closing.ts';
import type {Decoder, Dialect, Encoder} from '../dialect.ts';
import type {ChatEvent} from '../event.ts';
import {doneMark} from '../framing.ts';
import {asText, isObject} from '../json.ts';
import type {UncheckedObject} from '../json.ts';
import {encodeEach} from './encode-each.ts';
import {sourceEvent, sourceFields} from './fields.ts';
import {citationEvent} from './own-fields.ts';
import {endEvent} from './finish-words.ts';
import {dataFrame, jsonFrames} from './json-frames.ts';

/** Pieces of text as `data: {"content": …}`. */
export const contentDelta: Dialect = {
  name: 'content-delta',
  contentType: 'text/event-stream; charset=utf-8',
  decoder: contentDeltaDecoder,
  encoder: contentDeltaEncoder,
};

export function contentDeltaDecoder(): Decoder {
  let reason: unknown;
  let closing = {};
  return jsonFrames({
    read(event, out) {
      const delta = asText(event['content']);
      if (event['reset'] === true) out.push({type: 'text-reset'});
      else if (delta !== '') out.push({type: 'text-delta', delta});
      for (const item of objectsIn(event['sources'])) {
        const source = sourceEvent(item);
        if (source !== undefined) out.push(source);
      }
      for (const item of objectsIn(event['citations'])) {
        const citation = citationEvent(item);
        if (citation !== undefined) out.push(citation);
      }
      closing = {...closing, ...readClosing(event)};
      reason = event['finishReason'] ?? reason;
    },
    done(out) {
      out.push({...endEvent(reason), ...closing});
    },
  });
}

function objectsIn(value: unknown): readonly UncheckedObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function contentDeltaEncoder(): Encoder {
  const encodeEvent = (event: ChatEvent): string => {
    switch (event.type) {
      case 'text-delta':
        return `data: {"content":${JSON.stringify(event.delta)}}\n\n`;
      case 'text-reset':
        // A reader that does not know `reset` sees a new paragraph.
        return dataFrame({content: '\n\n', reset: true});
      case 'source':
        return dataFrame({content: '', sources: [sourceFields(event)]});
      case 'citation': {
        const {sourceId, quote} = event;
        return dataFrame({content: '', citations: [{sourceId, quote}]});
      }
      case 'message-end': {
        const told = {...(event.reason === 'stop' ? {} : {finishReason: event.reason}), ...closingFields(event)};
        return Object.keys(told).length === 0 ? '' : dataFrame({content: '', ...told});
      }
      case 'error': {
        const {message, code, retryAfter} = event;
        return dataFrame({error: message, code, retryAfter});
      }
      case 'tool-wait':
      case 'tool-approval':
      case 'tool-reply':
      case 'tool-progress':
      case 'message-start':
      case 'reasoning-delta':
      case 'reasoning-metadata':
      case 'logprobs':
      case 'tool-call':
      case 'tool-result':
      case 'usage':
        return '';
      default:
        event satisfies never;
        return '';
    }
  };
  return encodeEach(encodeEvent, {end: () => `data: ${doneMark}\n\n`});
}
