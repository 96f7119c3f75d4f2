/**
 * How long a model thinks, in OpenAI's words and in tokens. The table is Google's, which it applies to OpenAI's clients:
 * https://ai.google.dev/gemini-api/docs/openai
 */
import type {ReasoningOptions} from '../engine/provider.ts';

/** The word for what was asked; undefined if the upstream's default is right. */
export function effortOf({effort, thinking}: ReasoningOptions = {}): string | undefined {
  if (effort !== undefined || typeof thinking !== 'number') return effort;
  if (thinking <= 1024) return 'low';
  return thinking <= 8192 ? 'medium' : 'high';
}
