/** Lets the store delete chats that are too old: at the start, and then every hour. Knows no database. */
import {type Clock, systemClock} from './clock.ts';
import {ownerOf, visitorPrefix} from './identity.ts';
import type {Report} from './report.ts';
import type {MaxAge, Store} from './store.ts';

/** Days since the last turn of a chat, after which it is deleted. Chats without a number are kept. */
export interface KeepFor {
  /** Chats of anonymous visitors. */
  readonly visitors?: number;
  /** Chats of people that the site has signed in. */
  readonly users?: number;
  /** Stored responses of anybody; 30 by default, as OpenAI keeps them. */
  readonly responses?: number;
}

export interface RetentionOptions {
  readonly store: Pick<Store, 'deleteExpired'>;
  readonly keepFor?: KeepFor | undefined;
  readonly report: Report;
  readonly clock?: Clock;
}

export interface Retention {
  close(): void;
}

const hour = 60 * 60 * 1000;
const day = 24 * hour;
/** Milliseconds after the start, which has enough to do. */
const firstDelay = 5_000;

export function startRetention({store, keepFor = {}, report, clock = systemClock}: RetentionOptions): Retention {
  let isOpen = true;
  let cancel = () => {};

  const before = (days: number) => new Date(clock.now() - days * day).toISOString();
  const ageOf = (ownersBeginWith: string, days: number | undefined): readonly MaxAge[] =>
    days === undefined ? [] : [{ownersBeginWith, before: before(days)}];

  async function sweep(): Promise<void> {
    try {
      await store.deleteExpired?.({
        temporaryBefore: before(1),
        responsesBefore: before(keepFor.responses ?? 30),
        ages: [...ageOf(visitorPrefix, keepFor.visitors), ...ageOf(ownerOf('user', ''), keepFor.users)],
      });
    } catch (error) {
      report(error);
    }
    schedule(hour);
  }

  function schedule(delay: number): void {
    if (isOpen) cancel = clock.after(delay, () => void sweep());
  }

  if (store.deleteExpired) schedule(firstDelay);
  return {
    close() {
      isOpen = false;
      cancel();
    },
  };
}
