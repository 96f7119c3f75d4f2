/**
 * How long a model thinks, in OpenAI's words and in tokens. The table is Google's, which it applies to OpenAI's clients:
 * https://ai.google.dev/gemini-api/docs/openai
 */
import {ChatError} from '@chatlet/protocol';
import type {ReasoningOptions} from '../engine/provider.ts';

const budgets: ReadonlyMap<string, number> = new Map([
  ['none', 0],
  ['minimal', 1024],
  ['low', 1024],
  ['medium', 8192],
  ['high', 24_576],
  ['xhigh', 32_768],
  ['max', 32_768],
]);

/** The word for what was asked; undefined if the upstream's default is right. */
export function effortOf({effort, thinking}: ReasoningOptions = {}): string | undefined {
  if (effort !== undefined || typeof thinking !== 'number') return effort;
  if (thinking <= 1024) return 'low';
  return thinking <= 8192 ? 'medium' : 'high';
}

/**
 * Tokens of thoughts; 0 for none, undefined if the upstream's default is right.
 * @throws ChatError `invalid-request` for an effort that is in no table
 */
export function budgetOf(reasoning: ReasoningOptions = {}): number | 'adaptive' | undefined {
  const {effort, thinking} = reasoning;
  if (thinking !== undefined) return thinking === 'off' ? 0 : thinking;
  if (effort === undefined) return undefined;
  const tokens = budgets.get(effort);
  if (tokens !== undefined) return tokens;
  const param = fieldOf(reasoning);
  const known = [...budgets.keys()].join(', ');
  throw new ChatError('invalid-request', `${param} cannot be passed on: this model knows ${known}.`, {
    details: {param},
  });
}

/** The budget in Google's numbers, of which -1 leaves it to the model. */
export function googleBudgetOf(reasoning: ReasoningOptions | undefined): number | undefined {
  const budget = budgetOf(reasoning);
  return budget === 'adaptive' ? -1 : budget;
}

/** The caller's name for the option. */
export function fieldOf({field = 'reasoning_effort'}: ReasoningOptions = {}): string {
  return field;
}
