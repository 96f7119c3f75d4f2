/**
 * Whether an address belongs to the public internet. Everything that an operator's own network, machine or cloud answers
 * on is refused: the IANA special-purpose registries (RFC 6890), and the addresses that the clouds add. Knows no names
 * and no URLs.
 */
import {BlockList, isIPv4, isIPv6} from 'node:net';

/** https://www.iana.org/assignments/iana-ipv4-special-registry, with multicast and class E. */
const special4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10', // carrier-grade NAT, and Alibaba's metadata
  '127.0.0.0/8',
  '169.254.0.0/16', // link-local, and the metadata of most clouds
  '172.16.0.0/12',
  '192.0.0.0/24', // protocol assignments, and Oracle's metadata
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24', // 6to4 relays
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15', // benchmarks
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, and broadcast
  '168.63.129.16/32', // Azure's own address inside each virtual machine
];

/** The only global unicast space that is assigned. Outside of it are loopback, unique-local, NAT64 and mapped IPv4. */
const global6 = ['2000::/3'];

/** https://www.iana.org/assignments/iana-ipv6-special-registry, as far as it lies inside 2000::/3. */
const special6 = [
  '2001::/23', // protocol assignments: Teredo, ORCHID, benchmarks
  '2001:db8::/32',
  '2002::/16', // 6to4, which holds any IPv4 address
  '2620:4f:8000::/48',
  '3ffe::/16',
  '3fff::/20',
];

const refused4 = toList(special4, 'ipv4');
const allowed6 = toList(global6, 'ipv6');
const refused6 = toList(special6, 'ipv6');

/** An interface id that holds an IPv4 address (ISATAP, RFC 5214), in the form that `URL` prints. */
const isatap = /:(?:0|200)?:5efe:(?:[\da-f]+:[\da-f]+|:)$/;

/**
 * @param address as a resolver gives it, without brackets
 * @returns false for everything that is no address, too
 */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !refused4.check(address, 'ipv4');
  // An address with a zone (`fe80::1%eth0`) counts as IPv6 for Node, and is never public.
  if (!isIPv6(address) || address.includes('%')) return false;
  if (!allowed6.check(address, 'ipv6') || refused6.check(address, 'ipv6')) return false;
  return !isatap.test(new URL(`http://[${address}]`).hostname.slice(1, -1));
}

function toList(subnets: readonly string[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [net = '', prefix] = subnet.split('/');
    list.addSubnet(net, Number(prefix), family);
  }
  return list;
}
