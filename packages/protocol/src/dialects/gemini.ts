/** Gemini's `streamGenerateContent`: whole tool calls, thoughts as parts, no end mark. Read only. */
import {usageDetails} from './fields.ts';
import type {Decoder, Dialect} from '../dialect.ts';
import {isEnd} from '../event.ts';
import type {ChatEvent, EndReason, UsageEvent} from '../event.ts';
import type {ErrorCode} from '../error-codes.ts';
import {errorOfFrame, findError, toErrorEvent} from '../foreign-error.ts';
import {sseDecoder} from '../framing.ts';
import {asJson, asNumber, asString, asText, isObject, parseJson} from '../json.ts';
import type {UncheckedObject} from '../json.ts';
import {readFinish, toEnd} from './finish-words.ts';
import {pushCall} from './tool-input.ts';

/** The stream of Gemini's own API. */
export const gemini: Dialect = {
  name: 'gemini',
  contentType: 'text/event-stream; charset=utf-8',
  decoder: geminiDecoder,
};

export function geminiDecoder(): Decoder {
  const answer = geminiAnswer();
  return sseDecoder({
    read(frame, out) {
      const chunk = parseJson(frame.data);
      if (frame.event === 'error') answer.fail(toErrorEvent(errorOfFrame(frame.data)), out);
      else if (isObject(chunk)) answer.read(chunk, out);
    },
    end(out) {
      answer.end(out);
    },
  });
}

/** Reads a whole answer: one object, or the array that Gemini sends without `alt=sse`. */
export function readGeminiDocument(items: readonly UncheckedObject[], out: ChatEvent[]): void {
  const answer = geminiAnswer();
  for (const item of items) {
    answer.read(item, out);
    if (out.some(isEnd)) return;
  }
  answer.end(out);
}

/** Puts one answer together from chunks, or from the items of an array. */
interface GeminiAnswer {
  read(chunk: UncheckedObject, out: ChatEvent[]): void;
  fail(error: ChatEvent, out: ChatEvent[]): void;
  end(out: ChatEvent[]): void;
}

function geminiAnswer(): GeminiAnswer {
  let usage: UsageEvent | undefined;
  let reason: EndReason | ErrorCode | undefined;
  let calls = 0;

  const readPart = (part: UncheckedObject, out: ChatEvent[]): void => {
    const text = asText(part['text']);
    if (text !== '') out.push({type: part['thought'] === true ? 'reasoning-delta' : 'text-delta', delta: text});
    const call = part['functionCall'];
    if (!isObject(call)) return;
    calls += 1;
    const input = asJson(call['args'] ?? {});
    const callId = asString(call['id']) || `call_${calls}`;
    pushCall({callId, name: asString(call['name']) ?? '', input}, out);
  };
  const fail = (error: ChatEvent, out: ChatEvent[]): void => {
    if (usage !== undefined) out.push(usage);
    out.push(error);
  };

  return {
    read(chunk, out) {
      const error = findError(chunk);
      if (error !== undefined) {
        fail(toErrorEvent(error), out);
        return;
      }
      const {candidates, promptFeedback, usageMetadata} = chunk;
      const candidate = Array.isArray(candidates)
        ? candidates.find((item) => isObject(item) && (item['index'] ?? 0) === 0)
        : undefined;
      if (isObject(candidate)) {
        const {content, finishReason} = candidate;
        const parts = isObject(content) ? content['parts'] : undefined;
        if (Array.isArray(parts)) for (const item of parts) if (isObject(item)) readPart(item, out);
        // The reasons that are in no table are kinds of refusal, except these.
        const isPlain =
          finishReason === 'STOP' || finishReason === 'OTHER' || finishReason === 'FINISH_REASON_UNSPECIFIED';
        if (typeof finishReason === 'string')
          reason = isPlain ? 'stop' : (readFinish(finishReason) ?? 'content-filter');
      }
      if (isObject(promptFeedback) && promptFeedback['blockReason'] != null) reason ??= 'content-filter';
      if (isObject(usageMetadata)) {
        const said = asNumber(usageMetadata['candidatesTokenCount']) ?? 0;
        const thought = asNumber(usageMetadata['thoughtsTokenCount']) ?? 0;
        const promptTokens = asNumber(usageMetadata['promptTokenCount']) ?? 0;
        usage = {type: 'usage', promptTokens, completionTokens: said + thought, ...usageDetails(usageMetadata)};
      }
    },
    fail,
    end(out) {
      if (usage !== undefined) out.push(usage);
      if (reason === undefined) return;
      out.push(toEnd(reason, calls > 0));
    },
  };
}
