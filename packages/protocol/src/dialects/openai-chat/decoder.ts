/** Reads OpenAI's chunks. The fast path: if a chunk differs from an earlier one only by its text, only that is parsed. */
import type {Decoder} from '../../dialect.ts';
import {ChatError} from '../../error.ts';
import type {ChatEvent} from '../../event.ts';
import {errorOfFrame, toErrorEvent} from '../../foreign-error.ts';
import {doneMark, sseDecoder} from '../../framing.ts';
import type {SseFrame} from '../../frames.ts';
import {asString, isObject, parseJson} from '../../json.ts';
import {openaiAnswer, readLogprobs} from './answer.ts';
import {repeatedChunk} from './repeated-chunk.ts';

export function openaiChatDecoder(): Decoder {
  const answer = openaiAnswer();
  let frames = 0;
  let chunks = 0;
  /** Frames came, and none of them was a chunk: this is no answer, although it may have an end mark. */
  const end = (out: ChatEvent[], how: 'marked' | 'unmarked'): void => {
    if (frames > 0 && chunks === 0) out.push(new ChatError('unreadable').toEvent());
    else answer.end(out, how);
  };
  const repeated = repeatedChunk('content', textOnly);
  return sseDecoder({
    read(frame: SseFrame, out) {
      const text = frame.event === undefined ? repeated.readText(frame.data) : undefined;
      if (text !== undefined) {
        answer.say(text, out);
        return;
      }
      if (frame.data === doneMark) {
        end(out, 'marked');
        return;
      }
      if (frame.event === 'error') {
        answer.fail(toErrorEvent(errorOfFrame(frame.data)), out);
        return;
      }
      // A frame that is not JSON is skipped: that costs a word, while an error would cost the answer.
      const chunk = parseJson(frame.data);
      frames += 1;
      if (!isObject(chunk)) return;
      if ('choices' in chunk || 'usage' in chunk) chunks += 1;
      answer.read(chunk, out);
      const onlyText = textOnly(chunk);
      if (onlyText !== undefined) repeated.learn(frame.data, onlyText);
    },
    end(out) {
      end(out, 'unmarked');
    },
  });
}

/** Fields of a chunk and of its delta that carry more than text. */
const otherFields = ['error', 'usage', 'x_groq', 'citations', 'search_results'];
const otherDeltaFields = [
  'reasoning_content',
  'reasoning',
  'reasoning_details',
  'refusal',
  'tool_calls',
  'function_call',
  'annotations',
];

/** The text of a chunk that carries nothing else, so that `read` would only add this text; else undefined. */
function textOnly(chunk: unknown): string | undefined {
  if (!isObject(chunk) || chunk['object'] === 'error') return undefined;
  if (otherFields.some((field) => chunk[field] != null)) return undefined;
  const {choices} = chunk;
  const choice: unknown = Array.isArray(choices) && choices.length === 1 ? choices[0] : undefined;
  if (!isObject(choice) || (choice['index'] ?? 0) !== 0 || choice['finish_reason'] != null) return undefined;
  const {delta} = choice;
  if (readLogprobs(choice) !== undefined) return undefined;
  if (!isObject(delta) || otherDeltaFields.some((field) => delta[field] != null)) return undefined;
  return asString(delta['content']);
}
