/**
 * Counts requests by caller for the last half to whole hour, in a table of bounded size: small callers make room for large
 * ones (Misra and Gries). A count may be too small, never too large. Callers are shown as hashes that end with the process.
 */
import {createHmac, randomBytes} from 'node:crypto';

export interface LargestCallers {
  count(caller: string): void;
  /** The largest callers, the largest first. */
  list(): readonly {readonly caller: string; readonly requests: number}[];
}

export interface LargestCallersOptions {
  /** Callers that are remembered; 1000 by default. */
  readonly size?: number;
  /** Callers that are listed; 10 by default. */
  readonly shown?: number;
  readonly now?: () => number;
}

const generation = 30 * 60_000;

export function createLargestCallers(options: LargestCallersOptions = {}): LargestCallers {
  const {size = 1000, shown = 10, now = () => performance.now()} = options;
  const salt = randomBytes(16);
  let young = new Map<string, number>();
  let old = new Map<string, number>();
  let since = now();

  function age(): void {
    const passed = now() - since;
    if (passed < generation) return;
    old = passed < 2 * generation ? young : new Map();
    young = new Map();
    since = now();
  }

  return {
    count(caller) {
      age();
      young.set(caller, (young.get(caller) ?? 0) + 1);
      if (young.size <= size) return;
      for (const [each, requests] of young) {
        if (requests > 1) young.set(each, requests - 1);
        else young.delete(each);
      }
    },
    list() {
      age();
      const all = new Map(old);
      for (const [caller, requests] of young) all.set(caller, (all.get(caller) ?? 0) + requests);
      return [...all]
        .toSorted(([, a], [, b]) => b - a)
        .slice(0, shown)
        .map(([caller, requests]) => ({
          caller: createHmac('sha256', salt).update(caller).digest('hex').slice(0, 12),
          requests,
        }));
    },
  };
}
