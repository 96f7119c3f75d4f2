/** n8n's chat trigger: lines of JSON, with `begin` and `end` for each node that writes. Read only. */
import type {Decoder, Dialect} from '../dialect.ts';
import {findError, toErrorEvent} from '../foreign-error.ts';
import {lineDecoder} from '../framing.ts';
import {asText, isObject, parseJson} from '../json.ts';

/** The stream of n8n's chat trigger. */
export const n8n: Dialect = {
  name: 'n8n',
  contentType: 'application/json; charset=utf-8',
  decoder: n8nDecoder,
};

export function n8nDecoder(): Decoder {
  let begun = 0;
  let ended = 0;
  return lineDecoder({
    read(line, out) {
      const event = parseJson(line);
      if (!isObject(event)) return;
      const error = findError(event);
      const {type} = event;
      const delta = asText(event['content']);
      if (error !== undefined) out.push(toErrorEvent(error));
      else if (type === 'begin') begun += 1;
      else if (type === 'end') ended += 1;
      else if (type === 'item' && delta !== '') out.push({type: 'text-delta', delta});
    },
    // Several nodes may write one after another, so only the end of the body ends the answer.
    end(out) {
      if (ended > 0 && ended >= begun) out.push({type: 'message-end', reason: 'stop'});
    },
  });
}
