import { ANY, jsonEvent } from '@eventstore/db-client';
import { expect, it } from 'vitest';
import { startEsdbServer } from '../../testing/esdb-server.ts';
import { atEnd } from '../../testing/index.ts';
import { commitOf, eventually, freshSubject } from '../contract/support.ts';
import { esdbClient } from './client.ts';
import { openEsdbLog } from './index.ts';

it("reads on where events of EventStoreDB's own were scavenged away, and counts others' events never", async () => {
  const server = await startEsdbServer();
  atEnd(() => server.stop());
  const log = await openEsdbLog({ url: server.url });
  atEnd(() => log.close());
  const other = esdbClient(server.url);
  atEnd(() => other.close());
  const subject = freshSubject();
  const delivered: number[] = [];
  const subscription = log.subscribe('es.>', []);
  const reading = (async () => {
    for await (const { commits } of subscription) delivered.push(...commits.map(({ sequence }) => sequence));
  })();

  for (let round = 1; round <= 3; round++) {
    await other.append('orders-1', [jsonEvent({ type: 'theirs', data: {} })], ANY);
    expect(await log.append(subject, commitOf(), 'any')).toMatchObject({ outcome: 'appended' });
    const kept = server.events.length;
    await other.append('$stats-node', [jsonEvent({ type: '$statsCollected', data: {} })], ANY);
    await eventually(async () => expect(delivered).toHaveLength(round));
    expect((await log.info()).streams[0]?.commits).toBe(round);
    server.truncate(kept);
  }
  await subscription.stop();
  await reading;
  expect(delivered).toEqual([1, 2, 3]);
});
