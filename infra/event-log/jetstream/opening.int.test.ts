import { connect } from 'nats';
import { afterAll, describe, expect, it } from 'vitest';
import { freePort } from '../../servers/index.ts';
import { testNats } from '../../testing/index.ts';
import { commitOf, freshSubject } from '../contract/support.ts';
import { type JetStreamLog, type JetStreamOptions, openJetStreamLog } from './index.ts';

const server = await testNats();
const forReplicas = await testNats();
const forDeletion = await testNats();
const opened: JetStreamLog[] = [];
afterAll(async () => {
  for (const log of opened) await log.close();
});
const open = async (options: Omit<JetStreamOptions, 'url'> = {}): Promise<JetStreamLog> => {
  const log = await openJetStreamLog({ url: server.url, ...options });
  opened.push(log);
  return log;
};

describe('opening a log on JetStream', () => {
  it('lets several processes make it at the same time: they find one epoch', async () => {
    const logs = await Promise.all(Array.from({ length: 5 }, () => open({ streams: 2 })));
    const epochs = new Set(await Promise.all(logs.map(async (log) => (await log.info()).epoch)));
    expect(epochs.size).toBe(1);
  });

  it('makes streams that keep everything, in files, and deny to delete or purge commits', async () => {
    const log = await open();
    const { streams } = await log.connection.jetstreamManager();
    for (const stream of [0, 1]) {
      const { config } = await streams.info(`DAYBOOK_ES_${stream}`);
      expect(config).toMatchObject({
        storage: 'file',
        discard: 'new',
        retention: 'limits',
        max_age: 0,
        max_bytes: -1,
        max_msgs: -1,
        max_msgs_per_subject: -1,
        deny_delete: true,
        deny_purge: true,
      });
      await expect(streams.purge(`DAYBOOK_ES_${stream}`)).rejects.toThrow();
      expect((await streams.info(`DAYBOOK_CT_${stream}`)).config).toMatchObject({ deny_purge: false });
    }
  });

  it('refuses another number of streams and another epoch than the log was made with', async () => {
    await expect(openJetStreamLog({ url: server.url, streams: 3 })).rejects.toMatchObject({
      code: 'config.invalid',
    });
    await expect(openJetStreamLog({ url: server.url, epoch: 'another' })).rejects.toMatchObject({
      code: 'log.history-changed',
    });
    expect((await (await open()).info()).streams).toHaveLength(2);
  });

  it('refuses replicas on an old server, and makes nothing', async () => {
    const old = !/^2\.15\.[1-9]|^2\.(1[6-9]|[2-9]\d)|^[3-9]/.test(server.version);
    const fresh = forReplicas.url;
    await expect(openJetStreamLog({ url: fresh, replicas: 3 })).rejects.toMatchObject(
      // A single new server has no peers to replicate to.
      { code: old ? 'log.unsafe-replication' : 'log.unavailable' },
    );
    const connection = await connect({ servers: fresh });
    const names = await (await connection.jetstreamManager()).streams.names().next();
    await connection.close();
    expect(names).toEqual([]);
  });

  it('says within two seconds that no server answers', async () => {
    const begun = performance.now();
    await expect(openJetStreamLog({ url: `nats://127.0.0.1:${await freePort()}` })).rejects.toMatchObject({
      code: 'log.unavailable',
    });
    expect(performance.now() - begun).toBeLessThan(2000);
  });

  it('stops at once for whoever holds a log that was deleted and made anew while it was open', async () => {
    const { url } = forDeletion;
    const held = await openJetStreamLog({ url });
    opened.push(held);
    const subscription = held.subscribe('es.>', []);
    const ended = (async () => {
      for await (const _ of subscription);
    })().catch((error: unknown) => error);
    const manager = await held.connection.jetstreamManager();
    await manager.streams.delete('DAYBOOK_ES_0');
    await manager.streams.delete('DAYBOOK_CT_0');
    opened.push(await openJetStreamLog({ url }));
    expect(await ended).toMatchObject({ code: 'log.history-changed' });
    await expect(held.append(freshSubject(), commitOf(), 'none')).rejects.toMatchObject({
      code: 'log.history-changed',
    });
  });
});
