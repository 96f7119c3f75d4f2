/** Hugging Face's text generation server, `generate_stream`: one token per event, details on the last. Read only. */
import type {Decoder, Dialect} from '../dialect.ts';
import {asNumber, asText, isObject} from '../json.ts';
import {endEvent} from './finish-words.ts';
import {jsonFrames} from './json-frames.ts';

/** The stream of Hugging Face's text generation inference. */
export const hfTgi: Dialect = {
  name: 'hf-tgi',
  contentType: 'text/event-stream; charset=utf-8',
  decoder: hfTgiDecoder,
};

export function hfTgiDecoder(): Decoder {
  return jsonFrames({
    read(event, out) {
      const {token, details} = event;
      const text = isObject(token) && token['special'] !== true ? asText(token['text']) : '';
      if (text !== '') out.push({type: 'text-delta', delta: text});
      if (typeof event['generated_text'] !== 'string' && !isObject(details)) return;
      const facts = isObject(details) ? details : {};
      const completionTokens = asNumber(facts['generated_tokens']);
      const promptTokens = asNumber(facts['input_length']) ?? 0;
      if (completionTokens !== undefined) out.push({type: 'usage', promptTokens, completionTokens});
      out.push(endEvent(facts['finish_reason']));
    },
  });
}
