/** The amounts that are spent and held today, in all and by name. Days are UTC days. Knows no limits. */
import type {Clock} from './clock.ts';

export interface Amount {
  readonly tokens: number;
  readonly usd: number;
}

export interface Account {
  /** Paid for answers that have ended. */
  spent: Amount;
  /** The highest possible cost of answers that are being written. */
  held: Amount;
}

export interface DailyAccounts {
  /** The number of the UTC day. Holds of another day are gone. */
  today(): number;
  /** The account of today with that name; without one it is empty. Changes to it are only kept by `change`. */
  get(name: string): Readonly<Account>;
  /** Adds to an account of today, or subtracts from it. */
  change(name: string, by: Partial<Account>): void;
}

export const nothing: Amount = {tokens: 0, usd: 0};
const empty: Readonly<Account> = {spent: nothing, held: nothing};

export const dayLength = 86_400_000;

/**
 * Beyond this number the oldest account that holds nothing is forgotten: a caller that asks so little is far from a
 * limit.
 */
const mostAccounts = 100_000;

export function createDailyAccounts(clock: Pick<Clock, 'now'>): DailyAccounts {
  let day = 0;
  let accounts = new Map<string, Account>();

  const accountsOfToday = () => {
    const now = Math.floor(clock.now() / dayLength);
    if (now !== day) accounts = new Map();
    day = now;
    return accounts;
  };

  const makeRoom = () => {
    if (accounts.size < mostAccounts) return;
    for (const [name, {held}] of accounts) {
      if (held.tokens > 0 || held.usd > 0) continue;
      accounts.delete(name);
      return;
    }
  };

  return {
    today: () => Math.floor(clock.now() / dayLength),
    get: (name) => accountsOfToday().get(name) ?? empty,
    change(name, by) {
      const before = accountsOfToday().get(name);
      if (!before) makeRoom();
      const {spent, held} = before ?? empty;
      const account = {spent: add(spent, by.spent ?? nothing), held: add(held, by.held ?? nothing)};
      if (isEmpty(account)) accounts.delete(name);
      else accounts.set(name, account);
    },
  };
}

export function add(amount: Amount, other: Amount): Amount {
  return {tokens: amount.tokens + other.tokens, usd: amount.usd + other.usd};
}

export function negative({tokens, usd}: Amount): Amount {
  return {tokens: -tokens, usd: -usd};
}

/** Sums of prices are wrong in their last digits, and no token is as cheap as this. */
export const roundingError = 1e-6;

function isEmpty({spent, held}: Account): boolean {
  return spent.tokens <= 0 && held.tokens <= 0 && spent.usd < roundingError / 1000 && held.usd < roundingError / 1000;
}
