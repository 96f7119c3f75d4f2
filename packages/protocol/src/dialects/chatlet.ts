/**
 * Our own dialect, specified in PROTOCOL.md: each frame holds one event as it is and its number. A page that lost its
 * connection resumes after the last number it has read.
 */
import type {Decoder, Dialect, Encoder} from '../dialect.ts';
import {errorOfFrame, toErrorEvent} from '../foreign-error.ts';
import {sseDecoder} from '../framing.ts';
import {chatletFrames} from './chatlet-frames.ts';

/** Our own dialect: every event with its number, so that a reader can go on where it was. */
export const chatlet: Dialect = {
  name: 'chatlet',
  contentType: 'text/event-stream; charset=utf-8',
  headers: {'x-chatlet-stream': 'v1'},
  decoder: chatletDecoder,
  encoder: chatletEncoder,
};

export function chatletDecoder(): Decoder {
  return chatletFrames(sseDecoder, (data, out) => out.push(toErrorEvent(errorOfFrame(data))));
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
          // The server gives upstreams and tools what is theirs back, so pages do not need it.
          const shown =
            event.type === 'tool-call'
              ? {...event, providerMetadata: undefined}
              : event.type === 'tool-wait'
                ? {...event, kept: undefined}
                : event;
          text += `id: ${number}\ndata: ${JSON.stringify(shown)}\n\n`;
        }
        number += 1;
      }
      return text;
    },
    end: () => '',
  };
}
