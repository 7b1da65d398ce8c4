/**
 * What tests share: a folder, a database and servers of their own, all gone when the test file ends. Servers
 * from the environment are used only through DAYBOOK_TEST_DATABASE_URL; NATS and Redis start in milliseconds.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, inject } from 'vitest';
import { type NatsServer, startNats } from '../servers/nats.ts';
import { type RedisServer, startRedis } from '../servers/redis.ts';

const endings: (() => Promise<unknown> | unknown)[] = [];

// Here, while the file is collected: a hook that is registered in a test's or a hook's body is never called.
afterAll(async () => {
  for (const ending of endings.splice(0).reverse()) await ending();
});

/** Done when the test file ends, the last one first; may be called anywhere. */
export function atEnd(ending: () => Promise<unknown> | unknown): void {
  endings.push(ending);
}

/** A folder of the test file's own, removed at its end. */
export function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'daybook-test-'));
  atEnd(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A fresh, empty database; dropped at the end of the test file. Returns its URL. */
export async function testDatabase(): Promise<string> {
  const admin = inject('postgresUrl');
  const name = `test_${randomBytes(8).toString('hex')}`;
  await once(admin, `create database ${name}`);
  atEnd(() => dropDatabase(admin, name));
  const url = new URL(admin);
  url.pathname = `/${name}`;
  return url.toString();
}

/**
 * Who has just said that it leaves may still be there: cut off, it would end the test file with an error. Postgres waits
 * for it, some seconds; whoever is there then is cut off.
 */
async function dropDatabase(admin: string, name: string): Promise<void> {
  try {
    await once(admin, `drop database if exists ${name}`);
  } catch (error) {
    // object_in_use
    if (!(error instanceof Error && 'code' in error && error.code === '55006')) throw error;
    await once(admin, `drop database if exists ${name} with (force)`);
  }
}

async function once(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** A nats-server of the test file's own. */
export async function testNats(
  options: { binary?: string; maxFileBytes?: number } = {},
): Promise<NatsServer> {
  const server = await startNats({ dir: testFolder(), ...options });
  atEnd(() => server.stop());
  return server;
}

/** A redis-server of the test file's own. */
export async function testRedis(): Promise<RedisServer> {
  const server = await startRedis({ dir: testFolder() });
  atEnd(() => server.stop());
  return server;
}
