/** The caller of a turn, as its limits see it. */
import type {Owner} from './store.ts';

export interface Payer {
  readonly owner: Owner;
  /** Set for callers that have proved nothing: they can have any number of names, so their addresses count as well. */
  readonly stranger?: Stranger | undefined;
}

export interface Stranger {
  /** A single IPv4 address, or an IPv6 /64. */
  readonly address: string;
  /** The addresses that one customer of a provider may have: an IPv4 /24, or an IPv6 /48. */
  readonly network: string;
}
