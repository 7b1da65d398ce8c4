import { ANY, jsonEvent } from '@eventstore/db-client';
import { describe, expect, it } from 'vitest';
import { type EventLog, encodeCommit, subjectOf, uuidv7 } from '../../../bounded-contexts/kernel/index.ts';
import { type EsdbServer, startEsdbServer } from '../../testing/esdb-server.ts';
import { atEnd, testDatabase, testNats } from '../../testing/index.ts';
import { collect, commitOf, eventually, happened, soon } from '../contract/support.ts';
import { openJetStreamLog, openPostgresLog } from '../index.ts';
import { esdbClient } from './client.ts';
import { openEsdbLog } from './index.ts';
import { esdbMirror } from './mirror.ts';

async function esdb(): Promise<EsdbServer> {
  const server = await startEsdbServer();
  atEnd(() => server.stop());
  return server;
}

async function embedded() {
  const log = await openPostgresLog({ url: await testDatabase() });
  atEnd(() => log.close());
  return log;
}

async function twoStreams() {
  const log = await openJetStreamLog({ url: (await testNats()).url, streams: 2 });
  atEnd(() => log.close());
  return log;
}

/** Aggregates and facts of two tenants, on different streams where there are two; commits of one to four events. */
async function fill(
  log: EventLog,
  aggregates: number,
  commits = 3,
): Promise<{ commits: number; events: number }> {
  let events = 0;
  const all: Promise<unknown>[] = [];
  for (let n = 0; n < aggregates; n++)
    for (let c = 0; c < commits; c++) {
      const tenant = n % 2 === 0 ? 'acme' : 'globex';
      const subject = c === 0 ? subjectOf(tenant, 'facts') : subjectOf(tenant, 'key', `k${n}`);
      const list = Array.from({ length: 1 + ((n + c) % 4) }, (_, index) => ({
        ...happened(`é${n}-${c}-${index}`),
        ...(index === 1 ? { by: { command: 'c1' } } : {}),
      }));
      events += list.length;
      all.push(log.append(subject, commitOf(list, { correlation: `corr${n}`, causation: uuidv7() }), 'any'));
    }
  await Promise.all(all);
  return { commits: aggregates * commits, events };
}

const ours = (server: EsdbServer) => server.events.filter(({ stream }) => !stream.startsWith('daybook_'));
const changed = { code: 'log.history-changed' };

describe('mirroring a log into EventStoreDB', () => {
  it('gives each aggregate a stream of its own with every event once and unchanged, from two streams of the log', async () => {
    const [log, server] = [await twoStreams(), await esdb()];
    const to = `esdb://127.0.0.1:${server.port}`;
    const made = await fill(log, 300);
    expect((await log.info()).streams.map(({ commits }) => commits > 0)).toEqual([true, true]);
    expect(await esdbMirror({ from: log, url: server.url })).toEqual({
      to,
      ...made,
      verified: made.commits,
    });
    const subject = subjectOf('globex', 'key', 'k7');
    const stored = await collect(log.read(subject, null));
    const mirrored = ours(server).filter(({ stream }) => stream === 'key-globex.k7');
    expect(mirrored.map(({ revision }) => revision)).toEqual(mirrored.map((_, index) => index));
    expect(mirrored.map(({ data }) => JSON.parse(Buffer.from(data).toString()))).toEqual(
      stored.flatMap(({ commit }) => commit.events.map(({ data }) => data)),
    );
    expect(mirrored[0]?.metadata.get('type')).toBe('key.revoked');
    expect(JSON.parse(Buffer.from(mirrored[0]?.custom ?? []).toString())).toMatchObject({
      $correlationId: 'corr7',
      $causationId: stored[0]?.commit.causation,
      daybook: { position: stored[0]?.position },
    });
    // Read as a log it gives back the very bytes.
    const back = await openEsdbLog({ url: server.url });
    atEnd(() => back.close());
    const again = await collect(back.read(subject, null));
    expect(again.map(({ commit }) => encodeCommit(commit))).toEqual(
      stored.map(({ commit }) => encodeCommit(commit)),
    );
    const before = server.events.length;
    expect(await esdbMirror({ from: log, url: server.url })).toEqual({
      to,
      commits: 0,
      events: 0,
      verified: made.commits,
    });
    expect(server.events).toHaveLength(before);
  });

  it('goes on wherever it was ended, by a fault or by its signal, and writes nothing twice', async () => {
    const [log, server] = [await embedded(), await esdb()];
    const made = await fill(log, 400);
    let refused = 0;
    let written = 0;
    for (let room = 37; room < made.events; room += 171) {
      server.limit(room);
      await esdbMirror({ from: log, url: server.url, verify: false }).catch((error: unknown) => {
        expect(error).toMatchObject({ code: 'log.full' });
        refused++;
      });
    }
    expect(refused).toBeGreaterThan(3);
    server.limit(Number.POSITIVE_INFINITY);
    for (let tries = 0; tries < 5; tries++) {
      const stop = new AbortController();
      setTimeout(() => stop.abort(), 5 + tries * 10);
      written += (await esdbMirror({ from: log, url: server.url, signal: stop.signal })).commits;
    }
    const last = await esdbMirror({ from: log, url: server.url });
    expect(last.verified).toBe(made.commits);
    expect(written + last.commits).toBeLessThan(made.commits);
    expect(ours(server)).toHaveLength(made.events);
    expect(new Set(ours(server).map(({ id }) => id)).size).toBe(made.events);
  });

  it('follows what is appended, compares it, and lasts over a restart of EventStoreDB', async () => {
    const [log, server] = [await embedded(), await esdb()];
    const made = await fill(log, 20);
    const stop = new AbortController();
    const steps = new Set<string>();
    const following = esdbMirror({
      from: log,
      url: server.url,
      follow: true,
      signal: stop.signal,
      onProgress: ({ step }) => steps.add(step),
    });
    await eventually(async () => expect(ours(server)).toHaveLength(made.events));
    let events = made.events;
    let commits = made.commits;
    for (let round = 0; round < 3; round++) {
      if (round === 1) await server.restart();
      const more = await fill(log, 10);
      events += more.events;
      commits += more.commits;
      await eventually(async () => expect(ours(server)).toHaveLength(events));
    }
    await soon(300);
    stop.abort();
    expect(await following).toEqual({
      to: `esdb://127.0.0.1:${server.port}`,
      commits,
      events,
      verified: commits,
    });
    expect([...steps]).toEqual(['mirror', 'verify mirror', 'follow']);
  });

  it('lets two processes mirror one log: the mirror is whole, and has each event once', async () => {
    const [log, server] = [await embedded(), await esdb()];
    const made = await fill(log, 150);
    const [one, two] = await Promise.all(
      [1, 2].map(() => esdbMirror({ from: log, url: server.url, verify: false })),
    );
    expect((one?.commits ?? 0) + (two?.commits ?? 0)).toBeGreaterThanOrEqual(made.commits);
    expect((await esdbMirror({ from: log, url: server.url })).verified).toBe(made.commits);
    expect(ours(server)).toHaveLength(made.events);
  });
});

describe('a mirror that is not this log', () => {
  const mirrored = async () => {
    const [log, server] = [await embedded(), await esdb()];
    await fill(log, 30);
    await esdbMirror({ from: log, url: server.url });
    return { log, server, again: () => esdbMirror({ from: log, url: server.url }) };
  };
  const foreign = jsonEvent({ type: 'theirs', data: { x: 1 } });
  const appendTo = async (server: EsdbServer, stream: string) => {
    const client = esdbClient(server.url);
    await client.append(stream, [foreign], ANY);
    await client.close();
  };

  it('is refused where it mirrors another log', async () => {
    const { server } = await mirrored();
    const other = await embedded();
    await fill(other, 1);
    const before = server.events.length;
    await expect(esdbMirror({ from: other, url: server.url })).rejects.toMatchObject(changed);
    expect(server.events).toHaveLength(before);
  });

  it('is left alone where others keep streams of their own beside it', async () => {
    const { server, again } = await mirrored();
    await appendTo(server, 'orders-1');
    expect((await again()).verified).toBe(90);
  });

  it("is refused where another writer's event lies in it, at its end or before it", async () => {
    const { log, server, again } = await mirrored();
    await appendTo(server, 'key-acme.k0');
    await expect(again()).rejects.toThrow('key-acme.k0 holds something that is none of this mirror');
    await fill(log, 1);
    await expect(again()).rejects.toThrow('key-acme.k0 holds something that is none of this mirror');
  });

  it('is refused where an event was changed, and says which', async () => {
    const { server, again } = await mirrored();
    const target = server.events.find(({ stream }) => stream === 'key-globex.k3');
    if (!target) throw new Error('it was mirrored');
    Object.assign(target, { data: Buffer.from('{"key":"forged"}') });
    await expect(again()).rejects.toThrow(/Commit \d+ of stream 0 \(key-globex\.k3\) differs in the mirror/);
  });

  it('is refused where it lost its end, or the log did', async () => {
    const { server, again } = await mirrored();
    server.truncate(server.events.length - 5);
    await expect(again()).rejects.toMatchObject(changed);
    const shorter = await embedded();
    const { epoch } = await shorter.info();
    await fill(shorter, 2);
    const own = await esdb();
    await esdbMirror({ from: shorter, url: own.url });
    const lost = await openPostgresLog({ url: await testDatabase(), epoch });
    atEnd(() => lost.close());
    await expect(esdbMirror({ from: lost, url: own.url })).rejects.toThrow('lost its tail');
  });
});
