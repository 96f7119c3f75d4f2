/** Plans, which limit the requests of a caller, and the check of a request against one. Knows no callers and no counters. */
import {ChatError, inputTextOf} from '@chatlet/protocol';
import {type LimitWindow, hour, minute} from './limiter.ts';
import type {PromptMessage} from './provider.ts';
import type {Kept} from './store.ts';

/** The limits of a caller. An absent member sets no limit. */
export interface Plan {
  readonly name: string;
  /** Tokens of an answer; of its visible text alone if `maxReasoningTokens` is set. */
  readonly maxTokens?: number;
  /** Tokens that a model may think in addition to `maxTokens`. */
  readonly maxReasoningTokens?: number;
  /** Messages of a request. From a stored chat the model reads this many of the newest. */
  readonly maxMessages?: number;
  /** Characters of the last question. */
  readonly maxPromptLength?: number;
  /** Characters of the earlier messages that a request brings along, together. */
  readonly maxHistoryLength?: number;
  /** Ids or aliases of models besides the default model. If it is absent, the caller may use every model. */
  readonly models?: readonly string[];
  /** Whether a request may bring system messages; by default it may. */
  readonly takesInstructions?: boolean;
  /**
   * Whether documents are searched for answers: `false` never, `true` also on APIs that do not search by themselves. By
   * default the API and the request decide.
   */
  readonly retrieval?: boolean;
  /** Answers of one caller that are being written at the same time. */
  readonly answersAtOnce?: number;
  /** Bytes of the body of a request; 10 MB by default. */
  readonly maxBodyBytes?: number;
  /** Chats that one caller may keep. */
  readonly maxChats?: number;
  /** Bytes of all chats that one caller may keep. */
  readonly maxBytes?: number;
  /** Requests. */
  readonly perMinute?: number;
  /** Requests in any hour. */
  readonly perHour?: number;
}

/** The plan of keys, signed-in users and local callers without one: 100 requests a minute, 1000 an hour, nothing else. */
export const defaultPlan: Plan = {name: 'default', perMinute: 100, perHour: 1000};

/** The plan of visitors, unless the operator chooses another: a stranger cannot ruin the operator with it. */
export const visitorPlan = {
  name: 'visitor',
  maxTokens: 1000,
  maxReasoningTokens: 4000,
  maxPromptLength: 8000,
  maxHistoryLength: 32_000,
  models: [],
  takesInstructions: false,
  answersAtOnce: 4,
  maxBodyBytes: 256_000,
  maxChats: 1000,
  maxBytes: 50_000_000,
  perMinute: 100,
  perHour: 1000,
} as const satisfies Plan;

/** The plans that exist without any configuration. */
export const builtInPlans: readonly Plan[] = [
  defaultPlan,
  visitorPlan,
  {name: 'trial', maxTokens: 500, maxMessages: 10, maxPromptLength: 1000, perMinute: 100, perHour: 1000},
  {name: 'core', maxTokens: 2000, maxMessages: 50, maxPromptLength: 4000, perMinute: 100, perHour: 1000},
  {name: 'enterprise', maxTokens: 4000, maxMessages: 100, maxPromptLength: 8000, perMinute: 100, perHour: 1000},
];

/**
 * The built-in plans and the operator's, which replace those of the same name. The plan `visitor` is only changed:
 * members that the operator does not name stay built in, so that to name a model does not lift the other limits. If
 * there is no such plan, visitors keep the operator's limits for `default`, if those are stricter, and its rates.
 */
export function allPlans(configured: readonly Plan[] = []): readonly Plan[] {
  const byDefault = findPlan(defaultPlan.name, configured);
  const visitor = findPlan(visitorPlan.name, configured);
  const ofVisitors = visitor ? {...visitorPlan, ...visitor} : byDefault ? stricterOf(byDefault) : visitorPlan;
  return [...builtInPlans, ...configured, {...ofVisitors, name: visitorPlan.name}];
}

/** The limits of visitors if the operator has limited all callers, as was usual before visitors had their own plan. */
function stricterOf({perMinute, perHour, ...plan}: Plan): Plan {
  const {perMinute: _, perHour: __, ...visitor} = visitorPlan;
  const least = (limit: number, other: number | undefined) => Math.min(limit, other ?? limit);
  return {
    ...plan,
    ...visitor,
    maxTokens: least(visitor.maxTokens, plan.maxTokens),
    maxReasoningTokens: least(visitor.maxReasoningTokens, plan.maxReasoningTokens),
    maxPromptLength: least(visitor.maxPromptLength, plan.maxPromptLength),
    maxHistoryLength: least(visitor.maxHistoryLength, plan.maxHistoryLength),
    answersAtOnce: least(visitor.answersAtOnce, plan.answersAtOnce),
    maxBodyBytes: least(visitor.maxBodyBytes, plan.maxBodyBytes),
    maxChats: least(visitor.maxChats, plan.maxChats),
    maxBytes: least(visitor.maxBytes, plan.maxBytes),
    ...(perMinute !== undefined && {perMinute}),
    ...(perHour !== undefined && {perHour}),
  };
}

/** The plan with that name in any case; undefined if there is none. Later plans override earlier ones. */
export function findPlan(name: string, plans: readonly Plan[] = builtInPlans): Plan | undefined {
  const wanted = name.trim().toLowerCase();
  return plans.findLast((plan) => plan.name.toLowerCase() === wanted);
}

/** The plan with that name. @throws ChatError `invalid-request` if there is none */
export function choosePlan(name: string, plans: readonly Plan[]): Plan {
  const plan = findPlan(name, plans);
  if (plan) return plan;
  throw new ChatError('invalid-request', `There is no plan "${name}", only ${planNames(plans)}.`);
}

export function planNames(plans: readonly Plan[]): string {
  return [...new Set(plans.map(({name}) => name))].join(', ');
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
  /** Earlier messages that count, without system messages; none by default. */
  readonly history?: readonly Pick<PromptMessage, 'parts'>[];
  /** Further text that the model reads: tools that the caller offers, the form of the answer. */
  readonly definitions?: readonly unknown[];
  /** Whether the caller sent system messages. */
  readonly hasInstructions?: boolean;
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
 * @throws ChatError `plan-limit`, which names the limit in its sentence and its details; `forbidden` for system messages
 */
export function checkPlan(request: PlannedRequest, plan: Plan, preferredMaxTokens?: number): GrantedRequest {
  const {messageCount, question, history = [], definitions = [], hasInstructions = false, maxTokens: asked} = request;
  if (hasInstructions && plan.takesInstructions === false) throw noInstructions(plan);
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
  if (plan.maxHistoryLength !== undefined) {
    const written = definitions.reduce<number>((sum, each) => sum + JSON.stringify(each).length, 0);
    const length = history.reduce((sum, message) => sum + lengthOf(message), written);
    if (length > plan.maxHistoryLength) {
      const words = `takes ${plan.maxHistoryLength} characters in earlier messages and tools, this request has ${length}`;
      throw beyondPlan(plan, 'maxHistoryLength', {words, limit: plan.maxHistoryLength, requested: length});
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

/**
 * Checks whether a caller may keep one more question.
 * @param kept the amount of the caller's data, and whether the question begins a chat
 * @throws ChatError `quota-exceeded`, with advice for the caller
 */
export function checkQuota({name: plan, maxChats, maxBytes}: Plan, kept: Kept & {readonly beginsChat: boolean}): void {
  const exceeded = (limitName: 'maxChats' | 'maxBytes', limit: number, words: string) =>
    new ChatError('quota-exceeded', `The ${plan} plan keeps ${words} (${limitName}). Delete chats to ask again.`, {
      details: {plan, limitName, limit},
    });
  if (maxChats !== undefined && kept.beginsChat && kept.chats >= maxChats) {
    throw exceeded('maxChats', maxChats, `${maxChats} chats`);
  }
  if (maxBytes !== undefined && kept.bytes >= maxBytes) {
    throw exceeded('maxBytes', maxBytes, `${maxBytes / 1_000_000} MB of chats`);
  }
}

type PlanLimit = 'maxTokens' | 'maxMessages' | 'maxPromptLength' | 'maxHistoryLength';

function beyondPlan(
  {name: plan}: Plan,
  limitName: PlanLimit,
  {words, limit, requested}: {words: string; limit: number; requested: number},
): ChatError {
  return new ChatError('plan-limit', `The ${plan} plan ${words} (${limitName}).`, {
    details: {plan, limitName, limit, requested},
  });
}

function noInstructions({name: plan}: Plan): ChatError {
  const sentence = `The ${plan} plan takes no system messages (takesInstructions).`;
  return new ChatError('forbidden', sentence, {
    details: {cause: 'no-instructions', plan, limitName: 'takesInstructions'},
  });
}

/** Characters that a model reads of a message. Files have no characters; the size of the body limits them. */
function lengthOf({parts}: Pick<PromptMessage, 'parts'>): number {
  let length = 0;
  for (const part of parts) {
    if (part.type === 'text' || part.type === 'reasoning') length += part.text.length;
    else if (part.type === 'tool') length += inputTextOf(part).length + JSON.stringify(part.output ?? '').length;
  }
  return length;
}

function countCharacters(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}
