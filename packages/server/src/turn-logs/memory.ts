/** The turn log of a server that runs alone: in memory, nothing survives the process. */
import {ChatError, type ChatEvent} from '@chatlet/protocol';
import type {RunningTurn, TurnLog} from '../engine/turn-log.ts';

export interface MemoryTurnLogOptions {
  /** Milliseconds that an ended turn stays readable; 60 s by default. */
  readonly keepFor?: number;
  /** Ended turns that stay readable at most; 1000 by default. */
  readonly keepAtMost?: number;
  /** Milliseconds since 1970; for tests. */
  readonly now?: () => number;
}

interface Log {
  readonly turn: RunningTurn;
  readonly events: ChatEvent[];
  /** When it was closed; undefined while the turn runs. */
  closedAt: number | undefined;
  /** Called, then forgotten, at the next change. */
  readonly waiting: Set<() => void>;
  onStop: (() => void) | undefined;
  stopRequested: boolean;
}

/** A reader that is behind gets about this many characters at a time, so that it never holds a whole answer twice. */
const batchLength = 64 * 1024;

export function memoryTurnLog(options: MemoryTurnLogOptions = {}): TurnLog {
  const {keepFor = 60_000, keepAtMost = 1000, now = Date.now} = options;
  const logs = new Map<string, Log>();
  const runningByChat = new Map<string, Log>();
  /** The newest ended turn of each chat. Oldest first, as a Map keeps its order. */
  const endedByChat = new Map<string, Log>();

  /** Forgets ended turns whose time is over. Runs whenever a turn begins or ends: no timer keeps the process awake. */
  const sweep = () => {
    const oldest = now() - keepFor;
    for (const [chatId, log] of endedByChat) {
      if (endedByChat.size <= keepAtMost && (log.closedAt ?? 0) > oldest) return;
      endedByChat.delete(chatId);
      logs.delete(log.turn.turnId);
    }
  };

  const isOver = (log: Log) => log.closedAt !== undefined && log.closedAt <= now() - keepFor;

  const changed = (log: Log) => {
    for (const wake of log.waiting) wake();
    log.waiting.clear();
  };

  return {
    async open(turn) {
      if (runningByChat.has(turn.chatId)) throw new ChatError('conflict');
      sweep();
      const log: Log = {
        turn,
        events: [],
        closedAt: undefined,
        waiting: new Set(),
        onStop: undefined,
        stopRequested: false,
      };
      logs.set(turn.turnId, log);
      runningByChat.set(turn.chatId, log);
    },

    append(turnId, events) {
      const log = logs.get(turnId);
      if (!log || log.closedAt !== undefined) throw new ChatError('internal', 'The turn is not open.');
      for (const event of events) log.events.push(event);
      changed(log);
    },

    close(turnId) {
      const log = logs.get(turnId);
      if (!log || log.closedAt !== undefined) return;
      log.closedAt = now();
      log.onStop = undefined;
      const {chatId} = log.turn;
      runningByChat.delete(chatId);
      const previous = endedByChat.get(chatId);
      if (previous) logs.delete(previous.turn.turnId);
      endedByChat.delete(chatId);
      endedByChat.set(chatId, log);
      changed(log);
      sweep();
    },

    async find(owner, chatId, {recent = false} = {}) {
      const log = runningByChat.get(chatId) ?? (recent ? endedByChat.get(chatId) : undefined);
      return log && log.turn.owner === owner && !isOver(log) ? log.turn : undefined;
    },

    async *read(turnId, after, {signal}) {
      const log = logs.get(turnId);
      if (!log || isOver(log)) throw new ChatError('not-found', 'There is no such answer to read.');
      let wake: (() => void) | undefined;
      const onAbort = () => wake?.();
      signal.addEventListener('abort', onAbort, {once: true});
      try {
        let next = Math.max(0, after);
        while (!signal.aborted) {
          if (next < log.events.length) {
            const end = endOfBatch(log.events, next);
            yield {first: next + 1, events: log.events.slice(next, end)};
            next = end;
          } else if (log.closedAt === undefined) {
            await new Promise<void>((resolve) => {
              wake = resolve;
              log.waiting.add(resolve);
            });
            if (wake) log.waiting.delete(wake);
          } else {
            return;
          }
        }
      } finally {
        signal.removeEventListener('abort', onAbort);
      }
    },

    async requestStop(turnId) {
      const log = logs.get(turnId);
      if (!log || log.closedAt !== undefined) return false;
      log.stopRequested = true;
      log.onStop?.();
      log.onStop = undefined;
      return true;
    },

    onStopRequest(turnId, callback) {
      const log = logs.get(turnId);
      if (!log || log.closedAt !== undefined) return;
      if (log.stopRequested) callback();
      else log.onStop = callback;
    },
  };
}

function endOfBatch(events: readonly ChatEvent[], from: number): number {
  let length = 0;
  for (let index = from; index < events.length; index++) {
    const event = events[index];
    length += event && 'delta' in event ? event.delta.length : 256;
    if (length >= batchLength) return index + 1;
  }
  return events.length;
}
