/** LangGraph's server in its two message modes: pieces (`messages`) and growing wholes (`messages/partial`). Read only. */
import type {Decoder, Dialect} from '../dialect.ts';
import type {ChatEvent} from '../event.ts';
import {errorOfFrame, toErrorEvent} from '../foreign-error.ts';
import {sseDecoder} from '../framing.ts';
import {asString, asText, isObject, parseJson} from '../json.ts';
import type {UncheckedObject} from '../json.ts';

/** The stream of a LangGraph server. */
export const langgraph: Dialect = {
  name: 'langgraph',
  contentType: 'text/event-stream; charset=utf-8',
  decoder: langgraphDecoder,
};

export function langgraphDecoder(): Decoder {
  // The length of each growing message that has been emitted.
  const emittedLengths = new Map<string, number>();

  const readPiece = (message: UncheckedObject, out: ChatEvent[]): void => {
    if (!isAnswer(message)) return;
    const extra = message['additional_kwargs'];
    const reasoning = isObject(extra) ? asText(extra['reasoning_content']) : '';
    if (reasoning !== '') out.push({type: 'reasoning-delta', delta: reasoning});
    const text = contentText(message['content']);
    if (text !== '') out.push({type: 'text-delta', delta: text});
  };
  const readWhole = (message: UncheckedObject, out: ChatEvent[]): void => {
    if (!isAnswer(message)) return;
    const id = asString(message['id']) ?? '';
    const text = contentText(message['content']);
    const before = emittedLengths.get(id) ?? 0;
    if (text.length <= before) return;
    emittedLengths.set(id, text.length);
    out.push({type: 'text-delta', delta: text.slice(before)});
  };
  return sseDecoder({
    read(frame, out) {
      if (frame.event === 'error') {
        out.push(toErrorEvent(errorOfFrame(frame.data)));
      } else if (frame.event === 'end') {
        out.push({type: 'message-end', reason: 'stop'});
      } else if (frame.event === 'messages' || frame.event === 'messages/partial') {
        const [message] = arrayOf(parseJson(frame.data));
        if (!isObject(message)) return;
        if (frame.event === 'messages') readPiece(message, out);
        else readWhole(message, out);
      }
    },
  });
}

/** Whether the model wrote the message. Others are the question and the results of tools. */
function isAnswer(message: UncheckedObject): boolean {
  return message['type'] === 'AIMessageChunk' || message['type'] === 'AIMessage' || message['type'] === 'ai';
}

function contentText(content: unknown): string {
  let text = asText(content);
  for (const part of arrayOf(content)) text += isObject(part) ? asText(part['text']) : asText(part);
  return text;
}

function arrayOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
