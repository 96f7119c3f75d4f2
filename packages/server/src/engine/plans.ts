/** Plans, which limit the requests of a caller, and the check of a request against one. Knows no callers and no counters. */
import {ChatError} from '@chatlet/protocol';
import {type LimitWindow, hour, minute} from './limiter.ts';

/** An absent number sets no limit. */
export interface Plan {
  readonly name: string;
  /** Tokens of an answer. */
  readonly maxTokens?: number;
  /** Messages of a request. From a stored chat the model reads this many of the newest. */
  readonly maxMessages?: number;
  /** Characters of the last question. */
  readonly maxPromptLength?: number;
  /** Requests. */
  readonly perMinute?: number;
  readonly perHour?: number;
  /** Bytes of the body of a request; 10 MB by default. */
  readonly maxBodyBytes?: number;
}

/** The plan of callers without one: 100 requests a minute, 1000 an hour, and no other limit. */
export const defaultPlan: Plan = {name: 'default', perMinute: 100, perHour: 1000};

/** The plans that exist without any configuration. */
export const builtInPlans: readonly Plan[] = [
  defaultPlan,
  {name: 'trial', maxTokens: 500, maxMessages: 10, maxPromptLength: 1000, perMinute: 100, perHour: 1000},
  {name: 'core', maxTokens: 2000, maxMessages: 50, maxPromptLength: 4000, perMinute: 100, perHour: 1000},
  {name: 'enterprise', maxTokens: 4000, maxMessages: 100, maxPromptLength: 8000, perMinute: 100, perHour: 1000},
];

/** The plan with that name in any case; undefined if there is none. Later plans override earlier ones. */
export function findPlan(name: string, plans: readonly Plan[] = builtInPlans): Plan | undefined {
  const wanted = name.trim().toLowerCase();
  return plans.findLast((plan) => plan.name.toLowerCase() === wanted);
}

/** The plan of callers that have none. */
export function findDefaultPlan(plans: readonly Plan[]): Plan {
  return findPlan(defaultPlan.name, plans) ?? defaultPlan;
}

/** The windows for a limiter; none if the plan has no rate limit. */
export function windowsOf({perMinute, perHour}: Plan): readonly LimitWindow[] {
  return [
    ...(perMinute === undefined ? [] : [{ms: minute, limit: perMinute}]),
    ...(perHour === undefined ? [] : [{ms: hour, limit: perHour}]),
  ];
}

export function maxBodyBytesOf({maxBodyBytes = 10_000_000}: Plan): number {
  return maxBodyBytes;
}

/** The parts of a request that a plan can limit. */
export interface PlannedRequest {
  /** Number of messages that the caller sent. */
  readonly messageCount: number;
  /** Text of the last question. */
  readonly question: string;
  /** The requested number; if it is absent or 0 the plan decides. */
  readonly maxTokens?: number | undefined;
}

/** The limits of a request that keeps within its plan. */
export interface GrantedRequest {
  /** Tokens of the answer; absent if neither the request nor the plan limits them. */
  readonly maxTokens?: number;
}

/**
 * Checks a request against a plan.
 * @param preferredMaxTokens the path's default for a request without `maxTokens`, such as 1000; clamped to the plan
 * @throws ChatError `plan-limit`, which names the limit in its sentence and its details
 */
export function checkPlan(request: PlannedRequest, plan: Plan, preferredMaxTokens?: number): GrantedRequest {
  const {messageCount, question, maxTokens: asked} = request;
  if (plan.maxMessages !== undefined && messageCount > plan.maxMessages) {
    const words = `takes ${plan.maxMessages} messages in a request, this one has ${messageCount}`;
    throw beyondPlan(plan, 'maxMessages', {words, limit: plan.maxMessages, requested: messageCount});
  }
  if (plan.maxPromptLength !== undefined && question.length > plan.maxPromptLength) {
    // People count an emoji as one character.
    const length = countCharacters(question);
    if (length > plan.maxPromptLength) {
      const words = `takes ${plan.maxPromptLength} characters in the last user message, this one has ${length}`;
      throw beyondPlan(plan, 'maxPromptLength', {words, limit: plan.maxPromptLength, requested: length});
    }
  }
  if (asked !== undefined && asked > 0) {
    if (plan.maxTokens !== undefined && asked > plan.maxTokens) {
      const words = `gives ${plan.maxTokens} tokens in an answer, ${asked} were asked for`;
      throw beyondPlan(plan, 'maxTokens', {words, limit: plan.maxTokens, requested: asked});
    }
    return {maxTokens: asked};
  }
  // Without a requested number the path's default counts. Zero asks for as many as possible.
  const wanted = asked === 0 ? undefined : preferredMaxTokens;
  const granted = Math.min(wanted ?? Infinity, plan.maxTokens ?? Infinity);
  return granted === Infinity ? {} : {maxTokens: granted};
}

type PlanLimit = 'maxTokens' | 'maxMessages' | 'maxPromptLength';

function beyondPlan(
  {name: plan}: Plan,
  limitName: PlanLimit,
  {words, limit, requested}: {words: string; limit: number; requested: number},
): ChatError {
  return new ChatError('plan-limit', `The ${plan} plan ${words} (${limitName}).`, {
    details: {plan, limitName, limit, requested},
  });
}

function countCharacters(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}
