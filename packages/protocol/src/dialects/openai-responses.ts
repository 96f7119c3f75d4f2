/** OpenAI's Responses API: many kinds of events, most of them repetitions. Read only. */
import type {Decoder, Dialect} from '../dialect.ts';
import type {ChatEvent, EndReason} from '../event.ts';
import {findError, toErrorEvent} from '../foreign-error.ts';
import {asString, asText, isObject} from '../json.ts';
import {sourceEvent, usageEvent} from './fields.ts';
import {jsonFrames} from './json-frames.ts';
import {pushCall, toolInput} from './tool-input.ts';

export const openaiResponses: Dialect = {
  name: 'openai-responses',
  contentType: 'text/event-stream; charset=utf-8',
  decoder: openaiResponsesDecoder,
};

export function openaiResponsesDecoder(): Decoder {
  // Texts that came in pieces, so that the whole text that follows is not emitted again.
  const emittedTexts = new Set<string>();
  let calls = 0;

  const finish = (response: unknown, reason: EndReason, out: ChatEvent[]): void => {
    const usage = isObject(response) ? usageEvent(response['usage'], 'input_tokens', 'output_tokens') : undefined;
    if (usage !== undefined) out.push(usage);
    out.push({type: 'message-end', reason: reason === 'stop' && calls > 0 ? 'tool-calls' : reason});
  };

  return jsonFrames({
    read(event, out) {
      const {type, response} = event;
      const delta = asText(event['delta']);
      const textKey = `${asString(event['item_id'])}/${String(event['content_index'])}`;
      switch (type) {
        case 'response.output_text.delta':
        case 'response.refusal.delta':
          emittedTexts.add(textKey);
          if (delta !== '') out.push({type: 'text-delta', delta});
          return;
        case 'response.output_text.done':
        case 'response.refusal.done': {
          const whole = asText(event['text']) || asText(event['refusal']);
          if (!emittedTexts.has(textKey) && whole !== '') out.push({type: 'text-delta', delta: whole});
          return;
        }
        case 'response.reasoning_summary_text.delta':
        case 'response.reasoning_text.delta':
          if (delta !== '') out.push({type: 'reasoning-delta', delta});
          return;
        case 'response.output_text.annotation.added': {
          const {annotation} = event;
          if (!isObject(annotation)) return;
          const {url, title, filename} = annotation;
          const source = sourceEvent({id: annotation['file_id'], title: title ?? filename, url});
          if (source !== undefined) out.push(source);
          return;
        }
        case 'response.output_item.done': {
          const {item} = event;
          if (!isObject(item) || item['type'] !== 'function_call') return;
          calls += 1;
          const callId = asString(item['call_id']) ?? asString(item['id']) ?? `call_${calls}`;
          const input = toolInput(asString(item['arguments']) ?? '');
          pushCall({callId, name: asString(item['name']) ?? '', ...input}, out);
          return;
        }
        case 'response.completed':
          finish(response, 'stop', out);
          return;
        case 'response.cancelled':
          finish(response, 'stopped', out);
          return;
        case 'response.incomplete': {
          const details = isObject(response) ? response['incomplete_details'] : undefined;
          const filtered = isObject(details) && details['reason'] === 'content_filter';
          finish(response, filtered ? 'content-filter' : 'length', out);
          return;
        }
        case 'response.failed':
          out.push(toErrorEvent(findError(response) ?? {words: []}));
          return;
        default:
        // Beginnings and ends of parts, and the progress of built-in tools.
      }
    },
  });
}
