/** Puts one answer together from OpenAI's chunks, or from a whole completion. Knows no framing. */
import type {ErrorCode} from '../../error-codes.ts';
import type {ChatEvent, EndReason, UsageEvent} from '../../event.ts';
import {findError, toErrorEvent} from '../../foreign-error.ts';
import {asJson, asText, isObject} from '../../json.ts';
import type {Json, UncheckedObject} from '../../json.ts';
import {usageEvent} from '../fields.ts';
import {readFinish, toEnd} from '../finish-words.ts';
import {answerText} from './answer-text.ts';
import {findPlainError} from './plain-error.ts';
import {reasoningDetails} from './reasoning-details.ts';
import type {ReasoningDetails} from './reasoning-details.ts';
import {deltaThought, partThought, thoughtField} from './reasoning.ts';
import {sourceList} from './source-list.ts';
import type {SourceList} from './source-list.ts';
import {toolCallPieces} from './tool-call-pieces.ts';
import type {ToolCallPieces} from './tool-call-pieces.ts';

/** Reads chunks and whole completions alike. */
export interface OpenaiAnswer {
  /** Adds a piece of text, possibly empty. */
  say(text: string, out: ChatEvent[]): void;
  read(chunk: UncheckedObject, out: ChatEvent[]): void;
  fail(error: ChatEvent, out: ChatEvent[]): void;
  /** `marked`: the sender said that this is all. `unmarked`: the answer is complete only if a finish reason came. */
  end(out: ChatEvent[], how: 'marked' | 'unmarked'): void;
}

export function openaiAnswer(): OpenaiAnswer {
  const text = answerText();
  // Created when first needed: most answers hold only text, and a server reads thousands at once.
  let calls: ToolCallPieces | undefined;
  let sources: SourceList | undefined;
  let usage: UsageEvent | undefined;
  // Metadata that a reasoning model wants back: the name of its field, and OpenRouter's details.
  let field: string | undefined;
  let details: ReasoningDetails | undefined;
  let reason: EndReason | ErrorCode | undefined;

  const readDelta = (delta: UncheckedObject, out: ChatEvent[]): void => {
    const thought = deltaThought(delta);
    if (thought !== '') {
      field ??= thoughtField(delta);
      text.think(thought, out);
    }
    if (delta['reasoning_details'] != null) (details ??= reasoningDetails()).add(delta['reasoning_details']);
    const {content, refusal} = delta;
    if (Array.isArray(content)) readParts(content, out);
    else text.say(asText(content), out);
    if (typeof refusal === 'string') text.say(refusal, out);
    readCalls(delta);
    if (Array.isArray(delta['annotations'])) readAnnotations(delta['annotations'], out);
  };

  const readParts = (parts: readonly unknown[], out: ChatEvent[]): void => {
    for (const part of parts) {
      if (!isObject(part)) continue;
      const thought = partThought(part);
      if (thought !== '') text.think(thought, out);
      else text.say(asText(part['text']), out);
    }
  };

  const readCalls = (delta: UncheckedObject): void => {
    const pieces = delta['tool_calls'];
    if (Array.isArray(pieces)) for (const piece of pieces) (calls ??= toolCallPieces()).add(piece);
    // The field from before there were several calls.
    const call = delta['function_call'];
    if (isObject(call)) (calls ??= toolCallPieces()).add({index: 0, function: call});
  };

  const readAnnotations = (annotations: readonly unknown[], out: ChatEvent[]): void => {
    for (const annotation of annotations) {
      const {source, citation, end} = (sources ??= sourceList()).cite(annotation);
      if (source === undefined && citation === undefined) continue;
      text.flush(out);
      if (source !== undefined) out.push(source);
      // Most senders name all places at the end of the text; a mark can only stand behind the text so far.
      if (citation !== undefined && end === text.length()) out.push(citation);
    }
  };

  const readChoice = (choice: UncheckedObject, out: ChatEvent[]): void => {
    const logprobs = readLogprobs(choice);
    if (logprobs !== undefined) out.push({type: 'logprobs', logprobs});
    const message = choice['delta'] ?? choice['message'];
    if (isObject(message)) readDelta(message, out);
    else text.say(asText(choice['text']), out);
  };

  const fail = (error: ChatEvent, out: ChatEvent[]): void => {
    text.flush(out);
    if (usage !== undefined) out.push(usage);
    out.push(error);
  };

  return {
    say: text.say,
    read(chunk, out) {
      if (chunk['error'] != null || chunk['object'] === 'error') {
        const error = findError(chunk);
        if (error !== undefined) {
          fail(toErrorEvent(error), out);
          return;
        }
      }
      const {choices} = chunk;
      const plain = Array.isArray(choices) ? undefined : findPlainError(chunk);
      if (plain !== undefined) {
        fail(toErrorEvent(plain), out);
        return;
      }
      if (Array.isArray(choices)) {
        for (const choice of choices) {
          // Only the first of several answers is shown: mixed, neither would be readable.
          if (!isObject(choice) || (typeof choice['index'] === 'number' && choice['index'] !== 0)) continue;
          readChoice(choice, out);
          const failed = isObject(choice['error']) ? findError(choice) : undefined;
          if (failed !== undefined) {
            fail(toErrorEvent(failed), out);
            return;
          }
          const finish = choice['finish_reason'];
          if (typeof finish !== 'string' || finish === '') continue;
          reason = readFinish(finish) ?? 'stop';
          const end = toEnd(reason, false);
          if (end.type === 'error') {
            fail(end, out);
            return;
          }
        }
      }
      usage = readUsage(chunk) ?? usage;
      if (chunk['citations'] != null || chunk['search_results'] != null) (sources ??= sourceList()).remember(chunk);
    },
    fail,
    end(out, how) {
      text.flush(out);
      const isComplete = how === 'marked' || reason !== undefined;
      // Without a call nobody wants plain reasoning back.
      if (isComplete && (details !== undefined || (field !== undefined && calls !== undefined))) {
        const own = {
          ...(field === undefined ? {} : {field}),
          ...(details === undefined ? {} : {details: details.list}),
        };
        out.push({type: 'reasoning-metadata', providerMetadata: {'openai-chat': own}});
      }
      // A call or source of an answer that was cut may be half of one.
      const hasCalls = isComplete && calls !== undefined && calls.emit(out);
      if (isComplete) sources?.emit(out);
      if (usage !== undefined) out.push(usage);
      if (!isComplete) return;
      // Some senders answer with tool calls and give the reason "stop".
      out.push(toEnd(reason ?? 'stop', hasCalls));
    },
  };
}

/** The `logprobs` of a choice if it has any; some senders write empty lists into all chunks. */
export function readLogprobs({logprobs}: UncheckedObject): Json | undefined {
  if (!isObject(logprobs)) return undefined;
  const some = Object.values(logprobs).some((tokens) => Array.isArray(tokens) && tokens.length > 0);
  return some ? asJson(logprobs) : undefined;
}

/** OpenAI's `usage`, which Groq puts into `x_groq`. */
function readUsage(chunk: UncheckedObject): UsageEvent | undefined {
  const {usage} = chunk;
  if (usage != null) return usageEvent(usage, 'prompt_tokens', 'completion_tokens');
  const groq = chunk['x_groq'];
  return isObject(groq) ? usageEvent(groq['usage'], 'prompt_tokens', 'completion_tokens') : undefined;
}
