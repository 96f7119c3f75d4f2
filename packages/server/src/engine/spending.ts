/**
 * A ceiling for what a day may cost, for everybody together and for those who have not said who they are. What an
 * answer may cost at most is held back while it is written, so that many at once cannot go over it together. Counts in
 * this process; what the day has cost before it started comes from the store. Knows no HTTP.
 */
import {ChatError, type Model, type Usage} from '@chatlet/protocol';
import type {Clock} from './clock.ts';
import {estimatePromptTokens} from './count-tokens.ts';
import {visitorPrefix} from './identity.ts';
import {costOf} from './prices.ts';
import type {PromptMessage} from './provider.ts';
import type {Owner, Store} from './store.ts';

/** A number that is absent sets no limit. Days are those of UTC. */
export interface Ceiling {
  /** Of questions and answers together. */
  readonly tokensPerDay?: number;
  /** By the prices of the models; a model without a price costs nothing here. */
  readonly usdPerDay?: number;
}

export interface SpendingLimits {
  /** For all visitors together who have not signed in. */
  readonly visitors?: Ceiling;
  /** For all callers together, visitors among them. */
  readonly everybody?: Ceiling;
}

/** What is about to be asked. */
export interface Expense {
  readonly messages: readonly PromptMessage[];
  readonly maxTokens?: number | undefined;
  readonly pricing: Model['pricing'];
}

export interface Hold {
  /** What the answer may have. */
  readonly maxTokens: number;
  /** Gives back what was held and counts what was used, once. */
  end(used: Usage | undefined): void;
}

export interface Spending {
  /** @throws ChatError `rate-limited` until the next day where there is no room for an answer */
  hold(owner: Owner, expense: Expense): Promise<Hold>;
}

export interface SpendingServices {
  readonly store: Pick<Store, 'usageSince'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** What an answer is given where nobody asks for a length: a ceiling needs an end to reckon with. */
const defaultAnswerTokens = 4096;
/** An answer shorter than this that was not asked for so short is no answer. */
const shortestAnswer = 256;
const dayLength = 86_400_000;

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

  let begun: Promise<void> | undefined;
  /** What the day has cost before this process began. Where that cannot be read the next question tries again. */
  async function begin(): Promise<void> {
    const from = new Date(today() * dayLength).toISOString();
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

  return {
    async hold(owner, {messages, maxTokens, pricing}) {
      begun ??= begin().catch((error: unknown) => {
        begun = undefined;
        throw error;
      });
      await begun;
      // From here to the end nothing waits: of several at the ceiling one passes.
      const own = groups.filter(({prefix}) => owner.startsWith(prefix));
      const usdOf = (promptTokens: number, completionTokens: number) =>
        costOf({promptTokens, completionTokens}, pricing) ?? 0;
      const prompt = estimatePromptTokens(messages);
      const wanted = maxTokens ?? defaultAnswerTokens;
      const price = pricing?.completion ?? 0;
      let room = wanted;
      for (const group of own) {
        const {tokens, usd} = tallyOf(group);
        const {tokensPerDay = Infinity, usdPerDay = Infinity} = group.ceiling;
        const usdLeft = usdPerDay - usd - usdOf(prompt, 0);
        const byPrice = price > 0 ? (usdLeft / price) * 1000 : usdLeft < 0 ? 0 : Infinity;
        room = Math.min(room, tokensPerDay - tokens - prompt, byPrice);
      }
      const granted = Math.floor(room + roundingError);
      if (granted < Math.min(wanted, shortestAnswer)) throw noMoreToday(clock.now());
      const held = {tokens: prompt + granted, usd: usdOf(prompt, granted)};
      const tallies = own.map(tallyOf);
      for (const tally of tallies) count(tally, held);
      let open = true;
      return {
        maxTokens: granted,
        end(used) {
          if (!open) return;
          open = false;
          for (const tally of tallies) count(tally, {tokens: -held.tokens, usd: -held.usd});
          if (!used) return;
          const {promptTokens, completionTokens} = used;
          const spent = {tokens: promptTokens + completionTokens, usd: usdOf(promptTokens, completionTokens)};
          // An answer that went past midnight counts for the day on which it was paid.
          for (const group of own) count(tallyOf(group), spent);
        },
      };
    },
  };
}

/** Sums of prices are off by the last digits, and a token is never so cheap. */
const roundingError = 1e-6;

function count(tally: Tally, {tokens, usd}: {tokens: number; usd: number}): void {
  tally.tokens += tokens;
  tally.usd += usd;
}

function noMoreToday(now: number): ChatError {
  const retryAfter = Math.ceil((dayLength - (now % dayLength)) / 1000);
  const sentence = 'The chat has answered as much as it may today. Come back tomorrow.';
  // Clients that ask again by themselves would do so all day.
  return new ChatError('rate-limited', sentence, {retryAfter, retryable: false});
}
