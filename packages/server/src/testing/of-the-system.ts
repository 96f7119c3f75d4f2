/** What differs between systems, for tests that look at processes and files. */
import {stat} from 'node:fs/promises';

export const isWindows = process.platform === 'win32';

/** How a server ends after SIGTERM. Windows has no signals: there Node ends the process at once. */
export const endOfSigterm = isWindows ? 'SIGTERM' : 0;

/** The bits of a file's mode that let other users in; on Windows none, because there the mode does not say it. */
export async function rightsOfOthers(path: string): Promise<number> {
  return isWindows ? 0 : (await stat(path)).mode & 0o077;
}
