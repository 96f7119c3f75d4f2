/**
 * Quirks of models behind OpenAI's chat completions: which parameters a model supports, learned from its refusals.
 * Knows no HTTP.
 */
import {type Sampling, describeSampling, samplingAfter} from './sampling.ts';
import type {Refuses} from './unsupported-parameters.ts';

/** The parameters on which upstreams disagree, as far as a model's are known. */
export interface OpenAiCapabilities {
  /** Whether it takes `stream_options`, and therefore reports how many tokens were used. */
  readonly streamOptions: boolean;
  /** Its name for the longest answer: `max_tokens` nearly everywhere, the longer one for OpenAI's newer models. */
  readonly maxTokens: 'max_tokens' | 'max_completion_tokens';
  /** OpenAI pads its chunks against eavesdroppers unless it is told not to; no other upstream knows that option. */
  readonly padding: 'refused' | 'unknown';
  /** Which of `temperature` and `top_p` it takes; models that reason before they answer often take neither. */
  readonly sampling: 'both' | Sampling;
  /** Whether it streams; if not, the whole answer comes at once. */
  readonly streams: boolean;
  /**
   * Where it takes instructions: anywhere, in one message at the front, there with the role `developer`, or only as the
   * beginning of the first question.
   */
  readonly system: 'anywhere' | 'front' | 'developer' | 'user';
  /**
   * Whether it takes back the reasoning and the signatures beside messages and calls. If `required`, it wants reasoning
   * with every call, also with those of other models.
   */
  readonly reasoning: 'taken' | 'refused' | 'required';
  /** Whether every step with calls must have a signature of Google's, also a step of another model. */
  readonly signatures: 'optional' | 'required';
  /** The ids that it takes for calls: any, or nine letters and digits. */
  readonly callIds: 'any' | 'nine';
  /** How it takes a budget of thoughts: as the nearest `reasoning_effort`, or as Gemini's `thinking_config`. */
  readonly budget: 'effort' | 'thinking_config';
}

type Lesson = (
  refuses: Refuses,
  refusal: {readonly message: string; readonly known: OpenAiCapabilities},
) => Partial<OpenAiCapabilities> | undefined;

/** Templates of Qwen 3.5 and Mistral: "System message must be at the beginning", "Unexpected role 'system' after role 'user'". */
const saysSystemFirst =
  /system (?:message|role|prompt)s?\b[^.]{0,60}(?:beginning|begin|first|start|front|one|single|multiple)|(?:only|multiple)[^.]{0,30}system (?:message|prompt)|role '?"?system'?"? after/i;
/** OpenAI's o1: "'messages[0].role' does not support 'system' with this model". Gemma's template: "System role not supported". */
const saysNoSystem =
  /(?:not|n't) support '?"?system\b|system (?:role|message|prompt)s?\b[^.]{0,20}(?:not|n't) (?:\w+ )?support|(?:developer|system) (?:role|instruction)s? (?:is|are) not (?:enabled|supported|allowed)/i;
const saysNoDeveloper =
  /(?:not|n't) support '?"?developer\b|(?:unknown|unexpected|invalid|unsupported)[^.]{0,30}\bdeveloper\b|\bdeveloper\b[^.]{0,30}(?:not|n't|unknown|invalid|unsupported)/i;
/** Mistral: "Tool call id was … but must be a-z, A-Z, 0-9, with a length of 9"; its templates say much the same. */
const saysCallId = /tool call ids?\b[^.]{0,80}length (?:of )?9/i;
/** DeepSeek: "The `reasoning_content` in the thinking mode must be passed back to the API", "Missing `reasoning_content` field". */
const saysReasoningMissing = /\breasoning_content\b[^.]{0,60}must be passed|missing[^.]{0,10}\breasoning_content\b/i;
/** Gemini: "Function call is missing a thought_signature in functionCall parts." */
const saysSignatureMissing = /missing a .{0,3}thought_?signature/i;

/**
 * The order matters. A refusal may name several parameters, and only the first one found here is given up before the
 * model is asked again. The first two cost the caller nothing; the last one does.
 */
const lessons: readonly Lesson[] = [
  (refuses, {known}) =>
    known.streams && (refuses('stream') || refuses('stream', 'streaming')) ? {streams: false} : undefined,
  (_, {message, known}) => {
    if (known.system === 'anywhere' && saysSystemFirst.test(message)) return {system: 'front'};
    if (known.system === 'developer') return saysNoDeveloper.test(message) ? {system: 'user'} : undefined;
    if (known.system === 'user' || !saysNoSystem.test(message)) return undefined;
    // Only OpenAI names the message; its models know the other role.
    return {system: /messages\[\d+\]/.test(message) ? 'developer' : 'user'};
  },
  (_, {message, known}) => (known.callIds === 'any' && saysCallId.test(message) ? {callIds: 'nine'} : undefined),
  (_, {message, known}) =>
    known.reasoning !== 'required' && saysReasoningMissing.test(message) ? {reasoning: 'required'} : undefined,
  (_, {message, known}) =>
    known.signatures === 'optional' && saysSignatureMissing.test(message) ? {signatures: 'required'} : undefined,
  (refuses) => (refuses('stream_options') ? {streamOptions: false} : undefined),
  (refuses) => (refuses('max_tokens', 'max_completion_tokens') ? {maxTokens: 'max_completion_tokens'} : undefined),
  (refuses) => {
    const sampling = samplingAfter(refuses);
    return sampling && {sampling};
  },
];

/** Fields of messages and calls that only reasoning models know. */
const reasoningFields = ['reasoning_content', 'reasoning', 'reasoning_details', 'extra_content'];

/** The capabilities without the parameter that a refusal names; undefined if it names none of ours. */
export function learnFromRefusal(
  capabilities: OpenAiCapabilities,
  refuses: Refuses,
  message: string,
): OpenAiCapabilities | undefined {
  for (const lesson of lessons) {
    const learned = lesson(refuses, {message, known: capabilities});
    if (learned) return {...capabilities, ...learned};
  }
  if (capabilities.reasoning === 'taken' && reasoningFields.some((field) => refuses('messages', field))) {
    return {...capabilities, reasoning: 'refused'};
  }
  return undefined;
}

/** What is odd about a model, in phrases for the operator. */
export function describeOpenAiQuirks(capabilities: OpenAiCapabilities): readonly string[] {
  const {streams, system, streamOptions, maxTokens, sampling, reasoning, signatures, callIds} = capabilities;
  const phrases = [
    !streams && 'does not stream',
    system === 'front' && 'takes instructions in front only',
    system === 'developer' && 'takes instructions with the role `developer` only',
    system === 'user' && 'takes no instructions, so the first question begins with them',
    !streamOptions && 'takes no `stream_options`, so its usage may be missing',
    maxTokens === 'max_completion_tokens' && 'takes `max_completion_tokens` instead of `max_tokens`',
    ...describeSampling(sampling),
    reasoning === 'refused' && 'takes no reasoning back',
    reasoning === 'required' && 'wants reasoning with each call of a tool',
    signatures === 'required' && 'wants a signature with each call of a tool',
    callIds === 'nine' && 'wants ids of nine characters for calls of tools',
  ];
  return phrases.filter((phrase) => phrase !== false);
}
