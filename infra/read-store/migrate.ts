import { fileURLToPath } from 'node:url';
import pg from 'pg';

const folder = fileURLToPath(new URL('../../migrations', import.meta.url));

/**
 * Brings the database up to date: runs what is new in migrations/*.sql, in order, all in one transaction,
 * under an advisory lock on which others wait. Returns the names of those that ran. Forward only.
 */
export async function migrate(url: string): Promise<string[]> {
  // Loaded only here: it is heavy, and a process that is started with migrations done needs none of it.
  const { runner } = await import('node-pg-migrate');
  const quiet = () => {};
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    const ran = await runner({
      dbClient: client,
      dir: folder,
      direction: 'up',
      migrationsSchema: 'public',
      migrationsTable: 'daybook_migrations',
      // Contexts add theirs independently, and none depends on another's tables.
      checkOrder: false,
      singleTransaction: true,
      advisoryLockMode: 'wait',
      logger: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    });
    return ran.map(({ name }) => name);
  } finally {
    await client.end();
  }
}
