/**
 * Watches the file of the database and the room on its disk. Looks at most every two seconds, and never opens the file.
 * Knows nothing of the database's content.
 */
import {statSync} from 'node:fs';
import {stat, statfs} from 'node:fs/promises';
import {dirname} from 'node:path';

/** `missing`: the file was deleted or replaced, so that new data is lost when the process ends. */
export type DiskState = 'ok' | 'full' | 'missing';

export interface DiskWatch {
  state(): Promise<DiskState>;
}

export interface DiskWatchOptions {
  readonly path: string;
  /** Bytes that stay free for answers that are being written; 64 MB by default, but at most 5 % of the disk. */
  readonly reserve?: number | undefined;
}

const defaultReserve = 64_000_000;
const largestShare = 0.05;
const interval = 2_000;

export function watchDisk({path, reserve}: DiskWatchOptions): DiskWatch {
  if (path === ':memory:') return {state: async () => 'ok'};
  const opened = statSync(path);
  let looked: {readonly at: number; readonly state: Promise<DiskState>} | undefined;

  async function look(): Promise<DiskState> {
    const found = await stat(path).catch(() => undefined);
    if (found?.ino !== opened.ino || found.dev !== opened.dev) return 'missing';
    const {bavail, blocks, bsize} = await statfs(dirname(path));
    const kept = reserve ?? Math.min(defaultReserve, blocks * bsize * largestShare);
    return bavail * bsize < kept ? 'full' : 'ok';
  }

  return {
    state() {
      const now = performance.now();
      // A disk that cannot be asked is no reason to refuse anybody; the next write will show the fault.
      if (!looked || now - looked.at > interval) looked = {at: now, state: look().catch(() => 'ok')};
      return looked.state;
    },
  };
}
