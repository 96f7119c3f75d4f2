/** Random names. Draws from a pool: asking the system for a few bytes costs as much as for some thousand. */
import {randomFillSync} from 'node:crypto';

const pool = Buffer.allocUnsafeSlow(4096);
let used = pool.length;

/** So many random bytes in letters, digits, `-` and `_`. Nobody can guess the next from the last. */
export function randomToken(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const name = pool.toString('base64url', used, used + bytes);
  // What was given away once must not be found in here by whoever reads this memory later.
  pool.fill(0, used, used + bytes);
  used += bytes;
  return name;
}
