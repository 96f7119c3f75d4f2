/** What a plan grants of what was asked for, where the request itself holds the conversation. */
import {textOf} from '@chatlet/protocol';
import {type Plan, checkPlan} from '../../engine/plans.ts';
import type {AnswerOptions, PromptMessage} from '../../engine/provider.ts';

interface AskedOptions {
  readonly messages: readonly PromptMessage[];
  /** `maxTokens` 0 asks for as many as there are. */
  readonly options: AnswerOptions;
  /** Messages as they were sent, where they are more than those that the model sees. */
  readonly messageCount?: number;
}

/**
 * The options as far as the plan goes.
 * @param defaultMaxTokens what the path gives where nobody asked
 * @throws ChatError `plan-limit`
 */
export function applyPlanOptions(
  plan: Plan,
  {messages, options, messageCount = messages.length}: AskedOptions,
  defaultMaxTokens?: number,
): AnswerOptions {
  const {maxTokens: asked, ...rest} = options;
  const question = messages.findLast(({role}) => role === 'user');
  const request = {messageCount, question: question ? textOf(question) : '', maxTokens: asked};
  return {...rest, ...checkPlan(request, plan, defaultMaxTokens)};
}
