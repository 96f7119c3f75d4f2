/** Turns a network address into the key that it is limited by. Knows no proxies: the address must be the caller's own. */
import {isIPv4, isIPv6} from 'node:net';

/**
 * An IPv4 address counts as itself, an IPv6 address by its /64, since whoever has one address of a /64 has all of it.
 * An IPv4 address in IPv6 clothes (mapped, NAT64) counts as the IPv4 address. A port, which some proxies add, is no
 * part of it. What is no address shares one key.
 *
 * @example limiterKeyOfAddress('2001:db8:1:2:aaaa::1') // 'ip:2001:db8:1:2::/64'
 */
export function limiterKeyOfAddress(address: string | undefined): string {
  const bare = withoutPort(address ?? '').replace(/%.*$/, '');
  if (isIPv4(bare)) return `ip:${bare}`;
  if (!isIPv6(bare)) return 'ip:unknown';
  const groups = groupsOf(bare);
  const inner = innerIPv4(groups);
  return inner === undefined ? `ip:${groups.slice(0, 4).map(hex).join(':')}::/64` : `ip:${inner}`;
}

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

/** `::ffff:a.b.c.d` and NAT64's `64:ff9b::a.b.c.d`, where one /64 holds the whole IPv4 internet. */
function innerIPv4(groups: readonly number[]): string | undefined {
  const prefix = groups.slice(0, 6).map(hex).join(':');
  if (prefix !== '0:0:0:0:0:ffff' && prefix !== '64:ff9b:0:0:0:0') return undefined;
  return groups
    .slice(6)
    .flatMap((group) => [group >> 8, group & 0xff])
    .join('.');
}
