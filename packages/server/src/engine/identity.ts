/**
 * The identity of a caller after authentication. Every proof (an API key, a site's token, a visitor's token) becomes an
 * identity, and nothing else of the proof is passed on. Knows no HTTP.
 */
import type {Owner} from './store.ts';

export interface Identity {
  /**
   * - `key`: a program with an API key
   * - `user`: a user that the site has signed in
   * - `visitor`: an anonymous visitor
   * - `local`: a program on this machine, if no keys are configured
   */
  readonly kind: 'key' | 'user' | 'visitor' | 'local';
  readonly owner: Owner;
  /** The name of a plan; absent if nothing names one. */
  readonly plan?: string;
}

/** The owner with this proven name. The same name of another kind is another owner. */
export function ownerOf(kind: Exclude<Identity['kind'], 'local'>, name: string): Owner {
  return `${kind}:${name}`;
}

/** The owners of anonymous visitors begin with this, and no others do. */
export const visitorPrefix = ownerOf('visitor', '');

/** Accepts names of people and accounts from other systems: not empty, not endless, no invisible characters. */
export function isOwnerName(name: unknown): name is string {
  return typeof name === 'string' && /^[^\p{C}\p{Z}][^\p{C}]{0,254}$/u.test(name) && name.isWellFormed();
}
