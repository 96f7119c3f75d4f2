/**
 * Our own dialect, specified in PROTOCOL.md: each frame holds one event as it is and its number. A page that lost its
 * connection resumes after the last number it has read.
 */
import {checkEvent} from '../check-event.ts';
import type {Decoder, Dialect, Encoder} from '../dialect.ts';
import {isObject, parseJson} from '../json.ts';
import {errorOfFrame, toErrorEvent} from '../foreign-error.ts';
import {sseDecoder} from '../framing.ts';

export const chatlet: Dialect = {
  name: 'chatlet',
  contentType: 'text/event-stream; charset=utf-8',
  headers: {'x-chatlet-stream': 'v1'},
  decoder: chatletDecoder,
  encoder: chatletEncoder,
};

export function chatletDecoder(): Decoder {
  const decoder = sseDecoder({
    read(frame, out) {
      // An unknown event counts as read, because requesting it again would not help.
      if (frame.id !== undefined && /^\d{1,15}$/.test(frame.id)) numbered.lastNumber = Number(frame.id);
      if (frame.event === 'error') {
        out.push(toErrorEvent(errorOfFrame(frame.data)));
        return;
      }
      const value = parseJson(frame.data);
      const event = isObject(value) ? checkEvent(value) : undefined;
      if (event !== undefined) out.push(event);
    },
  });
  const numbered = {...decoder, lastNumber: 0};
  return numbered;
}

function chatletEncoder(): Encoder {
  let number = 1;
  return {
    encode(events, firstNumber) {
      if (firstNumber !== undefined) number = firstNumber;
      let text = '';
      for (const event of events) {
        if (event.type === 'text-delta') {
          text += `id: ${number}\ndata: {"type":"text-delta","delta":${JSON.stringify(event.delta)}}\n\n`;
        } else if (event.type !== 'reasoning-metadata' && event.type !== 'logprobs') {
          // The server gives upstreams their metadata back, so pages do not need it.
          const shown = event.type === 'tool-call' ? {...event, providerMetadata: undefined} : event;
          text += `id: ${number}\ndata: ${JSON.stringify(shown)}\n\n`;
        }
        number += 1;
      }
      return text;
    },
    end: () => '',
  };
}
