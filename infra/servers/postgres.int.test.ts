import { chmodSync, cpSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { atEnd, testFolder } from '../testing/index.ts';
import { forsakenPostgres, type PostgresServer, postgresDataDir, startPostgres } from './index.ts';

/** As root its files lie outside: nobody else may enter a test folder. */
const isRoot = process.getuid?.() === 0;

async function started(dir: string): Promise<PostgresServer> {
  mkdirSync(dir, { recursive: true });
  const server = await startPostgres({ dir, fsync: false });
  atEnd(async () => {
    await server.stop();
    const place = dirname(server.dataDir);
    if (place.startsWith('/var/lib/daybook/')) rmSync(place, { recursive: true, force: true });
  });
  return server;
}

async function ask<Row extends pg.QueryResultRow>(server: PostgresServer, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

const tables = async (server: PostgresServer) =>
  (
    await ask<{ name: string }>(server, "select tablename as name from pg_tables where schemaname = 'public'")
  ).map(({ name }) => name);

describe('the files of the embedded Postgres', () => {
  it('are found again, also after the data directory was moved', async () => {
    const folder = testFolder();
    const first = await started(join(folder, 'here'));
    await ask(first, 'create table kept (id int)');
    await first.stop();
    expect(postgresDataDir(join(folder, 'here'))).toBe(first.dataDir);
    renameSync(join(folder, 'here'), join(folder, 'there'));
    const second = await started(join(folder, 'there'));
    expect(await tables(second)).toEqual(['kept']);
    if (isRoot) expect(second.dataDir).toBe(first.dataDir);
  });

  it('are new where the data directory was deleted and begun anew at the same path', async () => {
    const dir = join(testFolder(), 'postgres');
    const first = await started(dir);
    await ask(first, 'create table forgotten (id int)');
    await first.stop();
    rmSync(dir, { recursive: true });
    expect(postgresDataDir(dir)).toBeUndefined();
    const second = await started(dir);
    expect(await tables(second)).toEqual([]);
    const left = forsakenPostgres().filter(({ madeFor }) => madeFor === dir);
    expect(left).toEqual(isRoot ? [{ place: dirname(first.dataDir), madeFor: dir }] : []);
  });

  it('stay where they were made, whoever may enter the data directory later', async () => {
    const folder = mkdtempSync('/tmp/daybook-postgres-');
    atEnd(() => rmSync(folder, { recursive: true, force: true }));
    const tried = async (name: string, modes: readonly [number, number]) => {
      const dir = join(folder, name);
      chmodSync(folder, modes[0]);
      const first = await started(dir);
      await ask(first, 'create table kept (id int)');
      await first.stop();
      chmodSync(folder, modes[1]);
      return first;
    };
    const closed = await tried('closed', [0o700, 0o755]);
    const opened = await started(join(folder, 'closed'));
    expect([opened.dataDir, await tables(opened)]).toEqual([closed.dataDir, ['kept']]);
    await opened.stop();

    const inside = await tried('open', [0o755, 0o700]);
    expect(inside.dataDir).toBe(join(folder, 'open', 'data'));
    if (isRoot) {
      await expect(startPostgres({ dir: join(folder, 'open'), fsync: false })).rejects.toThrow(
        `the Postgres files are in ${inside.dataDir}, which Postgres cannot enter any more`,
      );
      chmodSync(folder, 0o755);
    }
    expect(await tables(await started(join(folder, 'open')))).toEqual(['kept']);
  });

  it('are not shared with a copy', async () => {
    const folder = testFolder();
    const first = await started(join(folder, 'original'));
    await ask(first, 'create table own (id int)');
    await first.stop();
    cpSync(join(folder, 'original'), join(folder, 'copy'), { recursive: true });
    if (isRoot) {
      await expect(startPostgres({ dir: join(folder, 'copy'), fsync: false })).rejects.toThrow(
        `${join(folder, 'copy')} is a copy of ${join(folder, 'original')}`,
      );
    } else {
      const second = await started(join(folder, 'copy'));
      expect(second.dataDir).not.toBe(first.dataDir);
    }
  });
});
