/**
 * Makes one turn of all requests with the same idempotency key, whether they come at once or one after the other: the
 * first request begins the turn, the others read the same events. Keeps turns in memory for some minutes, within bounds.
 * Knows no HTTP.
 */
import type {ChatEvent} from '@chatlet/protocol';
import type {Report} from './report.ts';
import type {Owner} from './store.ts';
import type {UnsavedTurn, UnsavedTurns} from './unsaved-turns.ts';

export interface IdempotentTurnsOptions {
  readonly report: Report;
  /** Milliseconds for which an ended answer can be read again; 10 minutes by default. */
  readonly keepFor?: number;
  /** The largest number of kept answers; 1000 by default. */
  readonly keepAtMost?: number;
  /** The largest number of characters in all kept answers; 32 million by default. */
  readonly keepLength?: number;
  /** Milliseconds for which a running answer without readers waits for one, before its upstream is aborted; 10 s by default. */
  readonly patience?: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

interface Kept {
  readonly owner: Owner;
  readonly turn: Promise<UnsavedTurn>;
  /** Characters so far. */
  length: number;
  endedAt: number | undefined;
}

export function createIdempotentTurns(turns: UnsavedTurns, {report, ...options}: IdempotentTurnsOptions): UnsavedTurns {
  const {keepFor = 600_000, keepAtMost = 1000, keepLength = 32_000_000, patience = 10_000, now = Date.now} = options;
  /** By owner and key. Oldest first, as a Map keeps its order. */
  const kept = new Map<string, Kept>();

  /** Forgets ended answers that were kept long enough, and the oldest ones while there are too many. */
  const sweep = () => {
    let length = 0;
    for (const entry of kept.values()) length += entry.length;
    for (const [key, {endedAt, length: own}] of kept) {
      if (endedAt === undefined) continue;
      if (endedAt > now() - keepFor && kept.size <= keepAtMost && length <= keepLength) return;
      kept.delete(key);
      length -= own;
    }
  };

  return {
    async start(owner, ask) {
      if (ask.idempotencyKey === undefined) return turns.start(owner, ask);
      const key = JSON.stringify([owner, ask.idempotencyKey]);
      const known = kept.get(key);
      if (known) return known.turn;
      sweep();
      const forget = () => {
        if (kept.get(key) === entry) kept.delete(key);
      };
      const begun = turns.start(owner, ask).then((turn) =>
        shareTurn(turn, {
          patience,
          report,
          onGrow: (length) => {
            entry.length += length;
          },
          onEnd: (how) => {
            entry.endedAt = now();
            // A turn that failed or was given up may be tried again with the same key.
            if (how === 'incomplete') forget();
          },
        }),
      );
      const entry: Kept = {owner, turn: begun, length: 0, endedAt: undefined};
      kept.set(key, entry);
      begun.catch(forget);
      return begun;
    },
    stopAll: (owner) => turns.stopAll(owner),
    forget(owner) {
      for (const [key, entry] of kept) if (entry.owner === owner) kept.delete(key);
      turns.forget(owner);
    },
    shutDown: () => turns.shutDown(),
    ending: turns.ending,
  };
}

interface Sharing {
  readonly patience: number;
  readonly report: Report;
  readonly onGrow: (length: number) => void;
  readonly onEnd: (how: 'complete' | 'incomplete') => void;
}

/** Lets any number of readers read the turn, each from the beginning. The fastest reader sets the pace. */
function shareTurn(turn: UnsavedTurn, {patience, report, onGrow, onEnd}: Sharing): UnsavedTurn {
  const batches: (readonly ChatEvent[])[] = [];
  const abort = new AbortController();
  /** The wake-ups of readers that have read all batches so far. */
  const waiting = new Set<() => void>();
  let readers = 0;
  let state: 'new' | 'running' | 'ended' = 'new';
  let resume = () => {};
  let leaving: NodeJS.Timeout | undefined;

  const wakeReaders = () => {
    for (const wake of waiting) wake();
    waiting.clear();
  };

  const areAllBehind = () => readers > 0 && waiting.size === 0;
  const waitForReader = () =>
    new Promise<void>((resolve) => {
      resume = resolve;
    });

  /** Never rejects: if the turn breaks, its readers get an answer without an end. */
  const pump = async () => {
    state = 'running';
    let complete = false;
    try {
      for await (const batch of turn.read(abort)) {
        batches.push(batch);
        onGrow(lengthOfDeltas(batch));
        complete ||= batch.some((event) => event.type === 'message-end' && event.reason !== 'stopped');
        wakeReaders();
        // Backpressure: nothing is read ahead of the fastest reader.
        while (areAllBehind()) await waitForReader();
      }
    } catch (error) {
      report(error, {answerId: turn.answerId});
    }
    state = 'ended';
    clearTimeout(leaving);
    onEnd(complete ? 'complete' : 'incomplete');
    wakeReaders();
  };

  const enter = () => {
    readers++;
    clearTimeout(leaving);
    if (state === 'new') void pump();
  };

  const leave = () => {
    readers--;
    if (readers > 0 || state !== 'running') return;
    resume();
    leaving = setTimeout(() => abort.abort('Nobody has come back for the answer.'), patience);
  };

  return {
    ...turn,
    async *read({signal}) {
      let wake = () => {};
      const onAbort = () => wake();
      signal.addEventListener('abort', onAbort, {once: true});
      enter();
      try {
        for (let next = 0; !signal.aborted;) {
          const batch = batches[next];
          if (batch) {
            next++;
            yield batch;
            continue;
          }
          if (state === 'ended') return;
          const news = new Promise<void>((resolve) => {
            wake = resolve;
          });
          waiting.add(wake);
          resume();
          await news;
          waiting.delete(wake);
        }
      } finally {
        signal.removeEventListener('abort', onAbort);
        leave();
      }
    },
  };
}

function lengthOfDeltas(batch: readonly ChatEvent[]): number {
  return batch.reduce((length, event) => length + ('delta' in event ? event.delta.length : 0), 0);
}
