/** Cohere's chat, version 2: typed events with their content in `delta.message`. Read only. */
import type {Decoder, Dialect} from '../dialect.ts';
import type {ChatEvent} from '../event.ts';
import {asString, asText, isObject} from '../json.ts';
import type {UncheckedObject} from '../json.ts';
import {sourceEvent, usageEvent} from './fields.ts';
import {endEvent} from './finish-words.ts';
import {jsonFrames} from './json-frames.ts';
import {pushCall, toolInput} from './tool-input.ts';

/** The stream of Cohere's chat. */
export const cohere: Dialect = {
  name: 'cohere',
  contentType: 'text/event-stream; charset=utf-8',
  decoder: cohereDecoder,
};

export function cohereDecoder(): Decoder {
  let call: {callId: string; name: string; text: string} | undefined;

  const finish = (event: UncheckedObject, out: ChatEvent[]): void => {
    const delta = fieldsOf(event['delta']);
    const usage = fieldsOf(delta['usage']);
    const counted = usageEvent(usage['tokens'] ?? usage['billed_units'], 'input_tokens', 'output_tokens');
    if (counted !== undefined) out.push(counted);
    out.push(endEvent(delta['finish_reason']));
  };

  return jsonFrames({
    read(event, out) {
      const message = fieldsOf(fieldsOf(event['delta'])['message']);
      const toolCall = fieldsOf(message['tool_calls']);
      const said = fieldsOf(toolCall['function']);
      switch (event['type']) {
        case 'content-start':
        case 'content-delta': {
          const content = fieldsOf(message['content']);
          const thinking = asText(content['thinking']);
          const text = asText(content['text']);
          if (thinking !== '') out.push({type: 'reasoning-delta', delta: thinking});
          if (text !== '') out.push({type: 'text-delta', delta: text});
          return;
        }
        case 'tool-plan-delta': {
          const plan = asText(message['tool_plan']);
          if (plan !== '') out.push({type: 'reasoning-delta', delta: plan});
          return;
        }
        case 'tool-call-start': {
          const callId = asString(toolCall['id']) ?? '';
          call = {callId, name: asString(said['name']) ?? '', text: asString(said['arguments']) ?? ''};
          return;
        }
        case 'tool-call-delta':
          if (call !== undefined) call.text += asText(said['arguments']);
          return;
        case 'tool-call-end':
          if (call !== undefined) {
            pushCall({callId: call.callId, name: call.name, ...toolInput(call.text)}, out);
          }
          call = undefined;
          return;
        case 'citation-start':
          readSources(message['citations'], out);
          return;
        case 'message-end':
          finish(event, out);
          return;
        default:
      }
    },
  });
}

function fieldsOf(value: unknown): UncheckedObject {
  return isObject(value) ? value : {};
}

function readSources(citation: unknown, out: ChatEvent[]): void {
  const {sources, text: quote} = fieldsOf(citation);
  if (!Array.isArray(sources)) return;
  for (const item of sources) {
    const {id, document} = fieldsOf(item);
    const {title, url} = fieldsOf(document);
    const source = sourceEvent({id, title: title ?? id, url, quote});
    if (source !== undefined) out.push(source);
  }
}
