/** Flowise's predictions: pairs of `{event, data}`. Read only. */
import type {Decoder, Dialect} from '../dialect.ts';
import type {ChatEvent} from '../event.ts';
import {asJson, asString, asText, isObject} from '../json.ts';
import {sourceEvent} from './fields.ts';
import {jsonFrames} from './json-frames.ts';
import {pushCall} from './tool-input.ts';

/** The stream of Flowise's predictions. */
export const flowise: Dialect = {
  name: 'flowise',
  contentType: 'text/event-stream; charset=utf-8',
  decoder: flowiseDecoder,
};

export function flowiseDecoder(): Decoder {
  let calls = 0;
  const readTool = (tool: unknown, out: ChatEvent[]): void => {
    if (!isObject(tool)) return;
    calls += 1;
    const callId = `call_${calls}`;
    const {tool: name, toolInput, toolOutput} = tool;
    pushCall({callId, name: asString(name) ?? '', input: asJson(toolInput ?? {})}, out);
    if (toolOutput !== undefined) out.push({type: 'tool-result', callId, output: asJson(toolOutput)});
  };
  return jsonFrames({
    read(event, out) {
      const {data} = event;
      switch (event['event']) {
        case 'token': {
          const delta = asText(data);
          if (delta !== '') out.push({type: 'text-delta', delta});
          return;
        }
        case 'sourceDocuments':
          if (Array.isArray(data)) for (const document of data) readSource(document, out);
          return;
        case 'usedTools':
          if (Array.isArray(data)) for (const tool of data) readTool(tool, out);
          return;
        case 'end':
          out.push({type: 'message-end', reason: 'stop'});
          return;
        case 'abort':
          out.push({type: 'message-end', reason: 'stopped'});
          return;
        default:
      }
    },
    done(out) {
      out.push({type: 'message-end', reason: 'stop'});
    },
  });
}

function readSource(document: unknown, out: ChatEvent[]): void {
  if (!isObject(document)) return;
  const metadata = isObject(document['metadata']) ? document['metadata'] : {};
  const address = asString(metadata['source']);
  const url = address !== undefined && /^https?:/.test(address) ? address : undefined;
  const source = sourceEvent({
    id: document['id'],
    title: metadata['title'] ?? address,
    url,
    quote: document['pageContent'],
  });
  if (source !== undefined) out.push(source);
}
