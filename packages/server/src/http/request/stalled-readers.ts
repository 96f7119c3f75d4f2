/**
 * Closes responses with a reader that takes nothing, so that nobody can fill the memory with answers by not reading
 * them. An answer that is kept goes on without its reader. Knows no answers.
 */
import type {Response} from 'express';

/** @param patience milliseconds in which not a byte of those that wait was taken */
export function closeStalled(res: Response, patience: number): void {
  // Node calls this after so much time without a write or progress of one. Without bytes that wait, the answer is silent.
  res.setTimeout(patience, () => {
    if ((res.socket?.writableLength ?? 0) > 0) res.destroy();
  });
}
