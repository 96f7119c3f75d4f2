/**
 * Server-sent events that hold `{"content": "…"}` and end with `[DONE]`: the smallest dialect of all. Sources have a key
 * of their own beside an empty content, so that readers that know only `content` go on as before.
 */
import type {Decoder, Dialect, Encoder} from '../dialect.ts';
import type {ChatEvent} from '../event.ts';
import {doneMark} from '../framing.ts';
import {asText, isObject} from '../json.ts';
import {encodeEach} from './encode-each.ts';
import {sourceEvent} from './fields.ts';
import {endEvent} from './finish-words.ts';
import {dataFrame, jsonFrames} from './json-frames.ts';

export const contentDelta: Dialect = {
  name: 'content-delta',
  contentType: 'text/event-stream; charset=utf-8',
  decoder: contentDeltaDecoder,
  encoder: contentDeltaEncoder,
};

export function contentDeltaDecoder(): Decoder {
  let reason: unknown;
  return jsonFrames({
    read(event, out) {
      const delta = asText(event['content']);
      if (event['reset'] === true) out.push({type: 'text-reset'});
      else if (delta !== '') out.push({type: 'text-delta', delta});
      const {sources} = event;
      if (Array.isArray(sources)) {
        for (const item of sources) {
          if (!isObject(item)) continue;
          const {id, title, url, quote} = item;
          const source = sourceEvent({id, title, url, quote});
          if (source !== undefined) out.push(source);
        }
      }
      reason = event['finishReason'] ?? reason;
    },
    done(out) {
      out.push(endEvent(reason));
    },
  });
}

function contentDeltaEncoder(): Encoder {
  const encodeEvent = (event: ChatEvent): string => {
    switch (event.type) {
      case 'text-delta':
        return `data: {"content":${JSON.stringify(event.delta)}}\n\n`;
      case 'text-reset':
        // A reader that does not know `reset` sees a new paragraph.
        return dataFrame({content: '\n\n', reset: true});
      case 'source': {
        const {id, title, url, quote} = event;
        return dataFrame({content: '', sources: [{id, title, url, quote}]});
      }
      case 'message-end':
        return event.reason === 'stop' ? '' : dataFrame({content: '', finishReason: event.reason});
      case 'error': {
        const {message, code, retryAfter} = event;
        return dataFrame({error: message, code, retryAfter});
      }
      case 'citation':
      case 'tool-wait':
      case 'tool-approval':
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
