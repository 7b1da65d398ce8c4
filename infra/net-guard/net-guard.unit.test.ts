import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isPublicAddress } from './addresses.ts';
import { redirected } from './redirect.ts';
import { allowList, parseForeignUrl } from './url.ts';

describe('an address', () => {
  test.each([
    '0.0.0.0',
    '10.0.0.1',
    '10.255.255.255',
    '100.64.0.1',
    '100.100.100.200',
    '100.127.255.255',
    '127.0.0.1',
    '127.255.255.254',
    '168.63.129.16',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.192',
    '192.0.2.1',
    '192.88.99.1',
    '192.168.1.1',
    '198.18.0.1',
    '198.19.255.255',
    '198.51.100.7',
    '203.0.113.9',
    '224.0.0.1',
    '239.255.255.250',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::7f00:1',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '::ffff:7f00:1',
    '64:ff9b::7f00:1',
    '64:ff9b::808:808',
    '64:ff9b:1::1',
    '100::1',
    '2001::1',
    '2001:0:4136:e378:8000:63bf:3fff:fdd2',
    '2001:20::1',
    '2001:db8::1',
    '2002:7f00:1::',
    '2002:808:808::1',
    '3fff::1',
    '5f00::1',
    'fc00::1',
    'fd00:ec2::254',
    'fe80::1',
    'fe80::1%eth0',
    'fec0::1',
    'ff02::1',
    '',
    'localhost',
    '1.2.3',
    '0x7f000001',
    '127.0.0.1 ',
    '2130706433',
  ])('%j is not public', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
  test.each([
    '1.1.1.1',
    '8.8.8.8',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '126.255.255.255',
    '128.0.0.1',
    '169.253.255.255',
    '172.15.255.255',
    '172.32.0.0',
    '192.167.255.255',
    '192.169.0.0',
    '198.17.255.255',
    '198.20.0.0',
    '223.255.255.255',
    '2606:4700:4700::1111',
    '2001:4860:4860::8888',
    '2a00::1',
  ])('%s is public', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });
  test('that holds an IPv4 address within, in whatever form, is never public', () => {
    const prefixes = ['::', '::ffff:', '::ffff:0:', '64:ff9b::'];
    fc.assert(
      fc.property(fc.ipV4(), fc.constantFrom(...prefixes), (address, prefix) => {
        expect(isPublicAddress(`${prefix}${address}`)).toBe(false);
      }),
    );
  });
});

describe('a URL from somebody else', () => {
  test.each([
    'https://example.com/a?b#c',
    'http://8.8.8.8:8080/',
    'https://[2606:4700:4700::1111]/',
    'HTTPS://EXAMPLE.COM',
    'https://müller.example/',
    'https://example.com/@x',
    'https://example.com/?u=http://0x7f.1/',
  ])('%s has a form that may be fetched', (text) => {
    expect(parseForeignUrl(text).href).toBe(new URL(text).href);
  });
  test.each([
    '',
    'example.com',
    '/path',
    '//example.com/',
    'ftp://example.com',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'gopher://example.com/_x',
    'data:text/plain,x',
    'http:example.com',
    'http:/example.com',
    'http://',
    'https://user@example.com',
    'https://user:secret@example.com',
    'https://:secret@example.com',
    'http://0x7f.0.0.1',
    'http://0x7f000001/',
    'http://2130706433/',
    'http://017700000001',
    'http://0177.0.0.1',
    'http://127.1',
    'http://127.0.1',
    'http://134744072/',
    'http://0x08080808/',
    'http://8.8.8.8./',
    'http://%31%32%37.0.0.1/',
    'http://１２７.0.0.1/',
    'http://127。0。0。1/',
    'http://①②⑦.⓪.⓪.①',
    'http://exa mple.com',
    ' http://example.com',
    'http://example.com\t',
    'http://exam\nple.com',
    'http:\\\\example.com',
    'http://example.com\\@127.0.0.1/',
    'http://[::1%25eth0]/',
    'http://[::1',
  ])('%j is refused', (text) => {
    expect(() => parseForeignUrl(text)).toThrow(expect.objectContaining({ code: 'url.refused' }));
  });
  test('any way to write an IPv4 address but the plain one is refused', () => {
    const part = fc.constantFrom<(n: number) => string>(
      (n) => String(n),
      (n) => `0x${n.toString(16)}`,
      (n) => `0${n.toString(8)}`,
      (n) => `0x00${n.toString(16)}`,
    );
    fc.assert(
      fc.property(
        fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255)),
        fc.tuple(part, part, part, part),
        (n, ways) => {
          const plain = n.join('.');
          const written = n.map((value, i) => (ways[i] as (n: number) => string)(value)).join('.');
          const parse = () => parseForeignUrl(`http://${written}/`);
          if (written === plain) expect(parse().hostname).toBe(plain);
          else expect(parse).toThrow(expect.objectContaining({ code: 'url.refused' }));
        },
      ),
    );
  });
});

describe('a redirect', () => {
  const from = new URL('https://a.example/dir/page');
  const to = (location: string, status = 302, request = {}) =>
    redirected(from, { status, headers: new Headers({ location }) } as never, request);

  test('is followed relative to where it came from, and looked at as the first URL was', () => {
    expect(to('other')?.url.href).toBe('https://a.example/dir/other');
    expect(to('//b.example/x')?.url.href).toBe('https://b.example/x');
    for (const location of [
      'ftp://b.example',
      'https://u:p@b.example',
      '//0x7f.1/',
      'http://2130706433',
      'http:127.0.0.1',
    ])
      expect(() => to(location), location).toThrow(expect.objectContaining({ code: 'url.refused' }));
    expect(
      redirected(from, { status: 200, headers: new Headers({ location: 'x' }) } as never, {}),
    ).toBeUndefined();
    expect(redirected(from, { status: 302, headers: new Headers() } as never, {})).toBeUndefined();
  });

  test('gives no credentials to another origin, under whatever name', () => {
    const headers = { Authorization: 'Bearer x', Cookie: 'a=b', 'x-api-key': 'k', Accept: 'text/html' };
    expect(to('/here', 302, { headers })?.request.headers).toEqual(headers);
    for (const other of ['https://b.example', 'http://a.example/', 'https://a.example:8443/'])
      expect(to(other, 307, { headers })?.request.headers).toEqual({ Accept: 'text/html' });
  });

  test.each([
    [301, 'POST', 'GET'],
    [302, 'POST', 'GET'],
    [303, 'PUT', 'GET'],
    [303, 'HEAD', 'HEAD'],
    [302, 'PUT', 'PUT'],
    [307, 'POST', 'POST'],
    [308, 'POST', 'POST'],
  ])('%i of a %s is followed by %s, and only the same method keeps the body', (status, method, then) => {
    const body = method === 'HEAD' ? {} : { body: 'x', headers: { 'Content-Type': 'text/plain' } };
    const next = to('/next', status, { method, ...body })?.request;
    expect(next?.method).toBe(then);
    expect(next?.body !== undefined).toBe(then === method && method !== 'HEAD');
    expect(Object.keys(next?.headers ?? {})).toEqual(next?.body === undefined ? [] : ['Content-Type']);
  });
});

describe('the list of the operator’s hosts', () => {
  test('names a host with every port or with one, and nothing that only looks like it', () => {
    const allowed = allowList(['Wiki.Example.com', '10.0.0.5:8443', '[FD00::5]:80']);
    expect(allowed('wiki.example.com', 1)).toBe(true);
    expect(allowed('10.0.0.5', 8443)).toBe(true);
    expect(allowed('fd00::5', 80)).toBe(true);
    for (const [host, port] of [
      ['a.wiki.example.com', 80],
      ['wiki.example.com.evil.test', 80],
      ['10.0.0.5', 80],
      ['fd00::5', 81],
    ] as const)
      expect(allowed(host, port)).toBe(false);
  });
  test.each(['', '*', 'http://a', 'a/b', 'a:b', '[zz]', 'a:123456'])('refuses %j', (entry) => {
    expect(() => allowList([entry])).toThrow(expect.objectContaining({ code: 'config.invalid' }));
  });
});
