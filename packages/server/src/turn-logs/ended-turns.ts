/** Keeps the ended turn of each chat readable for a while, within bounds. Knows no running turn. */
import type {Owner} from '../engine/store.ts';
import type {LoggedTurn} from './logged-turn.ts';

export interface EndedTurnsOptions {
  readonly keepFor: number;
  readonly keepAtMost: number;
  readonly keepCharacters: number;
  readonly now: () => number;
  readonly onForget: (log: LoggedTurn) => void;
}

export interface EndedTurns {
  /** Replaces the chat's earlier turn. */
  add(log: LoggedTurn): void;
  find(chatId: string): LoggedTurn | undefined;
  forget(log: LoggedTurn): void;
  forgetOwner(owner: Owner): void;
  /** Forgets turns that have been kept long enough, and the oldest ones while there are too many. */
  sweep(): void;
  /** Whether a turn has been kept long enough. */
  isExpired(log: LoggedTurn): boolean;
}

export function createEndedTurns(options: EndedTurnsOptions): EndedTurns {
  const {keepFor, keepAtMost, keepCharacters, now, onForget} = options;
  /** Oldest first, as a Map keeps its order. */
  const byChat = new Map<string, LoggedTurn>();
  let characters = 0;
  let sweeping: NodeJS.Timeout | undefined;

  const forget = (log: LoggedTurn) => {
    byChat.delete(log.turn.chatId);
    characters -= log.events.characters();
    onForget(log);
  };

  const sweep = () => {
    const oldest = now() - keepFor;
    for (const log of byChat.values()) {
      const tooMany = byChat.size > keepAtMost || characters > keepCharacters;
      if (!tooMany && (log.closedAt ?? 0) > oldest) break;
      forget(log);
    }
    if (byChat.size === 0) return;
    // An idle server gives the memory back too. The timer does not keep the process alive.
    sweeping ??= setTimeout(() => {
      sweeping = undefined;
      sweep();
    }, keepFor).unref();
  };

  return {
    add(log) {
      const previous = byChat.get(log.turn.chatId);
      if (previous) forget(previous);
      byChat.set(log.turn.chatId, log);
      characters += log.events.characters();
    },
    find: (chatId) => byChat.get(chatId),
    forget,
    forgetOwner(owner) {
      for (const log of byChat.values()) if (log.turn.owner === owner) forget(log);
    },
    sweep,
    isExpired: ({closedAt}) => closedAt !== undefined && closedAt <= now() - keepFor,
  };
}
