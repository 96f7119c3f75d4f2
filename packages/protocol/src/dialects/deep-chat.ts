/** What deep-chat's servers send: `{text}` or `{html}` events, and the end of the body as the end. Read only. */
import type {Decoder, Dialect} from '../dialect.ts';
import {asString} from '../json.ts';
import {jsonFrames} from './json-frames.ts';

export const deepChat: Dialect = {
  name: 'deep-chat',
  contentType: 'text/event-stream; charset=utf-8',
  decoder: deepChatDecoder,
};

export function deepChatDecoder(): Decoder {
  let said = '';
  return jsonFrames({
    read(event, out) {
      if (event['role'] === 'user') return;
      const text = asString(event['text']) ?? withoutTags(asString(event['html']) ?? '');
      let delta = text;
      // Text only grows here; an overwriting that says something else begins a new paragraph.
      if (event['overwrite'] === true && said !== '') {
        delta = text.startsWith(said) ? text.slice(said.length) : `\n\n${text}`;
      }
      if (delta === '') return;
      said += delta;
      out.push({type: 'text-delta', delta});
    },
    end(out) {
      if (said !== '') out.push({type: 'message-end', reason: 'stop'});
    },
  });
}

/** The words of a piece of HTML. It is shown as text, so this is for the eye and not for safety. */
function withoutTags(html: string): string {
  return html.replaceAll(/<[^>]*>/g, '');
}
