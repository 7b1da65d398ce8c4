import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { type StoredCommit, subjectOf } from '../../bounded-contexts/kernel/index.ts';
import { atEnd, testDatabase, testFolder, testNats } from '../testing/index.ts';
import { collect, commitOf, happened } from './contract/support.ts';
import {
  type CopyableLog,
  copyLog,
  openArchive,
  openJetStreamLog,
  openPostgresLog,
  writeArchive,
} from './index.ts';

const own = <Log extends CopyableLog>(log: Log): Log => {
  atEnd(() => log.close());
  return log;
};
const body = (text: string) => Buffer.from(text);

const databaseUrl = await testDatabase();
const nats = await testNats();

describe.each<[string, () => Promise<CopyableLog>]>([
  ['JetStream', async () => own(await openJetStreamLog({ url: nats.url, streams: 2 }))],
  ['Postgres', async () => own(await openPostgresLog({ url: databaseUrl }))],
])('the audit log on %s', (_, open) => {
  test('takes each number once, in order, whoever appends, and gives back the very bytes', async () => {
    const [one, other] = [await open(), await open()];
    expect(await one.audit.last()).toBeNull();
    expect(await collect(one.audit.read(1))).toEqual([]);
    expect(await one.audit.append(2, 0, body('too early'))).toBe('taken');
    const bytes = Buffer.from([0, 255, 10, 13, 7]);
    expect(await one.audit.append(1, 0, bytes)).toBe('appended');
    expect(await other.audit.append(1, 0, body('too late'))).toBe('taken');
    const outcomes = await Promise.all([2, 2, 2].map((n) => one.audit.append(n, 1, body(`b${n}`))));
    expect(outcomes.sort()).toEqual(['appended', 'taken', 'taken']);
    expect(await other.audit.append(3, 0, body('b3'))).toBe('appended');
    const all = await collect(other.audit.read(1));
    expect(all.map((entry) => [entry.number, Buffer.from(entry.body)])).toEqual([
      [1, bytes],
      [2, body('b2')],
      [3, body('b3')],
    ]);
    expect((await collect(one.audit.read(3))).map(({ number }) => number)).toEqual([3]);
    expect((await one.audit.last())?.number).toBe(3);
    expect((await one.audit.last(1))?.number).toBe(2);
    expect(await one.audit.last(7)).toBeNull();
  });

  test('reads stored commits as they are stored, in any range', async () => {
    const log = await open();
    for (let i = 0; i < 1_203; i += 3)
      await Promise.all(
        [0, 1, 2].map(() => log.append(subjectOf('acme', 'facts'), commitOf([happened()]), 'any')),
      );
    const { streams } = await log.info();
    const of = streams.find(({ last }) => last !== null)?.stream ?? 0;
    const stored = async (from: number, to: number): Promise<StoredCommit[]> =>
      (await collect(log.stored(of, from, to))).flat();
    const all = await stored(1, 1_000_000);
    expect(all.map(({ sequence }) => sequence)).toEqual(Array.from({ length: all.length }, (_, i) => i + 1));
    expect(all.length).toBeGreaterThanOrEqual(1_203);
    expect((await stored(5, 7)).map(({ sequence }) => sequence)).toEqual([5, 6, 7]);
    expect(await stored(7, 6)).toEqual([]);
    expect(await stored(all.length + 1, all.length + 9)).toEqual([]);
    for (const { body: bytes, subject } of all.slice(0, 5)) {
      expect(JSON.parse(Buffer.from(bytes).toString())).toMatchObject({ actor: 'test:contract' });
      expect(subject).toMatch(/^es\.\d\d\.acme\.facts$/);
    }
  });
});

test('the embedded audit log cannot be changed by those who write it', async () => {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  for (const sql of ['update log.audit set stream = 9', 'delete from log.audit', 'truncate log.audit'])
    await expect(client.query(sql)).rejects.toThrow('never changed');
  await client.end();
});

test('the audit stream refuses deletes and purges', async () => {
  const log = await openJetStreamLog({ url: nats.url });
  const manager = await log.connection.jetstreamManager();
  expect((await manager.streams.info('DAYBOOK_AUDIT')).config).toMatchObject({
    deny_delete: true,
    deny_purge: true,
    max_age: 0,
    subjects: ['au.>'],
  });
  await log.close();
});

test('a copy and an archive hold the bytes that were stored, also of events in an old version, and all checkpoints', async () => {
  const url = await testDatabase();
  const log = own(await openPostgresLog({ url }));
  const { epoch } = await log.info();
  await log.append(subjectOf('acme', 'messages'), commitOf([happened()]), 'any');
  // As an earlier Daybook wrote it: version 1, and fields in another order.
  const old = `{"at":"2026-01-01T00:00:00.000Z","id":"old","actor":"a","events":[{"v":1,"type":"agent.message.sent","data":{"to":"*"}}]}`;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`alter table log.commits disable trigger user; update log.commits set body = '${old}'`);
  await client.end();
  await log.audit.append(1, 0, body('first'));
  await log.audit.append(2, 0, body('second'));

  const folder = testFolder();
  expect(await writeArchive(log, folder, () => {})).toMatchObject({ checkpoints: 2 });
  const archive = await openArchive(folder);
  expect((await archive.audit.last())?.number).toBe(2);
  for (const from of [log, archive]) {
    const target = own(await openPostgresLog({ url: await testDatabase(), epoch }));
    expect(await copyLog({ from, to: target })).toMatchObject({ commits: 1, checkpoints: 2 });
    const [stored] = (await collect(target.stored(0, 1, 9))).flat();
    expect(Buffer.from(stored?.body ?? []).toString()).toBe(old);
    expect((await collect(target.audit.read(1))).map((one) => Buffer.from(one.body).toString())).toEqual([
      'first',
      'second',
    ]);
    // What came later is copied when it is copied again.
    await log.audit.append(3, 0, body('third'));
    expect(await copyLog({ from: log, to: target, verify: false })).toMatchObject({ checkpoints: 1 });
  }
});
