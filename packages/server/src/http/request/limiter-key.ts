/** Turns a network address into the limiter's keys of its networks. Knows no proxies: the address must be the caller's own. */
import {isIPv4, isIPv6} from 'node:net';
import type {Request} from 'express';
import {requestSlot} from './request-slot.ts';

export interface LimitedNetwork {
  readonly key: string;
  /** The network may make this many times the requests of a single address. */
  readonly times: number;
}

/**
 * One key for IPv4. For IPv6 those of the /64, /48 and /32, the smallest first: one subscriber has a /64 at least, a rented
 * server often a /48, a small provider a /32. An IPv4 address that is mapped into IPv6 (also by NAT64) counts as the
 * IPv4 address. A port, added by some proxies, is ignored. Malformed addresses share one key.
 *
 * @example limiterKeysOfAddress('2001:db8:1:2:aaaa::1') // ip:2001:db8:1:2::/64, ip:2001:db8:1::/48, ip:2001:db8::/32
 */
export function limiterKeysOfAddress(address: string | undefined): readonly LimitedNetwork[] {
  const bare = withoutPort(address ?? '').replace(/%.*$/, '');
  if (isIPv4(bare)) return [{key: `ip:${bare}`, times: 1}];
  if (!isIPv6(bare)) return [{key: 'ip:unknown', times: 1}];
  const groups = groupsOf(bare);
  const inner = innerIPv4(groups);
  if (inner !== undefined) return [{key: `ip:${inner}`, times: 1}];
  return networkSizes.map(({bits, times}) => ({
    key: `ip:${groups
      .slice(0, bits / 16)
      .map(hex)
      .join(':')}::/${bits}`,
    times,
  }));
}

/** The networks of a request's caller. Found once for each request, however often it is counted. */
export function networksOf(req: Request): readonly LimitedNetwork[] {
  const known = networks.get(req);
  if (known) return known;
  const address = req.ip;
  // Many requests come from one address, those of an attack above all.
  if (address !== last.address) last = {address, found: limiterKeysOfAddress(address)};
  const {found} = last;
  networks.set(req, found);
  return found;
}

let last: {readonly address: string | undefined; readonly found: readonly LimitedNetwork[]} = {
  address: undefined,
  found: limiterKeysOfAddress(undefined),
};

const networks = requestSlot<readonly LimitedNetwork[]>('networks');

const networkSizes = [
  {bits: 64, times: 1},
  {bits: 48, times: 4},
  {bits: 32, times: 16},
];

/** `192.0.2.1:4711` and `[2001:db8::1]:4711`; an IPv6 address without brackets has no port. */
function withoutPort(address: string): string {
  const [, inBrackets, dotted] = /^(?:\[(.*)\](?::\d+)?|([\d.]+):\d+)$/.exec(address) ?? [];
  return inBrackets ?? dotted ?? address;
}

/** The eight groups of an IPv6 address. */
function groupsOf(address: string): readonly number[] {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const plain = dotted
    ? `${dotted[1]}${hex(Number(dotted[2]) * 256 + Number(dotted[3]))}:${hex(Number(dotted[4]) * 256 + Number(dotted[5]))}`
    : address;
  const [head = '', tail] = plain.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({length: 8 - before.length - after.length}, () => '0');
  return [...before, ...zeros, ...after].map((group) => Number.parseInt(group, 16));
}

const hex = (group: number) => group.toString(16);

/** Of `::ffff:a.b.c.d` and of NAT64's `64:ff9b::a.b.c.d`: one /64 would contain the whole IPv4 internet. */
function innerIPv4(groups: readonly number[]): string | undefined {
  const prefix = groups.slice(0, 6).map(hex).join(':');
  if (prefix !== '0:0:0:0:0:ffff' && prefix !== '64:ff9b:0:0:0:0') return undefined;
  return groups
    .slice(6)
    .flatMap((group) => [group >> 8, group & 0xff])
    .join('.');
}
