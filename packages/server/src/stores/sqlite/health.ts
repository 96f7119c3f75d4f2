/** Tells whether the database can be written: tries it, and looks at the disk, the file and the errors so far. */
import {type StoreHealth, storageProblem} from '../../engine/store-health.ts';
import {findDamage} from './damage-check.ts';
import {type DiskWatch, type DiskWatchOptions, watchDisk} from './disk-watch.ts';
import {isBusy, isDamaged, isFull} from './sqlite-errors.ts';

export interface Health {
  /** @throws ChatError `storage-unavailable` if nothing more should be begun */
  checkRoom(): Promise<void>;
  check(): Promise<StoreHealth>;
  /** Notes an error of the database. */
  note(error: unknown): void;
  close(): void;
}

export interface HealthOptions extends DiskWatchOptions {
  /** Writes a row and waits until it is on the disk. */
  readonly probe: () => Promise<void>;
}

/** Milliseconds that the result of a check is used for further calls, so that anybody may ask as often as they like. */
const shareFor = 1_000;
/** Milliseconds that a write may take before the database counts as held by another program. */
const probeTimeout = 2_000;
/** Milliseconds from the start to the first look for damage, and between two. */
const firstDamageCheck = 5_000;
const damageCheckEvery = 24 * 60 * 60 * 1000;

export function createHealth({path, reserve, probe}: HealthOptions): Health {
  const disk: DiskWatch = watchDisk({path, reserve});
  let damaged = false;
  let shared: {readonly at: number; readonly health: Promise<StoreHealth>} | undefined;
  let timer: NodeJS.Timeout | undefined;

  function scheduleDamageCheck(delay: number): void {
    timer = setTimeout(() => {
      void findDamage(path).then((found) => {
        damaged ||= found !== undefined;
      });
      scheduleDamageCheck(damageCheckEvery);
    }, delay).unref();
  }
  if (path !== ':memory:') scheduleDamageCheck(firstDamageCheck);

  async function look(): Promise<StoreHealth> {
    const state = await disk.state();
    if (state !== 'ok') return state;
    const written = await tryToWrite();
    return damaged ? 'damaged' : written;
  }

  function tryToWrite(): Promise<StoreHealth> {
    return new Promise((resolve) => {
      const late = setTimeout(() => resolve('locked'), probeTimeout);
      probe()
        .then(
          () => resolve('ok'),
          (error: unknown) => resolve(healthAfter(error)),
        )
        .finally(() => clearTimeout(late));
    });
  }

  return {
    async checkRoom() {
      const state = await disk.state();
      if (state !== 'ok') throw storageProblem(state);
    },
    check() {
      const now = performance.now();
      if (!shared || now - shared.at > shareFor) shared = {at: now, health: look()};
      return shared.health;
    },
    note(error) {
      damaged ||= isDamaged(error);
    },
    close: () => clearTimeout(timer),
  };
}

function healthAfter(error: unknown): StoreHealth {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  if (isFull(cause)) return 'full';
  if (isBusy(cause)) return 'locked';
  return isDamaged(cause) ? 'damaged' : 'unavailable';
}
