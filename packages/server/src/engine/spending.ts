/**
 * A ceiling for the cost of a day, for all callers together and for visitors together. A stranger cannot use it up for
 * the others: each has a small share of it, each network a larger one, and the last part is kept for callers that have
 * used nothing today. While an answer is written its highest possible cost is held, so that many answers at once cannot
 * exceed the ceiling together. A held amount delays for seconds; a spent one refuses until tomorrow. Counts in this
 * process; the store knows the day's cost from before the process started. Knows no HTTP.
 */
import {ChatError, type Model, type Usage} from '@chatlet/protocol';
import type {Clock} from './clock.ts';
import {estimatePromptTokens} from './count-tokens.ts';
import {type Account, type Amount, createDailyAccounts, dayLength, negative, roundingError} from './daily-accounts.ts';
import {visitorPrefix} from './identity.ts';
import type {Payer} from './payer.ts';
import {costOf} from './prices.ts';
import type {PromptMessage} from './provider.ts';
import type {Store} from './store.ts';

/** An absent number sets no limit. Days are UTC days. */
export interface Ceiling {
  /** Tokens of questions and answers together. */
  readonly tokensPerDay?: number;
  /** At the models' prices; a model without a price costs nothing here. */
  readonly usdPerDay?: number;
}

/** Shares are parts of the ceiling, from 0 to 1. */
export interface VisitorCeiling extends Ceiling {
  /** For each visitor; 0.02 by default. */
  readonly visitorShare?: number;
  /** For the visitors of a network, which is an IPv4 /24 or an IPv6 /48; 0.05 by default. */
  readonly networkShare?: number;
  /** The last part, kept for visitors that have used nothing today; 0.2 by default. */
  readonly newVisitorShare?: number;
}

/** The ceiling of a day's cost. */
export interface SpendingLimits {
  /** For all visitors together that have not signed in; 2 000 000 tokens by default. `{}` sets no limit. */
  readonly visitors?: VisitorCeiling;
  /** For all callers together, visitors among them. */
  readonly everybody?: Ceiling;
}

export interface SpendingOptions extends SpendingLimits {
  /** Whether `visitors` is the operator's: then it counts for visitors on this machine, too. */
  readonly countsLocal: boolean;
}

/** The ceiling of visitors, unless the operator sets another: a few dollars with most models. */
export const defaultVisitorCeiling: VisitorCeiling = {tokensPerDay: 2_000_000};

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
  /**
   * Undefined if no ceiling counts for the caller.
   * @throws ChatError `rate-limited` until the next day if there is no room for an answer, or for some seconds if answers
   * that are being written hold it
   */
  hold(payer: Payer, expense: Expense): Promise<Hold | undefined>;
  /** Loads the day's cost from before this process began. A question does it too, if this has failed. */
  load(): Promise<void>;
  /** The amounts that are spent and held today, of each ceiling. */
  figures(): Readonly<Partial<Record<keyof SpendingLimits, Readonly<Account>>>>;
}

export interface SpendingServices {
  readonly store: Pick<Store, 'usageSince' | 'usageOfOwnersSince'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** Tokens of an answer if nobody asks for a length: a ceiling needs a number to reckon with. */
const defaultAnswerTokens = 4096;
/** Fewer tokens than this make no useful answer, unless the caller asked for so few. */
const shortestAnswer = 256;
/** Tokens of the shares of small ceilings: less would be no answer. */
const smallestShares = {visitor: 1000, network: 2500};
/** Seconds until an answer has probably ended and has freed the amount that it holds. */
const heldRetryAfter = 3;
/** How many visitors' spending before the start is loaded: those that have spent the most. */
const mostLoaded = 100_000;

/** One of the limits that an answer must keep. */
interface Limit {
  readonly account: Readonly<Account>;
  readonly most: Amount;
  readonly whose: 'all' | 'visitor' | 'network';
}

export function createSpending(
  {visitors, everybody, countsLocal}: SpendingOptions,
  {store, clock}: SpendingServices,
): Spending {
  const totals = createDailyAccounts(clock);
  const owners = createDailyAccounts(clock);
  const networks = createDailyAccounts(clock);
  const {visitorShare = 0.02, networkShare = 0.05, newVisitorShare = 0.2} = visitors ?? {};
  const ofVisitor = times(amountOf(visitors), visitorShare);
  const ofNetwork = times(amountOf(visitors), networkShare);

  let loaded: Promise<void> | undefined;
  function load(): Promise<void> {
    loaded ??= loadFrom(new Date(totals.today() * dayLength).toISOString()).catch((error: unknown) => {
      loaded = undefined;
      throw error;
    });
    return loaded;
  }

  async function loadFrom(from: string): Promise<void> {
    const [all, ofVisitors, ofOwners] = await Promise.all([
      everybody && store.usageSince?.(from, ''),
      visitors && store.usageSince?.(from, visitorPrefix),
      visitors && store.usageOfOwnersSince?.(from, {beginWith: visitorPrefix, limit: mostLoaded}),
    ]);
    if (all) totals.change('everybody', {spent: {tokens: all.tokens, usd: all.cost}});
    if (ofVisitors) totals.change('visitors', {spent: {tokens: ofVisitors.tokens, usd: ofVisitors.cost}});
    for (const {owner, tokens, cost} of ofOwners ?? []) owners.change(owner, {spent: {tokens, usd: cost}});
  }

  /** Whether a part of the day is kept for this caller. A new name alone does not make somebody new. */
  function isNew(owner: string, network: string): boolean {
    const {tokens, usd} = networks.get(network).spent;
    const isUnused = isNothing(owners.get(owner).spent);
    return isUnused && tokens < Math.max(ofVisitor.tokens, smallestShares.visitor) && usd <= ofVisitor.usd;
  }

  function limitsFor({owner, stranger}: Payer, pricing: Model['pricing']): readonly Limit[] {
    const limits: Limit[] = [];
    const isVisitor = stranger !== undefined || (countsLocal && owner.startsWith(visitorPrefix));
    if (everybody) limits.push({account: totals.get('everybody'), most: amountOf(everybody), whose: 'all'});
    if (!visitors || !isVisitor) return limits;
    const part = stranger && !isNew(owner, stranger.network) ? 1 - newVisitorShare : 1;
    limits.push({account: totals.get('visitors'), most: times(amountOf(visitors), part), whose: 'all'});
    if (!stranger) return limits;
    limits.push({
      account: owners.get(owner),
      most: atLeast(ofVisitor, smallestShares.visitor, pricing),
      whose: 'visitor',
    });
    const most = atLeast(ofNetwork, smallestShares.network, pricing);
    limits.push({account: networks.get(stranger.network), most, whose: 'network'});
    return limits;
  }

  /** Counts for all that the caller belongs to, whether there is a limit or not. */
  function change({owner, stranger}: Payer, by: Partial<Account>): void {
    totals.change('everybody', by);
    if (stranger || owner.startsWith(visitorPrefix)) totals.change('visitors', by);
    if (!stranger) return;
    owners.change(owner, by);
    networks.change(stranger.network, by);
  }

  return {
    load,
    figures: () => ({
      ...(visitors && {visitors: totals.get('visitors')}),
      ...(everybody && {everybody: totals.get('everybody')}),
    }),
    async hold(payer, {messages, maxTokens, pricing}) {
      if (limitsFor(payer, pricing).length === 0) return undefined;
      await load();
      // Nothing below awaits, so of several questions at the ceiling only one passes.
      const limits = limitsFor(payer, pricing);
      const prompt = estimatePromptTokens(messages);
      const wanted = maxTokens ?? defaultAnswerTokens;
      const wish = {prompt, wanted, pricing};
      const spent = tightest(limits, (limit) => roomIn(limit, limit.account.spent, wish));
      if (spent.room < Math.min(wanted, shortestAnswer)) throw noMoreToday(clock.now(), spent.whose);
      const granted = Math.min(wanted, spent.room);
      const now = tightest(limits, (limit) => roomIn(limit, sumOf(limit.account), wish));
      if (now.room < granted) throw heldByOthers();
      const held = toAmount({promptTokens: prompt, completionTokens: granted}, pricing);
      const day = totals.today();
      change(payer, {held});
      let open = true;
      return {
        maxTokens: granted,
        end(used) {
          if (!open) return;
          open = false;
          if (totals.today() === day) change(payer, {held: negative(held)});
          // An answer that went past midnight counts for the day on which it is paid.
          if (used) change(payer, {spent: toAmount(used, pricing)});
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

/** The most tokens that an answer may have within a limit, if `used` of it is used; at most as many as were wanted. */
function roomIn({most}: Limit, used: Amount, {prompt, wanted, pricing}: Wish): number {
  const price = pricing?.completion ?? 0;
  const usdLeft = most.usd - used.usd - usdOf({promptTokens: prompt, completionTokens: 0}, pricing);
  const byPrice = price > 0 ? (usdLeft / price) * 1000 : usdLeft < 0 ? 0 : Infinity;
  return Math.floor(Math.min(wanted, most.tokens - used.tokens - prompt, byPrice) + roundingError);
}

function tightest(limits: readonly Limit[], roomOf: (limit: Limit) => number): {room: number; whose: Limit['whose']} {
  let found: {room: number; whose: Limit['whose']} = {room: Infinity, whose: 'all'};
  for (const limit of limits) {
    const room = roomOf(limit);
    if (room < found.room) found = {room, whose: limit.whose};
  }
  return found;
}

function amountOf({tokensPerDay = Infinity, usdPerDay = Infinity}: Ceiling = {}): Amount {
  return {tokens: tokensPerDay, usd: usdPerDay};
}

function times({tokens, usd}: Amount, part: number): Amount {
  return {tokens: tokens * part, usd: usd * part};
}

/** The share, or the cost of so many tokens with this model if that is more. */
function atLeast({tokens, usd}: Amount, leastTokens: number, pricing: Model['pricing']): Amount {
  const leastUsd = usdOf({promptTokens: 0, completionTokens: leastTokens}, pricing);
  return {tokens: Math.max(tokens, leastTokens), usd: Math.max(usd, leastUsd)};
}

function sumOf({spent, held}: Account): Amount {
  return {tokens: spent.tokens + held.tokens, usd: spent.usd + held.usd};
}

function isNothing({tokens, usd}: Amount): boolean {
  return tokens <= 0 && usd <= 0;
}

type Tokens = Pick<Usage, 'promptTokens' | 'completionTokens'>;

function usdOf(tokens: Tokens, pricing: Model['pricing']): number {
  return costOf(tokens, pricing) ?? 0;
}

function toAmount(tokens: Tokens, pricing: Model['pricing']): Amount {
  return {tokens: tokens.promptTokens + tokens.completionTokens, usd: usdOf(tokens, pricing)};
}

function noMoreToday(now: number, whose: Limit['whose']): ChatError {
  const retryAfter = Math.ceil((dayLength - (now % dayLength)) / 1000);
  const sentence =
    whose === 'all'
      ? 'The chat has answered as much as it may today. Come back tomorrow.'
      : 'You have asked as much as you may today. Come back tomorrow.';
  // Otherwise clients that retry by themselves would do so all day.
  return new ChatError('rate-limited', sentence, {
    retryAfter,
    retryable: false,
    ...(whose !== 'all' && {details: {cause: `${whose}-share`}}),
  });
}

function heldByOthers(): ChatError {
  return new ChatError('rate-limited', 'The chat is busy with other answers. Try again in some seconds.', {
    retryAfter: heldRetryAfter,
    details: {cause: 'spending-held'},
  });
}
