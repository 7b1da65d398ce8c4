import { ANY, jsonEvent } from '@eventstore/db-client';
import { describe, expect, it } from 'vitest';
import { startEsdbServer } from '../../testing/esdb-server.ts';
import { atEnd } from '../../testing/index.ts';
import { tcpProxy } from '../../testing/tcp-proxy.ts';
import { esdbClient } from './client.ts';

/** A client behind a wire that can be cut, and one that writes beside it. */
async function wired() {
  const server = await startEsdbServer();
  atEnd(() => server.stop());
  const wire = await tcpProxy(server.port);
  atEnd(() => wire.close());
  const client = esdbClient(`esdb://127.0.0.1:${wire.port}?tls=false`);
  atEnd(() => client.close());
  const beside = esdbClient(server.url);
  atEnd(() => beside.close());
  return { server, wire, client, beside };
}

const event = (bytes = 10) => jsonEvent({ type: 'happened', data: { text: 'x'.repeat(bytes) } });

describe('a connection that breaks', () => {
  it('is never taken for the end of a stream, or of all', async () => {
    const { wire, client, beside } = await wired();
    for (let n = 0; n < 60; n++) await beside.append('many', [event(200_000)], ANY);
    for (const read of [
      () => client.all(null),
      async function* () {
        yield* await client.stream('many', 0n, 100);
      },
    ]) {
      expect((await Array.fromAsync(read())).length).toBe(60);
      let seen = 0;
      const cut = (async () => {
        wire.cutAfter(1_000_000);
        for await (const _ of read()) seen++;
      })();
      await expect(cut).rejects.toMatchObject({ code: 'log.unavailable' });
      expect(seen).toBeLessThan(60);
    }
  });

  it('is no proof that a stream is missing', async () => {
    const { wire, client, beside } = await wired();
    expect(await client.stream('here', undefined, 1)).toEqual([]);
    await beside.append('here', [event()], ANY);
    wire.refuse();
    await expect(client.stream('here', undefined, 1)).rejects.toMatchObject({ code: 'log.unavailable' });
    wire.cut();
    await expect.poll(() => client.stream('here', undefined, 1).catch(() => [])).toHaveLength(1);
  });
});

describe('a server that says nothing', () => {
  it('is given up after seconds: a read with unavailable, an append with time-out, since it may be stored', async () => {
    const { server, wire, client } = await wired();
    await client.append('before', [event()], ANY);
    wire.swallowAnswers();
    const begun = performance.now();
    const [read, append] = await Promise.allSettled([
      client.stream('before', 0n, 1),
      client.append('lost', [event()], ANY),
    ]);
    expect(performance.now() - begun).toBeLessThan(6_000);
    expect(read).toMatchObject({ reason: { code: 'log.unavailable' } });
    expect(append).toMatchObject({ reason: { code: 'log.timeout' } });
    expect(server.events.map(({ stream }) => stream)).toEqual(['before', 'lost']);
  });
});

describe('a URL that cannot be read', () => {
  it('is refused without being shown', () => {
    expect(() => esdbClient('esdb://operator:secret@host:99:99')).toThrow(/looks like esdb:/);
    expect(() => esdbClient('esdb://operator:secret@host:99:99')).not.toThrow(/secret/);
  });
});
