/**
 * Why a model stopped writing, in the words of all APIs: one table, because gateways pass on the words of the API behind
 * them. A word that is not in it means that the model came to its end.
 */
import {isErrorCode} from '../error-codes.ts';
import type {ErrorCode} from '../error-codes.ts';
import {ChatError} from '../error.ts';
import type {EndReason, ErrorEvent, MessageEndEvent} from '../event.ts';

/** The first match wins. Words of OpenAI, Anthropic, Gemini, Cohere, Mistral, DeepSeek, Zhipu, vLLM and Bedrock. */
const table: readonly (readonly [RegExp, EndReason | ErrorCode])[] = [
  [/toxic|content.?filter|safety|refus|recitation|blocklist|prohibited|spii|sensitive|guardrail/i, 'content-filter'],
  // Mistral: `model_length`. Cohere: `ERROR_LIMIT`.
  [/length|max.*token|token.?limit|error.?limit|context.?window/i, 'length'],
  [/time.?out/i, 'provider-timeout'],
  // DeepSeek: `insufficient_system_resource`.
  [/insufficient|unavailable|overload/i, 'provider-unavailable'],
  // Gemini: `MALFORMED_FUNCTION_CALL`, which its compatible endpoint writes as `function_call_filter: …`.
  [/malformed|call.?filter|unexpected|too.?many|missing|error|fail|abort/i, 'provider-error'],
  [/tool|function/i, 'tool-calls'],
  [/cancel|stopped/i, 'stopped'],
];

/** Our reason for a word, or our code if it means that the answer failed; undefined if it is in no row of the table. */
export function readFinish(word: unknown): EndReason | ErrorCode | undefined {
  return typeof word === 'string' ? table.find(([words]) => words.test(word))?.[1] : undefined;
}

/** The event that ends an answer with this word. An answer with tool calls may have the word for `stop`. */
export function endEvent(word: unknown, hasCalls = false): MessageEndEvent | ErrorEvent {
  return toEnd(readFinish(word) ?? 'stop', hasCalls);
}

export function toEnd(reason: EndReason | ErrorCode, hasCalls: boolean): MessageEndEvent | ErrorEvent {
  if (isErrorCode(reason)) return new ChatError(reason).toEvent();
  return {type: 'message-end', reason: reason === 'stop' && hasCalls ? 'tool-calls' : reason};
}
