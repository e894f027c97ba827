import { BlockList, isIP } from 'node:net';

/**
 * IPv4 that is nobody's on the internet: IANA's special-purpose registry (RFC 6890 and its successors), multicast, and the
 * address at which Azure's hosts serve their machines' configuration.
 */
const NOT_PUBLIC_4: readonly (readonly [address: string, prefix: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['168.63.129.16', 32],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];
/** Of IPv6 only global unicast is public; within it these are not, or carry an IPv4 address that nobody has looked at (6to4, Teredo). */
const NOT_PUBLIC_6: typeof NOT_PUBLIC_4 = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];
const GLOBAL_6: typeof NOT_PUBLIC_4 = [['2000::', 3]];
const MAPPED_6: typeof NOT_PUBLIC_4 = [['::ffff:0:0', 96]];

const notPublic4 = listOf(NOT_PUBLIC_4, 'ipv4');
const notPublic6 = listOf(NOT_PUBLIC_6, 'ipv6');
const global6 = listOf(GLOBAL_6, 'ipv6');
const mapped6 = listOf(MAPPED_6, 'ipv6');

/**
 * Whether an address is one of the public internet: not this machine, its network, a link, a multicast group or a cloud's metadata
 * service. An IPv4 address in IPv6's clothes (`::ffff:10.0.0.1`) is looked at as what it is.
 * @param address IPv4 or IPv6, without brackets; anything else is not public.
 */
export function isPublic(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !notPublic4.check(address, 'ipv4');
  if (family !== 6 || address.includes('%')) return false; // a zone is of a link
  if (mapped6.check(address, 'ipv6')) return !notPublic4.check(address, 'ipv6');
  return global6.check(address, 'ipv6') && !notPublic6.check(address, 'ipv6');
}

function listOf(subnets: typeof NOT_PUBLIC_4, type: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const [address, prefix] of subnets) list.addSubnet(address, prefix, type);
  return list;
}
