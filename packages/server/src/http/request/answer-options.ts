/** How an answer is to be written: the options that the APIs of this server share, under all their names. */
import {z} from 'zod';
import type {AnswerOptions} from '../../engine/provider.ts';
import {stopField, stopOption} from './body-fields.ts';

/** How the answer is to be written, under all the names that the APIs of this server have for it. */
export const optionFields = {
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  topP: z.number().min(0).max(1).nullish(),
  max_completion_tokens: z.int().min(0).nullish(),
  max_tokens: z.int().min(0).nullish(),
  maxTokens: z.int().min(0).nullish(),
  stop: stopField,
  stopSequences: z.array(z.string()).max(16).nullish(),
  seed: z.int().nullish(),
};

type SentOptions = {
  readonly [Field in keyof typeof optionFields]?: z.infer<(typeof optionFields)[Field]> | undefined;
};

/**
 * The options that were given; where two names were, OpenAI's newer one counts. Of no tokens nothing could be said, so
 * `maxTokens` 0 means that the client sets no limit; it stays, as a path may have a limit for those who say nothing.
 */
export function optionsOf(sent: SentOptions): AnswerOptions {
  const {temperature, seed, topP = null, stopSequences = null} = sent;
  const top = sent.top_p ?? topP;
  const maxTokens = sent.max_completion_tokens ?? sent.max_tokens ?? sent.maxTokens;
  return {
    ...(temperature != null && {temperature}),
    ...(top != null && {topP: top}),
    ...(maxTokens != null && {maxTokens}),
    ...stopOption(sent.stop ?? stopSequences),
    ...(seed != null && {seed}),
  };
}
