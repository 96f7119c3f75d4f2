/**
 * Limits the options of a request to those that the caller's plan allows, if the request itself holds the conversation.
 */
import {textOf} from '@chatlet/protocol';
import {type Plan, checkPlan} from '../../engine/plans.ts';
import type {AnswerOptions, PromptMessage} from '../../engine/provider.ts';

interface AskedOptions {
  readonly messages: readonly PromptMessage[];
  /** `maxTokens` 0 asks for as many as there are. */
  readonly options: AnswerOptions;
  /** Messages as they were sent, which may be more than those that the model sees. */
  readonly messageCount?: number;
}

interface PlanOptions {
  readonly plan: Plan;
  /** The path's own number of tokens for callers that ask for none. */
  readonly defaultMaxTokens?: number | undefined;
}

/** @throws ChatError `plan-limit`, `forbidden` */
export function applyPlanOptions(
  {messages, options, messageCount = messages.length}: AskedOptions,
  {plan, defaultMaxTokens}: PlanOptions,
): AnswerOptions {
  const {maxTokens: asked, ...rest} = options;
  const question = messages.findLast(({role}) => role === 'user');
  const request = {
    messageCount,
    question: question ? textOf(question) : '',
    history: messages.filter((message) => message.role !== 'system' && message !== question),
    definitions: [...(rest.tools ?? []), ...(rest.responseFormat === undefined ? [] : [rest.responseFormat])],
    hasInstructions: messages.some(({role}) => role === 'system'),
    maxTokens: asked,
  };
  return {...rest, ...checkPlan(request, plan, defaultMaxTokens)};
}
