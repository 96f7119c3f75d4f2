/**
 * Answers in the form before tools: clients that send `functions` read `function_call`. Such an answer has one call, so
 * further ones are left out.
 */
import {type Json, type UncheckedObject, isObject, openaiChat, parseJson, asJson} from '@chatlet/protocol';
import type {WritableDialect} from '../../response/writer.ts';

/** Rewrites a whole completion or a chunk. */
export function withFunctionCalls(printed: object): object {
  if (!isObject(printed) || !Array.isArray(printed['choices'])) return printed;
  return {
    ...printed,
    choices: printed['choices'].map((choice: unknown) => (isObject(choice) ? rewrite(choice) : choice)),
  };
}

function rewrite({message, delta, finish_reason: reason, ...choice}: UncheckedObject): Json {
  return asJson({
    ...choice,
    ...(isObject(message) && {message: rewriteCalls(message)}),
    ...(isObject(delta) && {delta: rewriteCalls(delta)}),
    finish_reason: reason === 'tool_calls' ? 'function_call' : (reason ?? null),
  });
}

function rewriteCalls({tool_calls: calls, ...said}: UncheckedObject): UncheckedObject {
  const first: unknown = Array.isArray(calls)
    ? calls.find((call) => isObject(call) && (call['index'] ?? 0) === 0)
    : undefined;
  return isObject(first) ? {...said, function_call: first['function']} : said;
}

/** OpenAI's chunks, rewritten. Old clients are few, so their chunks may be parsed again. */
export const functionCallDialect: WritableDialect = {
  ...openaiChat,
  encoder(context) {
    const encoder = openaiChat.encoder?.(context);
    if (!encoder) throw new Error('Chunks can be written.');
    const rewritten = (text: string) =>
      text.replaceAll(/^data: (\{.*\})$/gm, (line: string, json: string) => {
        const chunk = parseJson(json);
        return isObject(chunk) ? `data: ${JSON.stringify(withFunctionCalls(chunk))}` : line;
      });
    return {
      ...encoder,
      encode: (events, first) => rewritten(encoder.encode(events, first)),
      end: () => rewritten(encoder.end()),
    };
  },
};
