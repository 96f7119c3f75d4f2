/** Options of an answer, such as temperature and length, which the APIs of this server share. */
import {z} from 'zod';
import type {AnswerOptions} from '../../engine/provider.ts';
import {stopField, stopOption} from './body-fields.ts';

/** All names that these APIs have for the options. */
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
 * If an option was given under two names, OpenAI's newer one wins. `maxTokens: 0` means that the client sets no limit.
 * It is kept, because a path may set a limit for clients that send no `maxTokens` at all.
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
