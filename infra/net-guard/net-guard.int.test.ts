import type { LookupAddress } from 'node:dns';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { atEnd } from '../testing/index.ts';
import { netGuard } from './index.ts';

/** A server on loopback, where nobody may be sent, and what it was asked. */
let asked: { url: string; method: string; headers: IncomingMessage['headers']; body: string }[] = [];
let connections = 0;
const server = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => {
    body += chunk;
  });
  request.on('end', () => {
    const { url = '', method = '', headers } = request;
    asked.push({ url, method, headers, body });
    const to = new URL(url, 'http://x').searchParams.get('to');
    if (to === null) response.end('secret of the inner network');
    else
      response
        .writeHead(Number(new URL(url, 'http://x').searchParams.get('as') ?? 302), { location: to })
        .end();
  });
});
server.on('connection', () => connections++);
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
atEnd(() => new Promise((resolve) => server.close(resolve)));
const { port } = server.address() as AddressInfo;
beforeEach(() => {
  asked = [];
  connections = 0;
});

const inside: LookupAddress = { address: '127.0.0.1', family: 4 };
const outside: LookupAddress = { address: '93.184.215.14', family: 4 };

/** A guard whose names mean what the test says; each answer of a name is given once, the last for ever. */
function guarded(names: Record<string, LookupAddress[][]>, allow: string[] = []) {
  const lookups: string[] = [];
  const guard = netGuard({
    allow,
    connectMs: 300,
    async resolve(hostname) {
      lookups.push(hostname);
      const answers = names[hostname] ?? [];
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      if (!answer) throw Object.assign(new Error('no such name'), { code: 'ENOTFOUND' });
      return answer;
    },
  });
  afterAll(() => guard.close());
  return { ...guard, lookups };
}
const refused = expect.objectContaining({ code: 'url.refused' });

describe('an address of the inner network', () => {
  test.each(['http://127.0.0.1', 'http://[::1]', 'http://[::ffff:127.0.0.1]', 'http://0.0.0.0'])(
    'written as %s is refused before anything is sent',
    async (origin) => {
      const { fetch, assertPublicUrl } = guarded({});
      await expect(fetch(`${origin}:${port}/`)).rejects.toEqual(refused);
      await expect(assertPublicUrl(`${origin}:${port}/`)).rejects.toEqual(refused);
      expect(connections).toBe(0);
    },
  );

  test('behind a name is refused, also where the name has a public address beside it, and nothing is told of it', async () => {
    const { fetch, assertPublicUrl } = guarded({
      'inner.test': [[inside]],
      'both.test': [[outside, inside]],
    });
    for (const name of ['inner.test', 'both.test']) {
      const error = await fetch(`http://${name}:${port}/`).catch((thrown: unknown) => thrown);
      expect(error).toEqual(refused);
      expect(String(error)).not.toContain('127.');
      await expect(assertPublicUrl(`http://${name}:${port}/`)).rejects.toEqual(refused);
    }
    expect(connections).toBe(0);
  });

  test('that a name comes to mean after it was looked at is not reached: the connection looks itself', async () => {
    const { fetch, assertPublicUrl } = guarded({ 'rebind.test': [[outside], [inside]] });
    await expect(assertPublicUrl(`http://rebind.test:${port}/`)).resolves.toMatchObject({
      hostname: 'rebind.test',
    });
    await expect(fetch(`http://rebind.test:${port}/`)).rejects.toEqual(refused);
    expect(connections).toBe(0);
  });

  test('that a name would mean at a second look is not reached: there is one look, and the connection goes there', async () => {
    const { fetch, lookups } = guarded({ 'rebind.test': [[outside], [inside]] });
    // The public address does not answer here; what counts is that the inner one is not tried.
    await fetch(`http://rebind.test:${port}/`).catch(() => undefined);
    expect(lookups).toEqual(['rebind.test']);
    expect(connections).toBe(0);
  });

  test('that a redirect leads to is refused at that hop, however it is written', async () => {
    const { fetch } = guarded({ 'own.test': [[inside]], 'inner.test': [[inside]] }, ['own.test']);
    for (const to of [
      `http://127.0.0.1:${port}/`,
      `http://inner.test:${port}/`,
      `//inner.test:${port}/`,
      `http://[::1]:${port}/`,
      `http://2130706433:${port}/`,
      'file:///etc/passwd',
      `http://user:pass@own.test:${port}/`,
    ]) {
      asked = [];
      await expect(fetch(`http://own.test:${port}/?to=${encodeURIComponent(to)}`), to).rejects.toEqual(
        refused,
      );
      expect(asked).toHaveLength(1);
    }
  });
});

describe('a host that the operator allows', () => {
  test('is reached, by the address that was looked up once', async () => {
    const { fetch, lookups, assertPublicUrl } = guarded({ 'own.test': [[inside]] }, [`own.test:${port}`]);
    await assertPublicUrl(`http://own.test:${port}/`);
    const response = await fetch(`http://own.test:${port}/a`, {
      method: 'POST',
      body: 'x',
      headers: { 'x-key': 'k' },
    });
    expect(await response.text()).toContain('secret');
    expect(lookups).toEqual(['own.test']);
    expect(asked).toMatchObject([
      { method: 'POST', body: 'x', headers: { host: `own.test:${port}`, 'x-key': 'k' } },
    ]);
    await expect(fetch(`http://own.test:${port === 8080 ? 8081 : 8080}/`)).rejects.toEqual(refused);
  });

  test('is followed where it leads within the list, without credentials for another origin', async () => {
    const names = { 'own.test': [[inside]], 'other.test': [[inside]] };
    const { fetch } = guarded(names, ['own.test', 'other.test', '127.0.0.1']);
    const to = encodeURIComponent(`http://other.test:${port}/end`);
    const response = await fetch(`http://own.test:${port}/?as=307&to=${to}`, {
      method: 'PUT',
      body: 'again',
      headers: { authorization: 'Bearer x', accept: 'text/plain' },
    });
    expect(response.status).toBe(200);
    expect(asked[0]?.headers).toMatchObject({ authorization: 'Bearer x' });
    expect(asked[1]).toMatchObject({
      url: '/end',
      method: 'PUT',
      body: 'again',
      headers: { accept: 'text/plain' },
    });
    expect(asked[1]?.headers).not.toHaveProperty('authorization');
  });

  test('that leads in a circle is left after five times', async () => {
    const { fetch } = guarded({ 'own.test': [[inside]] }, ['own.test']);
    const loop = createServer((_, response) => response.writeHead(302, { location: '/' }).end());
    await new Promise<void>((resolve) => loop.listen(0, '127.0.0.1', resolve));
    const { port: at } = loop.address() as AddressInfo;
    await expect(fetch(`http://own.test:${at}/`)).rejects.toThrow('more than 5 times');
    await new Promise((resolve) => {
      loop.closeAllConnections();
      loop.close(resolve);
    });
  });
});

test('a name that does not resolve is not called refused', async () => {
  const { fetch } = guarded({});
  await expect(fetch('http://nowhere.test/')).rejects.not.toEqual(refused);
});
