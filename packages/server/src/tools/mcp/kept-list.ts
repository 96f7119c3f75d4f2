/**
 * What an MCP server lists, kept and looked for in the background, so that nobody waits for the server. Knows no protocol.
 */

export interface KeptList<Value> {
  /** What is known now. If it is old, a newer one is looked for meanwhile. */
  now(): Value;
  /** Looks anew, as when the server says that it has changed. Never rejects. */
  refresh(): Promise<void>;
  /** Looks no more. */
  end(): void;
}

export interface KeptListOptions<Value> {
  /** Known from the beginning. */
  readonly first: Value;
  /** Whether the first is as new as one that was just found. */
  readonly isFresh: boolean;
  readonly look: () => Promise<Value>;
}

/** Milliseconds after which it is looked for again: when it was found, and when that failed. */
const freshFor = {found: 10 * 60_000, failed: 60_000};

export function createKeptList<Value>({first, isFresh, look}: KeptListOptions<Value>): KeptList<Value> {
  let known = first;
  let nextLook = isFresh ? performance.now() + freshFor.found : 0;
  let looking: Promise<void> | undefined;
  let isOutdated = false;
  let hasEnded = false;

  async function lookAgain(): Promise<void> {
    do {
      isOutdated = false;
      try {
        const found = await look();
        if (hasEnded) return;
        known = found;
        nextLook = performance.now() + freshFor.found;
      } catch {
        // The server is away, or slow. What is known stays.
        nextLook = performance.now() + freshFor.failed;
      }
    } while (isOutdated);
  }

  async function refresh(): Promise<void> {
    if (hasEnded) return;
    // It may change after it was read.
    isOutdated = looking !== undefined;
    looking ??= lookAgain().finally(() => (looking = undefined));
    return looking;
  }

  return {
    now() {
      if (!looking && performance.now() >= nextLook) void refresh();
      return known;
    },
    refresh,
    end: () => void (hasEnded = true),
  };
}
