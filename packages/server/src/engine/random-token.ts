/** Random tokens, from a pool of random bytes: a system call for a few bytes costs as much as one for some thousand. */
import {randomFillSync} from 'node:crypto';

const pool = Buffer.allocUnsafeSlow(4096);
let used = pool.length;

/** This many random bytes as letters, digits, `-` and `_`. Nobody can guess the next token from the last one. */
export function randomToken(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const token = pool.toString('base64url', used, used + bytes);
  // If somebody reads this memory later, tokens that are in use must not be in it.
  pool.fill(0, used, used + bytes);
  used += bytes;
  return token;
}
