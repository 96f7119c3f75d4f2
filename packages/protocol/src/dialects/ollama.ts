/** Ollama's own API: one line of JSON per piece, `"done": true` on the last. Tool calls come whole, without ids. */
import type {Decoder, Dialect, EncodeContext, Encoder} from '../dialect.ts';
import type {ChatEvent, UsageEvent} from '../event.ts';
import {findError, toErrorEvent} from '../foreign-error.ts';
import {lineDecoder} from '../framing.ts';
import {asJson, asString, asText, isObject, parseJson} from '../json.ts';
import type {Json, JsonObject} from '../json.ts';
import {encodeEach} from './encode-each.ts';
import {usageEvent} from './fields.ts';
import {endEvent} from './finish-words.ts';
import {thinkTags} from './think-tags.ts';
import {pushCall, toolInput} from './tool-input.ts';

/** The stream of Ollama's chat: lines of JSON. */
export const ollama: Dialect = {
  name: 'ollama',
  contentType: 'application/x-ndjson',
  decoder: ollamaDecoder,
  encoder: ollamaEncoder,
};

/** `/api/generate`: its text stands outside of a message. */
export const ollamaGenerate: Dialect = {
  name: 'ollama',
  contentType: 'application/x-ndjson',
  decoder: ollamaDecoder,
  encoder: (context) =>
    ollamaEncoder(context, ({content, thinking}) => ({response: content, ...(thinking && {thinking})})),
};

/** The content of a line, in the form of a chat. */
interface Said {
  readonly [field: string]: Json;
  readonly content: string;
}

export function ollamaDecoder(): Decoder {
  const tags = thinkTags();
  let calls = 0;

  const readCall = (value: unknown, out: ChatEvent[]): void => {
    const said = isObject(value) ? value['function'] : undefined;
    if (!isObject(said)) return;
    calls += 1;
    tags.flush(out);
    const input = toolInput(asJson(said['arguments'] ?? {}));
    pushCall({callId: `call_${calls}`, name: asString(said['name']) ?? '', ...input}, out);
  };
  return lineDecoder({
    read(line, out) {
      const chunk = parseJson(line);
      if (!isObject(chunk)) return;
      const error = findError(chunk);
      if (error !== undefined) {
        tags.flush(out);
        out.push(toErrorEvent(error));
        return;
      }
      // `/api/generate` puts the text into `response`.
      const message = isObject(chunk['message']) ? chunk['message'] : {content: chunk['response'], ...chunk};
      const thinking = asText(message['thinking']);
      if (thinking !== '') {
        tags.flush(out);
        out.push({type: 'reasoning-delta', delta: thinking});
      }
      tags.push(asText(message['content']), out);
      const toolCalls = message['tool_calls'];
      if (Array.isArray(toolCalls)) for (const value of toolCalls) readCall(value, out);
      if (chunk['done'] !== true) return;
      tags.flush(out);
      const usage = usageEvent(chunk, 'prompt_eval_count', 'eval_count');
      if (usage !== undefined) out.push(usage);
      out.push(endEvent(chunk['done_reason'], calls > 0));
    },
    end(out) {
      tags.flush(out);
    },
  });
}

function ollamaEncoder(
  {model, created}: EncodeContext,
  place: (said: Said) => JsonObject = (said) => ({message: {role: 'assistant', ...said}}),
): Encoder {
  const head = `{"model":${JSON.stringify(model)},"created_at":${JSON.stringify(new Date(created * 1000).toISOString())},`;
  let usage: UsageEvent | undefined;

  /** The fields of a line, with a comma behind them. */
  const placed = (said: Said): string => `${JSON.stringify(place(said)).slice(1, -1)},`;
  const encodeMessage = (said: Said): string => `${head}${placed(said)}"done":false}\n`;
  // Text is the hot path: its line is put together around the text.
  const [beforeText = '', afterText = ''] = encodeMessage({content: '\u0000'}).split('"\\u0000"');
  const encodeEvent = (event: ChatEvent): string => {
    switch (event.type) {
      case 'text-delta':
        return beforeText + JSON.stringify(event.delta) + afterText;
      case 'reasoning-delta':
        return encodeMessage({content: '', thinking: event.delta});
      case 'text-reset':
        return encodeMessage({content: '\n\n'});
      case 'tool-call': {
        const {name, input} = event;
        return encodeMessage({content: '', tool_calls: [{function: {name, arguments: input}}]});
      }
      case 'usage':
        usage = event;
        return '';
      case 'message-end': {
        const reason = event.reason === 'length' ? 'length' : 'stop';
        const counted =
          usage === undefined
            ? ''
            : `,"prompt_eval_count":${usage.promptTokens},"prompt_eval_duration":0,"eval_count":${usage.completionTokens},"eval_duration":0`;
        return `${head}${placed({content: ''})}"done":true,"done_reason":"${reason}","total_duration":0,"load_duration":0${counted}}\n`;
      }
      case 'error':
        return `${JSON.stringify({error: event.message})}\n`;
      case 'message-start':
      case 'reasoning-metadata':
      case 'logprobs':
      case 'tool-result':
      case 'citation':
      case 'tool-wait':
      case 'tool-approval':
      case 'tool-reply':
      case 'tool-progress':
      case 'source':
        return '';
      default:
        event satisfies never;
        return '';
    }
  };
  // Its readers parse every line as JSON, empty ones too, so the keep-alive is a message without text.
  return encodeEach(encodeEvent, {signOfLife: encodeMessage({content: ''})});
}
