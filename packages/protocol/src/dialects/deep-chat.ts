/** deep-chat's servers: events hold `{text}` or `{html}`, and the answer ends with the body. Read only. */
import type {Decoder, Dialect} from '../dialect.ts';
import {asText} from '../json.ts';
import {jsonFrames} from './json-frames.ts';

/** The answers that the element deep-chat reads. */
export const deepChat: Dialect = {
  name: 'deep-chat',
  contentType: 'text/event-stream; charset=utf-8',
  decoder: deepChatDecoder,
};

export function deepChatDecoder(): Decoder {
  let said = '';
  let hasSaid = false;
  return jsonFrames({
    read(event, out) {
      if (event['role'] === 'user') return;
      const text = asText(event['text']) || withoutTags(asText(event['html']));
      let delta = text;
      if (event['overwrite'] === true && said !== '') {
        if (text.startsWith(said)) delta = text.slice(said.length);
        else {
          out.push({type: 'text-reset'});
          said = '';
        }
      }
      if (delta === '') return;
      hasSaid = true;
      said += delta;
      out.push({type: 'text-delta', delta});
    },
    end(out) {
      if (hasSaid) out.push({type: 'message-end', reason: 'stop'});
    },
  });
}

/** Removes the tags of a piece of HTML. For looks only: the result is shown as text, so tags would do no harm. */
function withoutTags(html: string): string {
  return html.replaceAll(/<[^>]*>/g, '');
}
