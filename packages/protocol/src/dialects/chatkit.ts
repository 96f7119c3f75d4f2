/** ChatKit's thread events. The answer ends with the body, unless a message is still open then. Read only. */
import type {Decoder, Dialect} from '../dialect.ts';
import type {ChatEvent} from '../event.ts';
import {asString, asText, isObject} from '../json.ts';
import type {UncheckedObject} from '../json.ts';
import {jsonFrames} from './json-frames.ts';
import {pushCall, toolInput} from './tool-input.ts';

/** The events of OpenAI's ChatKit. */
export const chatkit: Dialect = {
  name: 'chatkit',
  contentType: 'text/event-stream; charset=utf-8',
  decoder: chatkitDecoder,
};

export function chatkitDecoder(): Decoder {
  const openMessages = new Set<string>();
  const emittedItems = new Set<string>();
  let hasStarted = false;

  const emitText = (itemId: string, delta: string, out: ChatEvent[]): void => {
    if (delta === '') return;
    emittedItems.add(itemId);
    out.push({type: 'text-delta', delta});
  };
  const finishItem = (item: UncheckedObject, out: ChatEvent[]): void => {
    const itemId = asString(item['id']) ?? '';
    if (item['type'] === 'assistant_message') {
      openMessages.delete(itemId);
      const {content} = item;
      if (emittedItems.has(itemId) || !Array.isArray(content)) return;
      for (const part of content) if (isObject(part)) emitText(itemId, asText(part['text']), out);
    } else if (item['type'] === 'client_tool_call') {
      const {call_id: callId, name, arguments: input} = item;
      const text = typeof input === 'string' ? input : JSON.stringify(input ?? {});
      pushCall({callId: asString(callId) ?? itemId, name: asString(name) ?? '', ...toolInput(text)}, out);
    }
  };

  return jsonFrames({
    read(event, out) {
      const {item, update} = event;
      switch (event['type']) {
        case 'thread.item.added': {
          if (!isObject(item) || item['type'] !== 'assistant_message') return;
          const messageId = asString(item['id']) ?? '';
          openMessages.add(messageId);
          if (!hasStarted) out.push({type: 'message-start', messageId, model: ''});
          hasStarted = true;
          return;
        }
        case 'thread.item.updated': {
          const itemId = asString(event['item_id']) ?? '';
          if (!isObject(update)) return;
          const kind = update['type'];
          const delta = asText(update['delta']);
          if (kind === 'assistant_message.content_part.text_delta') emitText(itemId, delta, out);
          return;
        }
        case 'thread.item.replaced':
        case 'thread.item.removed': {
          const itemId = asString(event['item_id']) ?? (isObject(item) ? (asString(item['id']) ?? '') : '');
          if (emittedItems.delete(itemId)) out.push({type: 'text-reset'});
          openMessages.delete(itemId);
          if (isObject(item)) finishItem(item, out);
          return;
        }
        case 'thread.item.done':
          if (isObject(item)) finishItem(item, out);
          return;
        default:
        // Notices, progress and effects are for ChatKit's own page.
      }
    },
    end(out) {
      if (openMessages.size === 0) out.push({type: 'message-end', reason: 'stop'});
    },
  });
}
