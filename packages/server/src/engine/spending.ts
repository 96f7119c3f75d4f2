/**
 * A ceiling for the cost of a day, for all callers together and for anonymous visitors together. While an answer is
 * written its highest possible cost is held, so that many answers at once cannot exceed the ceiling together. Counts in
 * this process; the store knows the day's cost from before the process started. Knows no HTTP.
 */
import {ChatError, type Model, type Usage} from '@chatlet/protocol';
import type {Clock} from './clock.ts';
import {estimatePromptTokens} from './count-tokens.ts';
import {visitorPrefix} from './identity.ts';
import {costOf} from './prices.ts';
import type {PromptMessage} from './provider.ts';
import type {Owner, Store} from './store.ts';

/** An absent number sets no limit. Days are UTC days. */
export interface Ceiling {
  /** Tokens of questions and answers together. */
  readonly tokensPerDay?: number;
  /** At the models' prices; a model without a price costs nothing here. */
  readonly usdPerDay?: number;
}

export interface SpendingLimits {
  /** For all visitors together that have not signed in. */
  readonly visitors?: Ceiling;
  /** For all callers together, visitors among them. */
  readonly everybody?: Ceiling;
}

/** A request to a model, before it is sent. */
export interface Expense {
  readonly messages: readonly PromptMessage[];
  readonly maxTokens?: number | undefined;
  readonly pricing: Model['pricing'];
}

export interface Hold {
  /** Tokens that the answer may have. */
  readonly maxTokens: number;
  /** Gives the held cost back and counts the used one. Only the first call counts. */
  end(used: Usage | undefined): void;
}

export interface Spending {
  /** @throws ChatError `rate-limited` until the next day if there is no room for an answer */
  hold(owner: Owner, expense: Expense): Promise<Hold>;
}

export interface SpendingServices {
  readonly store: Pick<Store, 'usageSince'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** Tokens of an answer if nobody asks for a length: a ceiling needs a number to reckon with. */
const defaultAnswerTokens = 4096;
/** Fewer tokens than this make no useful answer, unless the caller asked for so few. */
const shortestAnswer = 256;
const dayLength = 86_400_000;

interface Sum {
  readonly tokens: number;
  readonly usd: number;
}

interface Tally {
  readonly day: number;
  tokens: number;
  usd: number;
}

interface Group {
  readonly ceiling: Ceiling;
  readonly prefix: string;
  tally: Tally;
}

export function createSpending({visitors, everybody}: SpendingLimits, {store, clock}: SpendingServices): Spending {
  const today = () => Math.floor(clock.now() / dayLength);
  const groups: Group[] = [];
  const add = (ceiling: Ceiling | undefined, prefix: string) => {
    if (ceiling) groups.push({ceiling, prefix, tally: {day: today(), tokens: 0, usd: 0}});
  };
  add(everybody, '');
  add(visitors, visitorPrefix);

  let loaded: Promise<void> | undefined;
  /** Loads the day's cost from before this process began. If that fails, the next question tries again. */
  function loadTallies(): Promise<void> {
    loaded ??= loadFrom(new Date(today() * dayLength).toISOString()).catch((error: unknown) => {
      loaded = undefined;
      throw error;
    });
    return loaded;
  }

  async function loadFrom(from: string): Promise<void> {
    const sums = await Promise.all(groups.map(async ({prefix}) => store.usageSince?.(from, prefix)));
    for (const [index, group] of groups.entries()) {
      const {tokens = 0, cost = 0} = sums[index] ?? {};
      group.tally = {day: today(), tokens, usd: cost};
    }
  }

  function tallyOf(group: Group): Tally {
    if (group.tally.day !== today()) group.tally = {day: today(), tokens: 0, usd: 0};
    return group.tally;
  }

  /** The most tokens that an answer may have without exceeding one of the ceilings; at most as many as were wanted. */
  function roomFor({prompt, wanted, pricing}: Wish, own: readonly Group[]): number {
    const price = pricing?.completion ?? 0;
    let room = wanted;
    for (const group of own) {
      const {tokens, usd} = tallyOf(group);
      const {tokensPerDay = Infinity, usdPerDay = Infinity} = group.ceiling;
      const usdLeft = usdPerDay - usd - usdOf({promptTokens: prompt, completionTokens: 0}, pricing);
      const byPrice = price > 0 ? (usdLeft / price) * 1000 : usdLeft < 0 ? 0 : Infinity;
      room = Math.min(room, tokensPerDay - tokens - prompt, byPrice);
    }
    return Math.floor(room + roundingError);
  }

  return {
    async hold(owner, {messages, maxTokens, pricing}) {
      await loadTallies();
      // Nothing below awaits, so of several questions at the ceiling only one passes.
      const own = groups.filter(({prefix}) => owner.startsWith(prefix));
      const prompt = estimatePromptTokens(messages);
      const wanted = maxTokens ?? defaultAnswerTokens;
      const granted = roomFor({prompt, wanted, pricing}, own);
      if (granted < Math.min(wanted, shortestAnswer)) throw noMoreToday(clock.now());
      const held = toSum({promptTokens: prompt, completionTokens: granted}, pricing);
      const tallies = own.map(tallyOf);
      for (const tally of tallies) count(tally, held);
      let open = true;
      return {
        maxTokens: granted,
        end(used) {
          if (!open) return;
          open = false;
          for (const tally of tallies) count(tally, {tokens: -held.tokens, usd: -held.usd});
          // An answer that went past midnight counts for the day on which it is paid.
          if (used) for (const group of own) count(tallyOf(group), toSum(used, pricing));
        },
      };
    },
  };
}

interface Wish {
  /** Tokens of the prompt. */
  readonly prompt: number;
  /** Tokens that the answer would like to have. */
  readonly wanted: number;
  readonly pricing: Model['pricing'];
}

type Tokens = Pick<Usage, 'promptTokens' | 'completionTokens'>;

function usdOf(tokens: Tokens, pricing: Model['pricing']): number {
  return costOf(tokens, pricing) ?? 0;
}

function toSum(tokens: Tokens, pricing: Model['pricing']): Sum {
  return {tokens: tokens.promptTokens + tokens.completionTokens, usd: usdOf(tokens, pricing)};
}

/** Sums of prices are wrong in their last digits, and no token is as cheap as this. */
const roundingError = 1e-6;

function count(tally: Tally, {tokens, usd}: Sum): void {
  tally.tokens += tokens;
  tally.usd += usd;
}

function noMoreToday(now: number): ChatError {
  const retryAfter = Math.ceil((dayLength - (now % dayLength)) / 1000);
  const sentence = 'The chat has answered as much as it may today. Come back tomorrow.';
  // Otherwise clients that retry by themselves would do so all day.
  return new ChatError('rate-limited', sentence, {retryAfter, retryable: false});
}
