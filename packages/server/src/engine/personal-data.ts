/**
 * Everything of one owner: stops what runs, gives it all away as a file, and forgets it, in the store and in memory.
 * Knows no HTTP.
 */
import type {Report} from './report.ts';
import type {Owner, Store} from './store.ts';
import type {TurnLog} from './turn-log.ts';
import type {Turns} from './turns/turns.ts';
import type {UnsavedTurns} from './unsaved-turns.ts';

export interface PersonalData {
  /** Stops the owner's running answers, and resolves with their number when they are saved. */
  stopAnswers(owner: Owner): Promise<number>;
  /**
   * Stops the owner's answers, deletes all chats, and makes the usage anonymous. Resolves with the number of chats when
   * nothing in memory holds their words any more, and nothing on the disk as `Store.forgetOwner` says.
   */
  forget(owner: Owner): Promise<number>;
  /** Ends looking for requests of the command line. */
  close(): void;
}

export interface PersonalDataServices {
  readonly store: Pick<Store, 'forgetOwner' | 'forgetRequests'>;
  readonly turnLog: Pick<TurnLog, 'forget'>;
  readonly turns: Pick<Turns, 'stopAll' | 'forget'>;
  readonly unsaved: Pick<UnsavedTurns, 'stopAll' | 'forget'>;
  readonly report: Report;
}

/** Milliseconds between two looks for requests of the command line. */
const lookEvery = 1_000;

export function createPersonalData({store, turnLog, turns, unsaved, report}: PersonalDataServices): PersonalData {
  async function stopAnswers(owner: Owner): Promise<number> {
    const [saved, others] = await Promise.all([turns.stopAll(owner), unsaved.stopAll(owner)]);
    return saved + others;
  }

  async function forget(owner: Owner): Promise<number> {
    await stopAnswers(owner);
    turns.forget(owner);
    unsaved.forget(owner);
    turnLog.forget?.(owner);
    return store.forgetOwner(owner);
  }

  let looking = false;
  async function look(): Promise<void> {
    if (looking) return;
    looking = true;
    try {
      for (const owner of (await store.forgetRequests?.()) ?? []) await forget(owner);
    } catch (error) {
      report(error);
    } finally {
      looking = false;
    }
  }
  const timer = store.forgetRequests && setInterval(() => void look(), lookEvery).unref();

  return {stopAnswers, forget, close: () => clearInterval(timer)};
}
