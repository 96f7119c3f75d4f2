/** Dify's chat and workflow apps. Read only. */
import type {Decoder, Dialect} from '../dialect.ts';
import type {ChatEvent} from '../event.ts';
import {toErrorEvent} from '../foreign-error.ts';
import {asString, asText, isObject} from '../json.ts';
import type {UncheckedObject} from '../json.ts';
import {sourceEvent, usageEvent} from './fields.ts';
import {jsonFrames} from './json-frames.ts';

/** The stream of Dify's chat messages. */
export const dify: Dialect = {
  name: 'dify',
  contentType: 'text/event-stream; charset=utf-8',
  decoder: difyDecoder,
};

export function difyDecoder(): Decoder {
  let finished = false;
  return jsonFrames({
    read(event, out) {
      const data = isObject(event['data']) ? event['data'] : {};
      switch (event['event']) {
        case 'message':
        case 'agent_message':
          emitText(event['answer'], out);
          return;
        case 'message_replace':
          // A filter has removed the text so far.
          out.push({type: 'text-reset'});
          emitText(event['answer'], out);
          return;
        case 'text_chunk':
          emitText(data['text'], out);
          return;
        case 'message_end':
          readMetadata(isObject(event['metadata']) ? event['metadata'] : {}, out);
          out.push({type: 'message-end', reason: 'stop'});
          return;
        case 'workflow_finished':
          // A chat app goes on with `message_end`; a workflow app ends here.
          if (data['status'] === 'failed') out.push(toErrorEvent({message: asString(data['error']), words: []}));
          finished = true;
          return;
        default:
      }
    },
    end(out) {
      if (finished) out.push({type: 'message-end', reason: 'stop'});
    },
  });
}

function emitText(text: unknown, out: ChatEvent[]): void {
  const delta = asText(text);
  if (delta !== '') out.push({type: 'text-delta', delta});
}

function readMetadata(metadata: UncheckedObject, out: ChatEvent[]): void {
  const resources = metadata['retriever_resources'];
  if (Array.isArray(resources)) {
    for (const resource of resources) {
      if (!isObject(resource)) continue;
      const {segment_id: id, document_name: title, url, content: quote} = resource;
      const source = sourceEvent({id, title, url, quote});
      if (source !== undefined) out.push(source);
    }
  }
  const usage = usageEvent(metadata['usage'], 'prompt_tokens', 'completion_tokens');
  if (usage !== undefined) out.push(usage);
}
