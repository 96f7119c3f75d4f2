/**
 * Quirks of models behind OpenAI's chat completions: which parameters a model supports, learned from its refusals.
 * Knows no HTTP.
 */
import {type Sampling, samplingAfter} from './sampling.ts';
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
  /** Whether it takes back what reasoning models want back: reasoning and signatures beside messages and calls. */
  readonly takesReasoning: boolean;
}

type Lesson = (refuses: Refuses) => Partial<OpenAiCapabilities> | undefined;

/**
 * The order matters. A refusal may name several parameters, and only the first one found here is given up before the
 * model is asked again. The first two cost the caller nothing; the last one does.
 */
const lessons: readonly Lesson[] = [
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
export function learnFromRefusal(capabilities: OpenAiCapabilities, refuses: Refuses): OpenAiCapabilities | undefined {
  for (const lesson of lessons) {
    const learned = lesson(refuses);
    if (learned) return {...capabilities, ...learned};
  }
  if (capabilities.takesReasoning && reasoningFields.some((field) => refuses('messages', field))) {
    return {...capabilities, takesReasoning: false};
  }
  return undefined;
}
