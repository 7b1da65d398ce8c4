import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, type NatsConnection } from 'nats';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { startNotary } from '../../bounded-contexts/governance/index.ts';
import { type StoredCommit, subjectOf, systemClock } from '../../bounded-contexts/kernel/index.ts';
import { notaryKeys, postgresWitness } from '../audit/index.ts';
import { collect, commitOf, happened } from '../event-log/contract/support.ts';
import { type CopyableLog, openJetStreamLog, openPostgresLog, verifyLog } from '../event-log/index.ts';
import { migrate } from '../read-store/index.ts';
import { startNats } from '../servers/index.ts';
import { atEnd, testDatabase, testFolder } from '../testing/index.ts';
import { forgeStoredMessage } from '../testing/nats-store.ts';
import { masterKeysOf, postgresVault } from '../vault/index.ts';
import { auditOf, evidenceOf } from './audit.ts';

/** A vault of its own for each log, as an installation has. */
async function freshVault() {
  const url = await testDatabase();
  await migrate(url);
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  atEnd(() => pool.end());
  return {
    pool,
    vault: postgresVault(
      pool,
      masterKeysOf('a test', () => ['the master key of this test']),
    ),
  };
}
type Vault = Awaited<ReturnType<typeof freshVault>>;

const total = 60;
const tail = 5;

/** Commits, all but the last sealed, ten to a checkpoint. */
async function fill(log: CopyableLog, { pool, vault }: Vault): Promise<void> {
  const notary = startNotary({
    log,
    audit: log.audit,
    witness: postgresWitness(pool),
    currentKey: notaryKeys(vault).current,
    clock: systemClock,
    everyCommits: 10,
    everyMs: 3_600_000,
    report: (error) => {
      throw error;
    },
  });
  for (let i = 1; i <= total; i++)
    await log.append(subjectOf('acme', 'facts'), commitOf([happened(`k${i}`)]), 'any');
  await notary.seal();
  for (let i = 0; i < tail; i++)
    await log.append(subjectOf('acme', 'facts'), commitOf([happened('late')]), 'any');
  await notary.stop();
}

const verify = async (log: CopyableLog, own: Vault) =>
  auditOf(await evidenceOf({ log, audit: log.audit, ...own }), {});
const intact = {
  findings: [],
  checkpoints: 6,
  streams: [{ stream: 0, sealedTo: total, notSealedYet: tail }],
};

const bigger = (body: Uint8Array) => Buffer.from(Buffer.from(body).toString().replace('"k17"', '"k99"'));

describe('a JetStream store', () => {
  /** A server with a sealed log; it is stopped and started on the same port as often as wanted. */
  async function sealedStore() {
    const dir = testFolder();
    const own = await freshVault();
    let server = await startNats({ dir });
    atEnd(() => server.stop());
    const log = await openJetStreamLog({ url: server.url });
    await fill(log, own);
    expect(await verify(log, own)).toMatchObject(intact);
    const records: StoredCommit[] = [];
    for await (const run of log.stored(0, 1, 1_000)) records.push(...run);
    const checkpoints = [];
    for await (const { body } of log.audit.read(1)) checkpoints.push(body);
    const { epoch } = await log.info();
    await log.close();
    return {
      own,
      dir,
      records,
      checkpoints,
      epoch,
      url: server.url,
      async stop() {
        await server.stop();
      },
      async restart() {
        server = await startNats({ dir, port: server.port });
        const again = await openJetStreamLog({ url: server.url, epoch });
        atEnd(() => again.close());
        return again;
      },
    };
  }

  async function recreate(
    connection: NatsConnection,
    name: string,
    messages: { subject: string; body: Uint8Array }[],
  ) {
    const manager = await connection.jetstreamManager();
    const { config } = await manager.streams.info(name);
    await manager.streams.delete(name);
    // As it was, but that it may be changed later.
    await manager.streams.add({ ...config, deny_delete: false, deny_purge: false });
    const client = connection.jetstream();
    for (const { subject, body } of messages) await client.publish(subject, body);
  }

  test.each<[string, object, (records: StoredCommit[]) => void]>([
    [
      'an altered commit at the same place',
      { kind: 'changed', sequence: 17 },
      (records) => {
        const record = records[16] as StoredCommit;
        expect(bigger(record.body)).not.toEqual(record.body);
        records[16] = { ...record, body: bigger(record.body) };
      },
    ],
    ['one commit less', { kind: 'removed', sequence: 17 }, (records) => records.splice(16, 1)],
    [
      'one commit more',
      { kind: 'inserted', sequence: 17 },
      (records) => records.splice(16, 0, { ...(records[60] as StoredCommit) }),
    ],
    [
      'a commit in another place',
      { kind: 'reordered', sequence: 17 },
      (records) => records.splice(40, 0, ...records.splice(16, 1)),
    ],
    ['a part of what was sealed', { kind: 'truncated', sequence: 51 }, (records) => records.splice(50)],
  ])('that was written anew with %s is found, and named', async (_, finding, alter) => {
    const store = await sealedStore();
    const connection = await connect({ servers: store.url });
    const records = [...store.records];
    alter(records);
    await recreate(connection, 'DAYBOOK_ES_0', records);
    await connection.close();
    await store.stop();
    const { findings } = await verify(await store.restart(), store.own);
    expect(findings[0]).toMatchObject({ stream: 0, ...finding });
  });

  test('whose audit stream lost its end is found: the vault remembers the last checkpoint', async () => {
    const store = await sealedStore();
    const connection = await connect({ servers: store.url });
    const messages = store.checkpoints.slice(0, 4).map((body) => ({ subject: 'au.checkpoint.0', body }));
    await recreate(connection, 'DAYBOOK_AUDIT', messages);
    await recreate(connection, 'DAYBOOK_ES_0', store.records.slice(0, 40));
    await connection.close();
    const log = await openJetStreamLog({ url: store.url, epoch: store.epoch });
    atEnd(() => log.close());
    expect((await verify(log, store.own)).findings).toEqual([
      expect.objectContaining({ kind: 'checkpoint-missing', checkpoint: 5, stream: 0, sequence: 41 }),
    ]);
  });

  test('that was made anew, with or without its audit stream, is found: a log keeps its epoch', async () => {
    const store = await sealedStore();
    const connection = await connect({ servers: store.url });
    const manager = await connection.jetstreamManager();
    for (const name of ['DAYBOOK_ES_0', 'DAYBOOK_CT_0']) await manager.streams.delete(name);
    const log = await openJetStreamLog({ url: store.url });
    atEnd(() => log.close());
    for (const { subject, body } of store.records) await connection.jetstream().publish(subject, body);
    const found = (await verify(log, store.own)).findings;
    expect(found[0]).toMatchObject({ kind: 'truncated', reason: expect.stringContaining(store.epoch) });
    expect(found.filter(({ kind }) => kind === 'checkpoint-forged')).toHaveLength(6);
    await manager.streams.delete('DAYBOOK_AUDIT');
    await connection.close();
    expect((await verify(log, store.own)).findings).toEqual([found[0]]);
  });

  const blockOf = (dir: string) =>
    join(dir, 'store', 'jetstream', '$G', 'streams', 'DAYBOOK_ES_0', 'msgs', '1.blk');

  test('whose files were edited while the server was away is found, and named', async () => {
    const store = await sealedStore();
    await store.stop();
    const bytes = readFileSync(blockOf(store.dir));
    const at = bytes.indexOf('"k17"');
    expect(at).toBeGreaterThan(0);
    bytes.write('"k99"', at);
    writeFileSync(blockOf(store.dir), bytes);
    const { findings } = await verify(await store.restart(), store.own);
    // The server serves nothing that does not fit its own checksum.
    expect(findings).toEqual([expect.objectContaining({ kind: 'removed', stream: 0, sequence: 17 })]);
  });

  test('whose files were edited, checksums too, so that the server notices nothing, is found, and named', async () => {
    const store = await sealedStore();
    await store.stop();
    forgeStoredMessage(blockOf(store.dir), 'DAYBOOK_ES_0', 1, 17, (body) => body.replace('"k17"', '"k99"'));
    const log = await store.restart();
    const [served] = (await collect(log.stored(0, 17, 17))).flat();
    expect(Buffer.from(served?.body ?? []).toString()).toContain('"k99"');
    expect((await verifyLog(log)).firstBreak).toBeNull();
    const { findings } = await verify(log, store.own);
    expect(findings).toEqual([expect.objectContaining({ kind: 'changed', stream: 0, sequence: 17 })]);
  });
});

describe('the embedded log', () => {
  test('that its owner changes with the trigger switched off is found, and named', async () => {
    const here = await testDatabase();
    const own = await freshVault();
    const log = await openPostgresLog({ url: here });
    atEnd(() => log.close());
    await fill(log, own);
    expect(await verify(log, own)).toMatchObject(intact);
    const client = new pg.Client({ connectionString: here });
    await client.connect();
    const as = async (sql: string) => {
      await client.query(
        `alter table log.commits disable trigger user; ${sql}; alter table log.commits enable trigger user`,
      );
      return (await verify(log, own)).findings;
    };
    await expect(client.query('delete from log.audit')).rejects.toThrow('never changed');
    expect(
      await as(`update log.commits set body = replace(body, '"k17"', '"k99"') where sequence = 17`),
    ).toEqual([expect.objectContaining({ kind: 'changed', stream: 0, sequence: 17 })]);
    expect(
      await as(`update log.commits set body = replace(body, '"k99"', '"k17"') where sequence = 17`),
    ).toEqual([]);
    expect(await as('delete from log.commits where sequence = 30')).toEqual([
      expect.objectContaining({ kind: 'removed', stream: 0, sequence: 30 }),
    ]);
    await client.end();
  });
});
