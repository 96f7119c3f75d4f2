/**
 * Makes one turn of requests that bear one name, whether they come at once or one after the other: the first begins it,
 * the others read the same events. Kept in memory for some minutes, within bounds. Knows no HTTP.
 */
import type {ChatEvent} from '@chatlet/protocol';
import type {UnsavedTurn, UnsavedTurns} from './unsaved-turns.ts';
import type {Report} from './report.ts';

export interface IdempotentTurnsOptions {
  readonly report: Report;
  /** Milliseconds that an ended answer can be read again; 10 minutes by default. */
  readonly keepFor?: number;
  /** Answers that are kept at most; 1000 by default. */
  readonly keepAtMost?: number;
  /** Characters that kept answers have together at most; 32 million by default. */
  readonly keepLength?: number;
  /** Milliseconds that a running answer waits for its asker to come back before the upstream is let go; 10 s by default. */
  readonly patience?: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

interface Kept {
  readonly turn: Promise<UnsavedTurn>;
  /** Characters so far. */
  length: number;
  endedAt: number | undefined;
}

export function idempotentTurns(turns: UnsavedTurns, {report, ...options}: IdempotentTurnsOptions): UnsavedTurns {
  const {keepFor = 600_000, keepAtMost = 1000, keepLength = 32_000_000, patience = 10_000, now = Date.now} = options;
  /** By owner and name. Oldest first, as a Map keeps its order. */
  const kept = new Map<string, Kept>();

  /** Forgets ended answers whose time is over, and the oldest of those that are too many. */
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
        shared(turn, {
          patience,
          report,
          onGrow: (length) => {
            entry.length += length;
          },
          onEnd: (how) => {
            entry.endedAt = now();
            // What failed or was given up may be tried again under its name.
            if (how === 'incomplete') forget();
          },
        }),
      );
      const entry: Kept = {turn: begun, length: 0, endedAt: undefined};
      kept.set(key, entry);
      begun.catch(forget);
      return begun;
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

/** The same turn for any number of readers, each from the beginning; the fastest of them sets the pace. */
function shared(turn: UnsavedTurn, {patience, report, onGrow, onEnd}: Sharing): UnsavedTurn {
  const batches: (readonly ChatEvent[])[] = [];
  const abort = new AbortController();
  /** Readers that have read all there is. */
  const waiting = new Set<() => void>();
  let readers = 0;
  let state: 'new' | 'running' | 'ended' = 'new';
  let goOn = () => {};
  let leaving: NodeJS.Timeout | undefined;

  const wakeReaders = () => {
    for (const wake of waiting) wake();
    waiting.clear();
  };
  const allAreBehind = () => readers > 0 && waiting.size === 0;
  /** Never rejects: readers of what broke find an answer without an end. */
  const pump = async () => {
    let complete = false;
    try {
      for await (const batch of turn.read(abort)) {
        batches.push(batch);
        onGrow(batch.reduce((length, event) => length + ('delta' in event ? event.delta.length : 0), 0));
        complete ||= batch.some((event) => event.type === 'message-end' && event.reason !== 'stopped');
        wakeReaders();
        while (allAreBehind()) {
          await new Promise<void>((resolve) => {
            goOn = resolve;
          });
        }
      }
    } catch (error) {
      report(error, {answerId: turn.answerId});
    }
    state = 'ended';
    clearTimeout(leaving);
    onEnd(complete ? 'complete' : 'incomplete');
    wakeReaders();
  };

  return {
    ...turn,
    async *read({signal}) {
      readers++;
      clearTimeout(leaving);
      let wake = () => {};
      const onAbort = () => wake();
      signal.addEventListener('abort', onAbort, {once: true});
      try {
        if (state === 'new') {
          state = 'running';
          void pump();
        }
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
          goOn();
          await news;
          waiting.delete(wake);
        }
      } finally {
        signal.removeEventListener('abort', onAbort);
        readers--;
        if (readers === 0 && state === 'running') {
          goOn();
          leaving = setTimeout(() => abort.abort('Nobody has come back for the answer.'), patience);
        }
      }
    },
  };
}
