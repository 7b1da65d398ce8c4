import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startPostgres } from '../../servers/index.ts';
import { tcpProxy } from '../../testing/tcp-proxy.ts';
import { openPostgresLog } from '../postgres/index.ts';
import type { ContractLog, Harness } from './harness.ts';
import { commitOf, eventually, freshSubject } from './support.ts';

/** A Postgres of its own, which syncs, since it is going to be killed; each harness has a database in it. */
export async function postgresHarnesses(): Promise<{ make(): Promise<Harness>; close(): Promise<void> }> {
  const dir = mkdtempSync(join(tmpdir(), 'daybook-log-'));
  // Open to the account that Postgres runs under where we are root.
  chmodSync(dir, 0o755);
  let server = await startPostgres({ dir });
  let counter = 0;

  const sql = async (url: string, text: string) => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      await client.query(text);
    } finally {
      await client.end();
    }
  };

  const database = async (): Promise<string> => {
    const name = `log_${counter++}`;
    await sql(server.url, `create database ${name}`);
    const url = new URL(server.url);
    url.pathname = `/${name}`;
    return url.toString();
  };

  async function make(): Promise<Harness> {
    const url = await database();
    const open = (): Promise<ContractLog> => openPostgresLog({ url });
    await (await open()).close();
    let kept = 0;
    const asOwner = (text: string) =>
      sql(
        url,
        `alter table log.commits disable trigger user; ${text}; alter table log.commits enable trigger user`,
      );
    return {
      open,
      async openFragile() {
        const proxy = await tcpProxy(server.port);
        const through = new URL(url);
        through.port = String(proxy.port);
        const log = await openPostgresLog({ url: through.toString() });
        // The writer connects at the first append; a wire can be cut only once it is there.
        await log.append(freshSubject(), commitOf(), 'none');
        return {
          log: { ...log, close: () => log.close().then(proxy.close) },
          loseAnswers: proxy.swallowAnswers,
          cut: proxy.cut,
          refuse: proxy.refuse,
        };
      },
      async killAndRestart() {
        await server.kill();
        // What its children hold of it must be gone first.
        server = await eventually(() => startPostgres({ dir, port: server.port }));
      },
      async mark() {
        const log = await open();
        kept = (await log.info()).streams[0]?.commits ?? 0;
        await log.close();
      },
      loseTail: () =>
        asOwner(
          `delete from log.commits where sequence > ${kept}; update log.head set sequence = ${kept} where kind = 'commits'`,
        ),
      loseBeginning: () => asOwner('delete from log.commits where sequence <= 2'),
      recreate: () => sql(url, 'drop schema log cascade').then(async () => (await open()).close()),
      async openSmall() {
        const small = await database();
        const log = await openPostgresLog({ url: small });
        // No file system of ours is small; the server is made to say what it says on a full one.
        await sql(
          small,
          `create function log.full() returns trigger language plpgsql as $$
             begin raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$;
           create trigger disk_is_full before insert on log.commits for each row
             when (new.sequence > 5) execute function log.full()`,
        );
        return { log, makeRoom: () => sql(small, 'drop trigger disk_is_full on log.commits') };
      },
      close: async () => {},
    };
  }

  return {
    make,
    async close() {
      await server.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
