import { hash } from 'node:crypto';
import pg from 'pg';
import { group } from '../../../bounded-contexts/kernel/index.ts';
import { DaybookError } from '../../../schemas/errors.ts';
import { failure } from './errors.ts';

/** One statement at a time on a connection of its own, made again where it was lost. */
export interface Writer {
  query<Row extends pg.QueryResultRow>(sql: string, values: unknown[]): Promise<Row[]>;
  close(): Promise<void>;
}

/** While Postgres cannot be reached, what comes within this time of a failed attempt fails at once, ms. */
const restMs = 200;

export function writer(url: string, name: string, timeoutMs: number): Writer {
  let client: pg.Client | undefined;
  let failedAt = Number.NEGATIVE_INFINITY;
  let closed = false;

  async function connected(): Promise<pg.Client> {
    if (client) return client;
    if (closed || performance.now() - failedAt < restMs) throw new DaybookError('log.unavailable');
    const fresh = new pg.Client({
      connectionString: url,
      application_name: name,
      connectionTimeoutMillis: 1500,
      keepAlive: true,
      // The server gives up first, and says so: then it is certain that nothing was stored.
      statement_timeout: timeoutMs,
      query_timeout: timeoutMs + 1000,
    });
    fresh.on('error', () => {
      if (client === fresh) client = undefined;
    });
    try {
      await fresh.connect();
    } catch (error) {
      failedAt = performance.now();
      await fresh.end().catch(() => undefined);
      throw failure(error, false);
    }
    fresh.on('end', () => {
      if (client === fresh) client = undefined;
    });
    client = fresh;
    return fresh;
  }

  return {
    async query<Row extends pg.QueryResultRow>(sql: string, values: unknown[]): Promise<Row[]> {
      const on = await connected();
      try {
        return (await on.query<Row>({ name: hash('sha1', sql), text: sql, values })).rows;
      } catch (error) {
        const result = failure(error, true);
        if (result.code === 'log.timeout') {
          if (client === on) client = undefined;
          void on.end().catch(() => undefined);
        }
        throw result;
      }
    },
    async close() {
      closed = true;
      await client?.end().catch(() => undefined);
    },
  };
}

/** Group commit: what arrives while a statement runs goes out together in the next. */
export function grouped<Item, Result>(
  write: (items: readonly Item[]) => Promise<readonly Result[]>,
  limits: { readonly maxItems: number; readonly maxBytes: number },
): (item: Item, bytes: number) => Promise<Result> {
  const indexed = group<{ item: Item; index: number }, readonly Result[]>({
    ...limits,
    async write(members) {
      for (const [index, member] of members.entries()) member.index = index;
      return write(members.map((member) => member.item));
    },
  });
  return async (item, bytes) => {
    const member = { item, index: 0 };
    const results = await indexed.add(member, bytes);
    return results[member.index] as Result;
  };
}
