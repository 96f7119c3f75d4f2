/** The check of owners that all stores have in common. */
import {ChatError} from '@chatlet/protocol';
import type {Owner} from '../engine/store.ts';

/**
 * Two broken strings may be one and the same when they are written, so an owner must be well-formed text.
 * @throws ChatError `invalid-request`
 */
export function checkOwner(owner: Owner): Owner {
  if (owner.isWellFormed() && !owner.includes('\0')) return owner;
  throw new ChatError('invalid-request', 'The owner is not valid text.');
}
