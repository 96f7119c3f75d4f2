/** The turn log of a server that runs alone: in memory, nothing survives the process. */
import {ChatError} from '@chatlet/protocol';
import {noMore} from '../engine/step.ts';
import type {NumberedBatch, RunningTurn, TurnLog} from '../engine/turn-log.ts';
import {type EventList, eventList} from './event-list.ts';

export interface MemoryTurnLogOptions {
  /** Milliseconds that an ended turn stays readable; 60 s by default. */
  readonly keepFor?: number;
  /** Ended turns that stay readable at most; 1000 by default. */
  readonly keepAtMost?: number;
  /** Characters of all ended turns that stay readable; 16 million by default. */
  readonly keepCharacters?: number;
  /** Milliseconds since 1970; for tests. */
  readonly now?: () => number;
}

interface Log {
  readonly turn: RunningTurn;
  readonly events: EventList;
  /** When it was closed; undefined while the turn runs. */
  closedAt: number | undefined;
  /** Told of what was appended, and of the end. */
  readonly readers: Set<Listener>;
  onStop: (() => void) | undefined;
  stopRequested: boolean;
}

type Listener = (appended: NumberedBatch | undefined) => void;
type Step = IteratorResult<NumberedBatch, void>;

export function memoryTurnLog(options: MemoryTurnLogOptions = {}): TurnLog {
  const {keepFor = 60_000, keepAtMost = 1000, keepCharacters = 16_000_000, now = Date.now} = options;
  const logs = new Map<string, Log>();
  const runningByChat = new Map<string, Log>();
  /** The newest ended turn of each chat. Oldest first, as a Map keeps its order. */
  const endedByChat = new Map<string, Log>();
  let endedCharacters = 0;
  let sweeping: NodeJS.Timeout | undefined;

  const forget = (log: Log) => {
    endedByChat.delete(log.turn.chatId);
    endedCharacters -= log.events.characters();
    logs.delete(log.turn.turnId);
  };

  /** Forgets ended turns whose time is over, and the oldest of too many; looks again while there are others. */
  const sweep = () => {
    const oldest = now() - keepFor;
    for (const log of endedByChat.values()) {
      const tooMany = endedByChat.size > keepAtMost || endedCharacters > keepCharacters;
      if (!tooMany && (log.closedAt ?? 0) > oldest) break;
      forget(log);
    }
    if (endedByChat.size === 0) return;
    // A server that nobody asks anything gives the memory back too; the timer does not keep the process awake.
    sweeping ??= setTimeout(() => {
      sweeping = undefined;
      sweep();
    }, keepFor).unref();
  };

  const isOver = (log: Log) => log.closedAt !== undefined && log.closedAt <= now() - keepFor;

  return {
    async open(turn) {
      if (runningByChat.has(turn.chatId)) throw new ChatError('conflict');
      sweep();
      // Tried again under its name, a turn begins anew.
      const earlier = logs.get(turn.turnId);
      if (earlier) forget(earlier);
      const log: Log = {
        turn,
        events: eventList(),
        closedAt: undefined,
        readers: new Set(),
        onStop: undefined,
        stopRequested: false,
      };
      logs.set(turn.turnId, log);
      runningByChat.set(turn.chatId, log);
    },

    append(turnId, events) {
      const log = logs.get(turnId);
      if (!log || log.closedAt !== undefined) throw new ChatError('internal', 'The turn is not open.');
      if (events.length === 0) return;
      const batch = {first: log.events.count() + 1, events};
      log.events.push(events);
      for (const tell of log.readers) tell(batch);
    },

    close(turnId) {
      const log = logs.get(turnId);
      if (!log || log.closedAt !== undefined) return;
      log.closedAt = now();
      log.onStop = undefined;
      log.events.pack();
      const {chatId} = log.turn;
      runningByChat.delete(chatId);
      const previous = endedByChat.get(chatId);
      if (previous) forget(previous);
      endedByChat.set(chatId, log);
      endedCharacters += log.events.characters();
      for (const tell of log.readers) tell(undefined);
      // Whoever still reads a turn that is forgotten here reads it to its end.
      sweep();
    },

    async find(owner, chatId, {recent = false} = {}) {
      const log = runningByChat.get(chatId) ?? (recent ? endedByChat.get(chatId) : undefined);
      return log && log.turn.owner === owner && !isOver(log) ? log.turn : undefined;
    },

    read: (turnId, after, {signal}) => ({
      [Symbol.asyncIterator]() {
        const log = logs.get(turnId);
        const found = log && !isOver(log) ? log : undefined;
        return found ? readLog(found, {after, signal}) : unknownTurn();
      },
    }),

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

function unknownTurn(): AsyncIterator<NumberedBatch, void> {
  return {next: () => Promise.reject(new ChatError('not-found', 'There is no such answer to read.'))};
}

/**
 * Reads a log from a place in it. Written out rather than as a generator: who has read all is handed what is
 * appended as it is, with one promise, and that is the usual case for every token of every answer.
 */
function readLog(
  log: Log,
  {after, signal}: {readonly after: number; readonly signal: AbortSignal},
): AsyncIterator<NumberedBatch, void> {
  let next = Math.max(0, after);
  let state: 'reading' | 'over' = 'reading';
  let waiting: ((step: Step) => void) | undefined;

  const give = (step: Step) => {
    const resolve = waiting;
    waiting = undefined;
    resolve?.(step);
  };
  const leave = () => {
    state = 'over';
    log.readers.delete(listen);
    signal.removeEventListener('abort', leave);
    give(noMore);
  };
  const step = (batch: NumberedBatch): Step => {
    next = batch.first + batch.events.length - 1;
    return {done: false, value: batch};
  };
  const listen: Listener = (appended) => {
    if (!waiting) return;
    if (!appended) leave();
    else if (appended.first === next + 1) give(step(appended));
    else {
      // It waits for a number that had not been reached.
      const events = log.events.from(next);
      if (events.length > 0) give(step({first: next + 1, events}));
    }
  };

  if (signal.aborted) state = 'over';
  else {
    log.readers.add(listen);
    signal.addEventListener('abort', leave, {once: true});
  }
  return {
    next() {
      if (state === 'reading') {
        const events = log.events.from(next);
        if (events.length > 0) return Promise.resolve(step({first: next + 1, events}));
        if (log.closedAt !== undefined) leave();
      }
      if (state === 'over') return Promise.resolve(noMore);
      return new Promise((resolve) => {
        waiting = resolve;
      });
    },
    return() {
      leave();
      return Promise.resolve(noMore);
    },
  };
}
