/** ChatKit's thread events. The end of the body is the end, unless an answer is still open then. Read only. */
import type {Decoder, Dialect} from '../dialect.ts';
import type {ChatEvent} from '../event.ts';
import {asString, isObject} from '../json.ts';
import type {UncheckedObject} from '../json.ts';
import {jsonFrames} from './json-frames.ts';
import {toolInput} from './tool-input.ts';

export const chatkit: Dialect = {
  name: 'chatkit',
  contentType: 'text/event-stream; charset=utf-8',
  decoder: chatkitDecoder,
};

export function chatkitDecoder(): Decoder {
  const open = new Set<string>();
  const told = new Set<string>();
  let named = false;

  const say = (itemId: string, delta: string, out: ChatEvent[]): void => {
    if (delta === '') return;
    told.add(itemId);
    out.push({type: 'text-delta', delta});
  };
  const done = (item: UncheckedObject, out: ChatEvent[]): void => {
    const itemId = asString(item['id']) ?? '';
    if (item['type'] === 'assistant_message') {
      open.delete(itemId);
      const {content} = item;
      if (told.has(itemId) || !Array.isArray(content)) return;
      for (const part of content) if (isObject(part)) say(itemId, asString(part['text']) ?? '', out);
    } else if (item['type'] === 'client_tool_call') {
      const {call_id: callId, name, arguments: input} = item;
      const text = typeof input === 'string' ? input : JSON.stringify(input ?? {});
      out.push({
        type: 'tool-call',
        callId: asString(callId) ?? itemId,
        name: asString(name) ?? '',
        ...toolInput(text),
      });
    }
  };

  return jsonFrames({
    read(event, out) {
      const {item, update} = event;
      switch (event['type']) {
        case 'thread.item.added': {
          if (!isObject(item) || item['type'] !== 'assistant_message') return;
          const messageId = asString(item['id']) ?? '';
          open.add(messageId);
          if (!named) out.push({type: 'message-start', messageId, model: ''});
          named = true;
          return;
        }
        case 'thread.item.updated': {
          const itemId = asString(event['item_id']) ?? '';
          if (!isObject(update)) return;
          const kind = update['type'];
          if (kind === 'assistant_message.content_part.text_delta') say(itemId, asString(update['delta']) ?? '', out);
          return;
        }
        case 'thread.item.done':
          if (isObject(item)) done(item, out);
          return;
        default:
        // Notices, progress and effects are for ChatKit's own page.
      }
    },
    end(out) {
      if (open.size === 0) out.push({type: 'message-end', reason: 'stop'});
    },
  });
}
