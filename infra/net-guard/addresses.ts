import { BlockList, isIP } from 'node:net';

/** IPv4 that is not of the public internet: the IANA special-purpose registry, and one more. */
const notPublic4 = new BlockList();
for (const [net, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  // With the metadata services of most clouds.
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
  // Azure's services for its own machines, at an address that looks public.
  ['168.63.129.16', 32],
] as const)
  notPublic4.addSubnet(net, prefix);

/** Of IPv6 only this is the public internet … */
const global6 = new BlockList();
global6.addSubnet('2000::', 3, 'ipv6');
/** … without what carries IPv4 inside, is for documentation, or for protocols (RFC 6890). */
const notPublic6 = new BlockList();
for (const [net, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const)
  notPublic6.addSubnet(net, prefix, 'ipv6');

/**
 * Whether an address (no name) is one that anybody may be sent to. False for what is no address. IPv4 within IPv6
 * (mapped, NAT64, 6to4, Teredo) is never public: nobody needs it, and it hides where it leads.
 */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !notPublic4.check(address);
  // A zone (fe80::1%eth0) names an interface of this machine.
  if (family !== 6 || address.includes('%')) return false;
  return global6.check(address, 'ipv6') && !notPublic6.check(address, 'ipv6');
}
