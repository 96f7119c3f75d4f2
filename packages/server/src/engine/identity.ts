/**
 * Who is asking, once something has been proved. Whatever the proof was (an API key, a site's token, a visitor's
 * token), it becomes this and nothing else travels on. Knows no HTTP.
 */
import type {Owner} from './store.ts';

export interface Identity {
  /**
   * - `key`: a program with an API key
   * - `user`: somebody whom the site has signed in
   * - `visitor`: somebody who has not said who they are
   * - `local`: a program on this machine, where no keys are configured
   */
  readonly kind: 'key' | 'user' | 'visitor' | 'local';
  readonly owner: Owner;
  /** Name of a plan; absent where nothing names one. */
  readonly plan?: string;
}

/** Whoever has proved this name. The same name of another kind is somebody else. */
export function ownerOf(kind: Exclude<Identity['kind'], 'local'>, name: string): Owner {
  return `${kind}:${name}`;
}

/** How the owners begin who have not said who they are, and no others. */
export const visitorPrefix = ownerOf('visitor', '');

/** Names of people and accounts as other systems give them: not empty, not endless, nothing that cannot be seen. */
export function isOwnerName(name: unknown): name is string {
  return typeof name === 'string' && /^[^\p{C}\p{Z}][^\p{C}]{0,254}$/u.test(name) && name.isWellFormed();
}
