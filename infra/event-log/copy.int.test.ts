import pg from 'pg';
import { afterAll, describe, expect, it } from 'vitest';
import { subjectOf } from '../../bounded-contexts/kernel/index.ts';
import { testDatabase, testNats } from '../testing/index.ts';
import { collect, commitOf, happened } from './contract/support.ts';
import { type CopyableLog, copyLog } from './copy.ts';
import { openJetStreamLog, openPostgresLog, simulatedServer } from './index.ts';
import type { ProgressReport } from './progress.ts';
import { verifyLog } from './verify.ts';

const opened: { close(): Promise<void> }[] = [];
afterAll(async () => {
  for (const log of opened) await log.close();
});
const own = <T extends { close(): Promise<void> }>(log: T): T => {
  opened.push(log);
  return log;
};

const nats = await testNats();
const second = await testNats();
const databaseUrl = await testDatabase();
const embedded = own(await openPostgresLog({ url: databaseUrl }));
const { epoch } = await embedded.info();

async function write(log: CopyableLog, count: number): Promise<void> {
  for (const tenant of ['acme', 'umbrella']) {
    const facts = subjectOf(tenant, 'facts');
    await Promise.all(Array.from({ length: count }, () => log.append(facts, commitOf([happened()]), 'any')));
    await log.contents.append(tenant, [
      { id: `c${count}`, subject: 'u', sealed: new Uint8Array([1, 2, 3]) },
      { id: `d${count}`, subject: 'u', sealed: new Uint8Array(100_000).fill(count) },
    ]);
  }
}

const changed = { code: 'log.history-changed' };

describe('copying a log', () => {
  it('moves it from the embedded log to JetStream and back, each commit to its own position', async () => {
    await write(embedded, 700);
    const jetStream = own(await openJetStreamLog({ url: nats.url, epoch }));
    const reports: ProgressReport[] = [];
    const there = await copyLog({
      from: embedded,
      to: jetStream,
      onProgress: (report) => reports.push(report),
    });
    expect(there).toMatchObject({ commits: 1400, contents: 4 });
    expect(reports.filter(({ ended }) => ended).map(({ step }) => step)).toEqual([
      'copy contents',
      'copy commits',
      'verify copy',
    ]);
    const facts = subjectOf('acme', 'facts');
    const stored = await collect(embedded.read(facts, null));
    expect(await collect(jetStream.read(facts, null))).toEqual(stored);

    const back = own(await openPostgresLog({ url: await testDatabase(), epoch }));
    expect(await copyLog({ from: jetStream, to: back })).toEqual(there);
    const [first, last] = [await verifyLog(embedded), await verifyLog(back)];
    expect(first).toMatchObject({ commits: 1400, events: 1400, firstBreak: null });
    expect(last).toEqual(first);
  });

  it('goes on after what the target has, and does nothing where it has all', async () => {
    const target = own(await openJetStreamLog({ url: second.url, epoch }));
    await copyLog({ from: embedded, to: target, verify: false });
    expect(await copyLog({ from: embedded, to: target, verify: false })).toEqual({
      commits: 0,
      contents: 0,
      checkpoints: 0,
    });
    await write(embedded, 5);
    expect(await copyLog({ from: embedded, to: target })).toMatchObject({ commits: 10, contents: 4 });
  });

  it('goes on where acks were lost, and where a fact lies on the log twice', async () => {
    const source = simulatedServer({ epoch: 'twice' }).connect();
    const fact = commitOf();
    for (const commandId of ['a', 'b'])
      await source.append(subjectOf('acme', 'facts'), fact, 'any', { commandId });
    await write(source, 20);
    let appends = 0;
    const target = simulatedServer({ epoch: 'twice' }).connect({
      onAppend: () => (++appends % 7 === 0 ? 'lost-ack' : undefined),
    });
    expect(await copyLog({ from: source, to: target })).toMatchObject({ commits: 42 });
  });

  it('refuses a target of another epoch, of another history, or that others write to', async () => {
    const source = simulatedServer({ epoch: 'one' }).connect();
    await write(source, 3);
    const refused = (to: CopyableLog) => expect(copyLog({ from: source, to })).rejects.toMatchObject(changed);
    await refused(simulatedServer({ epoch: 'other' }).connect());
    const another = simulatedServer({ epoch: 'one' }).connect();
    await another.append(subjectOf('acme', 'facts'), commitOf(), 'any');
    await refused(another);
    const longer = simulatedServer({ epoch: 'one' }).connect();
    await write(longer, 30);
    await refused(longer);
  });
});

describe('verifying a log', () => {
  it('names the first commit with an event that its schema refuses, that is missing, or cannot be read', async () => {
    const url = await testDatabase();
    const log = own(await openPostgresLog({ url }));
    await write(log, 10);
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const tamper = async (sql: string) => {
      await client.query(`alter table log.commits disable trigger user; ${sql}`);
      return (await verifyLog(log)).firstBreak;
    };
    try {
      expect((await verifyLog(log)).firstBreak).toBeNull();
      expect(
        await tamper(`update log.commits set body = replace(body, '"k"', '"not an id"') where sequence = 15`),
      ).toMatchObject({ sequence: 15, reason: expect.stringContaining('key.revoked') });
      expect(await tamper(`update log.commits set body = 'x' where sequence = 12`)).toMatchObject({
        sequence: 12,
      });
      expect(await tamper('delete from log.commits where sequence = 5')).toMatchObject({ sequence: 5 });
    } finally {
      await client.end();
    }
  });

  it('counts commits that are void because they were decided on another history', async () => {
    const log = simulatedServer().connect();
    const subject = subjectOf('acme', 'key', 'k');
    const first = await log.append(subject, commitOf([happened()], { prev: null }), 'any');
    if (first.outcome !== 'appended') throw new Error('the subject is new');
    for (let n = 0; n < 2; n++)
      await log.append(subject, commitOf([happened()], { prev: first.position }), 'any');
    expect(await verifyLog(log)).toMatchObject({ commits: 3, voided: 1, firstBreak: null });
  });
});
