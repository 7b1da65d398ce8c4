import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startPostgres } from '../servers/postgres.ts';
import { guardChildren, guardFolder } from './guardian.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Of a Postgres in which each test makes a database of its own: see `testDatabase`. */
    postgresUrl: string;
  }
}

/**
 * One Postgres for all test files, since making one takes seconds; NATS and Redis start in each test. All that
 * tests write goes to one temporary folder, and neither it nor any process is left, however the run ends.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  guardChildren();
  process.env['TMPDIR'] = folderOfTheRun();
  const given = process.env.DAYBOOK_TEST_DATABASE_URL;
  if (given) {
    project.provide('postgresUrl', given);
    return async () => {};
  }
  const dir = mkdtempSync(join(tmpdir(), 'daybook-test-postgres-'));
  // Open to the account that Postgres runs under where we are root.
  chmodSync(dir, 0o755);
  const server = await startPostgres({ dir, fsync: false });
  project.provide('postgresUrl', server.url);
  return async () => {
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  };
}

function folderOfTheRun(): string {
  const folder = mkdtempSync(join(tmpdir(), 'daybook-run-'));
  // Open to the account that Postgres runs under where we are root.
  chmodSync(folder, 0o755);
  guardFolder(folder);
  return folder;
}
