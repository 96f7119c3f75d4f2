/** The turn log of a server that runs alone: in memory, so nothing survives the process. */
import {ChatError} from '@chatlet/protocol';
import type {NumberedBatch, TurnLog} from '../engine/turn-log.ts';
import {createEndedTurns} from './ended-turns.ts';
import {createEventList} from './event-list.ts';
import {type LoggedTurn, readLoggedTurn} from './logged-turn.ts';

export interface MemoryTurnLogOptions {
  /** Milliseconds for which an ended turn stays readable; 60 s by default. */
  readonly keepFor?: number;
  /** The largest number of ended turns that stay readable; 1000 by default. */
  readonly keepAtMost?: number;
  /** The largest number of characters in all ended turns that stay readable; 16 million by default. */
  readonly keepCharacters?: number;
  /** Milliseconds since 1970; for tests. */
  readonly now?: () => number;
}

export function memoryTurnLog(options: MemoryTurnLogOptions = {}): TurnLog {
  const {keepFor = 60_000, keepAtMost = 1000, keepCharacters = 16_000_000, now = Date.now} = options;
  const logs = new Map<string, LoggedTurn>();
  const runningByChat = new Map<string, LoggedTurn>();
  const ended = createEndedTurns({
    keepFor,
    keepAtMost,
    keepCharacters,
    now,
    onForget: ({turn}) => logs.delete(turn.turnId),
  });

  const findRunning = (turnId: string) => {
    const log = logs.get(turnId);
    return log?.closedAt === undefined ? log : undefined;
  };

  return {
    async open(turn) {
      if (runningByChat.has(turn.chatId)) throw new ChatError('conflict');
      ended.sweep();
      // A turn that is tried again under its id begins anew.
      const earlier = logs.get(turn.turnId);
      if (earlier) ended.forget(earlier);
      const log: LoggedTurn = {
        turn,
        events: createEventList(),
        closedAt: undefined,
        readers: new Set(),
        onStop: undefined,
        stopRequested: false,
      };
      logs.set(turn.turnId, log);
      runningByChat.set(turn.chatId, log);
    },

    append(turnId, events) {
      const log = findRunning(turnId);
      if (!log) throw new ChatError('internal', 'The turn is not open.');
      if (events.length === 0) return;
      const batch = {first: log.events.count() + 1, events};
      log.events.push(events);
      for (const tell of log.readers) tell(batch);
    },

    close(turnId) {
      const log = findRunning(turnId);
      if (!log) return;
      log.closedAt = now();
      log.onStop = undefined;
      log.events.pack();
      runningByChat.delete(log.turn.chatId);
      ended.add(log);
      for (const tell of log.readers) tell(undefined);
      // If this forgets a turn, its readers still read it to its end.
      ended.sweep();
    },

    async find(owner, chatId, {recent = false} = {}) {
      const log = runningByChat.get(chatId) ?? (recent ? ended.find(chatId) : undefined);
      return log && log.turn.owner === owner && !ended.isExpired(log) ? log.turn : undefined;
    },

    read: (turnId, after, {signal}) => ({
      [Symbol.asyncIterator]() {
        const log = logs.get(turnId);
        return log && !ended.isExpired(log) ? readLoggedTurn(log, {after, signal}) : failToRead();
      },
    }),

    forget: (owner) => ended.forgetOwner(owner),

    async requestStop(turnId) {
      const log = findRunning(turnId);
      if (!log) return false;
      log.stopRequested = true;
      log.onStop?.();
      log.onStop = undefined;
      return true;
    },

    onStopRequest(turnId, callback) {
      const log = findRunning(turnId);
      if (!log) return;
      if (log.stopRequested) callback();
      else log.onStop = callback;
    },
  };
}

function failToRead(): AsyncIterator<NumberedBatch, void> {
  return {next: () => Promise.reject(new ChatError('not-found', 'There is no such answer to read.'))};
}
