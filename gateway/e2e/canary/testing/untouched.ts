import { Redis } from 'ioredis';
import pg from 'pg';
import type { RunningTestDaybook } from '../../../../infra/testing/daybook.ts';

interface Kept {
  /** False where the tenant's own people are refused: that is told in its audit trail, and changes nothing else. */
  readonly trail?: boolean;
}

/**
 * All that is kept of a tenant, as a digest a table and each counter: every row of every table with its id, in the read
 * models, the vault and the embedded log, and its keys on Redis.
 */
export async function keptOf(
  { daybook }: RunningTestDaybook,
  tenant: string,
  { trail = true }: Kept = {},
): Promise<Map<string, string>> {
  const kept = new Map<string, string>();
  const client = new pg.Client({ connectionString: daybook.urls.database });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string; column: string }>(
      `select format('%I.%I', table_schema, table_name) as name, column_name as column
       from information_schema.columns join information_schema.tables using (table_schema, table_name)
       where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')
         and column_name in ('tenant_id', 'tenant') order by 1`,
    );
    if (tables.length < 10) throw new Error('Tables of tenants were not found.');
    for (const { name, column } of tables) {
      // That its own keys were used is noted a while after they were.
      if (name.startsWith('read.key_uses')) continue;
      if (!trail && /^(read\.audit_trail|vault\.period_keys|log\.commits)/.test(name)) continue;
      const passedOver = trail ? `'key-uses'` : `'key-uses', 'audit'`;
      const also = name.startsWith('read.event_index') ? `and t.family not in (${passedOver})` : '';
      const { rows } = await client.query<{ digest: string | null }>(
        `select count(*) || ' ' || coalesce(md5(string_agg(t::text, ',' order by t::text)), '') as digest
         from ${name} t where t.${column} = $1 ${also}`,
        [tenant],
      );
      kept.set(name, rows[0]?.digest ?? '');
    }
  } finally {
    await client.end();
  }
  if (daybook.urls.redis !== undefined) {
    const redis = new Redis(daybook.urls.redis);
    for (const key of (await redis.keys(`*{${tenant}}*`)).filter((one) => /^(cost|budget):/.test(one)).sort())
      kept.set(
        key,
        (await redis.type(key)) === 'hash'
          ? JSON.stringify(await redis.hgetall(key))
          : ((await redis.get(key)) ?? ''),
      );
    redis.disconnect();
  }
  return kept;
}

const pauseMs = 150;

/** The same, once nothing that the tenant itself did is under way any more. */
export async function atRest(
  running: RunningTestDaybook,
  tenant: string,
  kept: Kept = {},
): Promise<Map<string, string>> {
  let before = '';
  const deadline = performance.now() + 20_000;
  for (;;) {
    const all = await keptOf(running, tenant, kept);
    const now = JSON.stringify([...all]);
    if (now === before && !/"pending[^0]{3,7}[1-9]/.test(now)) return all;
    if (performance.now() > deadline) throw new Error(`${tenant} does not come to rest.`);
    before = now;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
