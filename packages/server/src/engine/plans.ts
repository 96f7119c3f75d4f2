/** What a caller has subscribed to, and whether a request keeps within it. Knows no callers and no counters. */
import {ChatError} from '@chatlet/protocol';
import {type LimitWindow, hour, minute} from './limiter.ts';

/** A number that is absent sets no limit. */
export interface Plan {
  readonly name: string;
  /** Tokens of an answer. */
  readonly maxTokens?: number;
  /** Messages of a request; of a stored chat so many are told to the model, the newest. */
  readonly maxMessages?: number;
  /** Characters of the last question. */
  readonly maxPromptLength?: number;
  /** Requests. */
  readonly perMinute?: number;
  readonly perHour?: number;
}

/** 100 a minute and 1000 an hour, and nothing else: what holds where no plan is named. */
export const defaultPlan: Plan = {name: 'default', perMinute: 100, perHour: 1000};

/** The plans that are there without any set-up. */
export const builtInPlans: readonly Plan[] = [
  defaultPlan,
  {name: 'trial', maxTokens: 500, maxMessages: 10, maxPromptLength: 1000, perMinute: 100, perHour: 1000},
  {name: 'core', maxTokens: 2000, maxMessages: 50, maxPromptLength: 4000, perMinute: 100, perHour: 1000},
  {name: 'enterprise', maxTokens: 4000, maxMessages: 100, maxPromptLength: 8000, perMinute: 100, perHour: 1000},
];

/** The plan of that name, written in any case; undefined where there is none. Later plans stand in for earlier ones. */
export function findPlan(name: string, plans: readonly Plan[] = builtInPlans): Plan | undefined {
  const wanted = name.trim().toLowerCase();
  return plans.findLast((plan) => plan.name.toLowerCase() === wanted);
}

/** What holds for those who have no plan. */
export function findDefaultPlan(plans: readonly Plan[]): Plan {
  return findPlan(defaultPlan.name, plans) ?? defaultPlan;
}

/** The windows to take from a limiter; none where the plan sets no limit. */
export function windowsOf({perMinute, perHour}: Plan): readonly LimitWindow[] {
  return [
    ...(perMinute === undefined ? [] : [{ms: minute, limit: perMinute}]),
    ...(perHour === undefined ? [] : [{ms: hour, limit: perHour}]),
  ];
}

/** What of a request a plan can limit. */
export interface PlannedRequest {
  /** Messages as the caller sent them. */
  readonly messageCount: number;
  /** Text of the last question. */
  readonly question: string;
  /** As asked for; absent or 0 leaves it to the plan. */
  readonly maxTokens?: number | undefined;
}

/** What a request may have by its plan. */
export interface GrantedRequest {
  /** Tokens of the answer; absent where neither request nor plan limits them. */
  readonly maxTokens?: number;
}

/**
 * Checks a request against a plan.
 * @param preferredMaxTokens what the path takes where nobody asked, such as 1000; clamped to the plan
 * @throws ChatError `plan-limit` with the limit's name in its words and its details
 */
export function checkPlan(request: PlannedRequest, plan: Plan, preferredMaxTokens?: number): GrantedRequest {
  const {messageCount, question, maxTokens: asked} = request;
  if (plan.maxMessages !== undefined && messageCount > plan.maxMessages) {
    const words = `takes ${plan.maxMessages} messages in a request, this one has ${messageCount}`;
    throw beyond(plan, 'maxMessages', {words, limit: plan.maxMessages, requested: messageCount});
  }
  if (plan.maxPromptLength !== undefined && question.length > plan.maxPromptLength) {
    // Somebody who counts characters counts an emoji once.
    const length = charactersOf(question);
    if (length > plan.maxPromptLength) {
      const words = `takes ${plan.maxPromptLength} characters in the last user message, this one has ${length}`;
      throw beyond(plan, 'maxPromptLength', {words, limit: plan.maxPromptLength, requested: length});
    }
  }
  if (asked !== undefined && asked > 0) {
    if (plan.maxTokens !== undefined && asked > plan.maxTokens) {
      const words = `gives ${plan.maxTokens} tokens in an answer, ${asked} were asked for`;
      throw beyond(plan, 'maxTokens', {words, limit: plan.maxTokens, requested: asked});
    }
    return {maxTokens: asked};
  }
  // Nothing asked: the default of the path. Zero asked: as much as there is.
  const wanted = asked === 0 ? undefined : preferredMaxTokens;
  const granted = Math.min(wanted ?? Infinity, plan.maxTokens ?? Infinity);
  return granted === Infinity ? {} : {maxTokens: granted};
}

type PlanLimit = 'maxTokens' | 'maxMessages' | 'maxPromptLength';

function beyond(
  {name: plan}: Plan,
  limitName: PlanLimit,
  {words, limit, requested}: {words: string; limit: number; requested: number},
): ChatError {
  return new ChatError('plan-limit', `The ${plan} plan ${words} (${limitName}).`, {
    details: {plan, limitName, limit, requested},
  });
}

function charactersOf(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}
