/**
 * Everything of one owner: stops running answers, exports it all as a file, and forgets it, in the store and in memory.
 * Knows no HTTP.
 */
import {Advice, type Report} from './report.ts';
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
  readonly store: Forgetful & Pick<Store, 'forgetRequests'>;
  readonly turnLog: Pick<TurnLog, 'forget'>;
  readonly turns: Pick<Turns, 'stopAll' | 'forget'>;
  readonly unsaved: Pick<UnsavedTurns, 'stopAll' | 'forget'>;
  readonly report: Report;
}

type Forgetful = Pick<Store, 'chats' | 'deleteChat' | 'forgetOwner'>;

/** Milliseconds between two looks for requests of the command line. */
const lookEvery = 1_000;

const withoutForgetting =
  'Somebody asked to be forgotten. Your store has no forgetOwner, so the chats were deleted one by one, and the usage still ' +
  'has the name of its owner.';

/** Forgets an owner in the store, and resolves with the number of deleted chats. */
export async function forgetIn(store: Forgetful, owner: Owner): Promise<number> {
  if (store.forgetOwner) return store.forgetOwner(owner);
  return (await deleteAll(store, {owner})) + (await deleteAll(store, {owner, kind: 'responses'}));
}

interface Deletion {
  readonly owner: Owner;
  readonly kind?: 'responses';
}

async function deleteAll(store: Forgetful, {owner, ...kind}: Deletion): Promise<number> {
  let count = 0;
  for (;;) {
    const {items} = await store.chats(owner, {limit: 200, ...kind});
    let deleted = 0;
    for (const {id} of items) if (await store.deleteChat(owner, id)) deleted++;
    // Chats that cannot be deleted must not be tried for ever.
    if (deleted === 0) return count;
    count += deleted;
  }
}

export function createPersonalData({store, turnLog, turns, unsaved, report}: PersonalDataServices): PersonalData {
  async function stopAnswers(owner: Owner): Promise<number> {
    const [saved, others] = await Promise.all([turns.stopAll(owner), unsaved.stopAll(owner)]);
    return saved + others;
  }

  let hasAdvised = false;
  async function forget(owner: Owner): Promise<number> {
    await stopAnswers(owner);
    turns.forget(owner);
    unsaved.forget(owner);
    turnLog.forget?.(owner);
    if (!store.forgetOwner && !hasAdvised) {
      hasAdvised = true;
      report(new Advice(withoutForgetting));
    }
    return forgetIn(store, owner);
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
