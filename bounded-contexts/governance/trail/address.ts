import { isIPv4, isIPv6 } from 'node:net';

/**
 * What of a client's address is kept: the network of 256 addresses (IPv4) or the site (IPv6, /48) that it came from.
 * Undefined where it is no address.
 */
export function truncated(address: string): string | undefined {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
  if (isIPv4(plain)) return `${plain.split('.').slice(0, 3).join('.')}.0/24`;
  const [unscoped = ''] = plain.split('%');
  if (!isIPv6(unscoped)) return undefined;
  const [head = '', tail = ''] = unscoped.split('::');
  const first = head === '' ? [] : head.split(':');
  const last = tail === '' ? [] : tail.split(':');
  const gap = unscoped.includes('::')
    ? Array.from({ length: 8 - first.length - last.length }, () => '0')
    : [];
  const groups = [...first, ...gap, ...last].slice(0, 3);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/48`;
}
