/**
 * Reads answers that are not streamed: one JSON document is one answer. For servers that do not stream, or that send
 * an error as JSON instead of the stream.
 */
import {usageDetails} from './dialects/fields.ts';
import type {Decoder} from './dialect.ts';
import {anthropicPromptTokens} from './dialects/anthropic.ts';
import {endEvent} from './dialects/finish-words.ts';
import {readGeminiDocument} from './dialects/gemini.ts';
import {openaiAnswer} from './dialects/openai-chat/answer.ts';
import {findPlainError} from './dialects/openai-chat/plain-error.ts';
import {readResponsesDocument} from './dialects/openai-responses.ts';
import {ChatError} from './error.ts';
import type {ChatEvent} from './event.ts';
import {findError, toErrorEvent} from './foreign-error.ts';
import {wholeDecoder} from './framing.ts';
import {pushCall} from './dialects/tool-input.ts';
import {asJson, asNumber, asText, isObject, parseJson} from './json.ts';
import type {UncheckedObject} from './json.ts';

/** Reads a whole body as one answer. */
export function documentDecoder(): Decoder {
  return wholeDecoder((body, out) => {
    const value = parseJson(body);
    // A document that does not close was cut: the reader says so, and this adds no error.
    if (value === undefined && !/[}\]]\s*$/.test(body)) return;
    if (value === undefined || !readDocument(value, out)) out.push(new ChatError('unreadable').toEvent());
  });
}

/** Appends the answer's events. Returns false if the value is no answer. */
function readDocument(value: unknown, out: ChatEvent[]): boolean {
  const error = findError(value);
  if (error !== undefined) {
    out.push(toErrorEvent(error));
    return true;
  }
  const items = Array.isArray(value) ? value.filter(isObject) : isObject(value) ? [value] : [];
  const [first] = items;
  if (first === undefined) return false;
  if (Array.isArray(first['choices'])) {
    const answer = openaiAnswer();
    answer.read(first, out);
    if (!out.some((event) => event.type === 'error')) answer.end(out, 'marked');
    return true;
  }
  if (first['candidates'] !== undefined || first['promptFeedback'] !== undefined) {
    readGeminiDocument(items, out);
    return true;
  }
  if (first['object'] === 'response' && Array.isArray(first['output'])) {
    readResponsesDocument(first, out);
    return true;
  }
  if (first['type'] === 'message' && Array.isArray(first['content'])) return readAnthropicMessage(first, out);
  if (readTexts(items, out)) return true;
  const plain = findPlainError(first);
  if (plain !== undefined) out.push(toErrorEvent(plain));
  return plain !== undefined;
}

/** Reads a message of Anthropic. */
function readAnthropicMessage(message: UncheckedObject, out: ChatEvent[]): boolean {
  const {content, usage} = message;
  let hasCalls = false;
  for (const block of Array.isArray(content) ? content : []) {
    if (!isObject(block)) continue;
    const text = asText(block['text']);
    const thinking = asText(block['thinking']);
    if (thinking !== '') out.push({type: 'reasoning-delta', delta: thinking});
    const {type, id, name, input, signature, data} = block;
    if (signature !== undefined || type === 'redacted_thinking') {
      const anthropic = type === 'thinking' ? {signature: asText(signature)} : {data: asText(data)};
      out.push({type: 'reasoning-metadata', providerMetadata: {anthropic}});
    }
    if (text !== '') out.push({type: 'text-delta', delta: text});
    if (type !== 'tool_use') continue;
    hasCalls = true;
    pushCall({callId: asText(id), name: asText(name), input: asJson(input ?? {})}, out);
  }
  if (isObject(usage)) {
    const promptTokens = anthropicPromptTokens(usage) ?? 0;
    const completionTokens = asNumber(usage['output_tokens']) ?? 0;
    out.push({type: 'usage', promptTokens, completionTokens, ...usageDetails(usage)});
  }
  out.push(endEvent(message['stop_reason'], hasCalls));
  return true;
}

/** The fields that servers of every kind use for a plain answer, the most exact first. */
const textFields = ['content', 'text', 'answer', 'output', 'response', 'reply'];

/** Reads `{content}`, `{text}` and their like, or several of them, each a paragraph. */
function readTexts(items: readonly UncheckedObject[], out: ChatEvent[]): boolean {
  const texts: string[] = [];
  for (const item of items) {
    const text = textFields.map((field) => asText(item[field])).find((value) => value !== '');
    if (text !== undefined) texts.push(text);
  }
  if (texts.length === 0) return false;
  out.push({type: 'text-delta', delta: texts.join('\n\n')}, {type: 'message-end', reason: 'stop'});
  return true;
}
