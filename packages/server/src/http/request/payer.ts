/** The caller as the engine's limits see it. The address is the caller's own, as for all limits. */
import type {Request} from 'express';
import type {Payer} from '../../engine/payer.ts';
import type {Caller} from './auth.ts';
import {networksOf} from './limiter-key.ts';

export function payerOf(req: Request, {owner, isStranger}: Pick<Caller, 'owner' | 'isStranger'>): Payer {
  if (!isStranger) return {owner};
  const [{key: address} = {key: 'ip:unknown'}, wider] = networksOf(req);
  // The /48 of an IPv6 address, or the /24 of an IPv4 address.
  return {owner, stranger: {address, network: wider?.key ?? address.replace(/\.\d+$/, '.0/24')}};
}
