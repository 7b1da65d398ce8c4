import pg from 'pg';
import { beforeAll, describe, expect, test } from 'vitest';
import { projectors } from './index.ts';
import { waitFor } from './queries.ts';
import { appendEverything } from './testing/everything.ts';
import { history } from './testing/history.ts';
import { appendLedger, ledgerModel } from './testing/ledger.ts';
import { type World, world } from './testing/world.ts';

const tables = projectors.flatMap((projector) => projector.tables.map(({ name }) => name));
const ofEvents = projectors.filter(({ source }) => source === 'events').map(({ name }) => name);

describe('row-level security', () => {
  let w: World;

  beforeAll(async () => {
    w = await world();
    w.start();
    const h = history(3);
    const models = { acme: ledgerModel(), globex: ledgerModel() };
    await appendEverything(w.log, w.log.contents, h, 'acme', 20, models.acme);
    // Long enough that each kind of policy event is there.
    for (const tenant of ['acme', 'globex'] as const)
      await appendLedger(w.log, h, tenant, 400, models[tenant]);
    const { events, contents } = await appendEverything(
      w.log,
      w.log.contents,
      h,
      'globex',
      20,
      models.globex,
    );
    await waitFor(w.store, events, ofEvents, 15_000);
    await waitFor(w.store, contents, ['content_index'], 15_000);
  });

  test.each(tables)('%s: a tenant sees its own rows and no other’s', async (table) => {
    for (const tenant of ['acme', 'globex']) {
      const { rows } = await w.store.withTenant(tenant, (sql) =>
        sql.query<{ tenant_id: string }>(`select distinct tenant_id from read.${table}`),
      );
      expect(rows).toEqual([{ tenant_id: tenant }]);
    }
  });

  test.each(tables)('%s: without a tenant nothing is seen, and nothing can be written', async (table) => {
    const seen = await w.store.withoutTenant((sql) => sql.query(`select 1 from read.${table} limit 1`));
    expect(seen.rows).toEqual([]);
    for (const sql of [
      `delete from read.${table}`,
      `delete from read.${table}__g1`,
      `truncate read.${table}__g1`,
    ]) {
      await expect(w.store.withTenant('acme', (db) => db.query(sql))).rejects.toThrow(
        /permission denied|read-only/,
      );
    }
  });

  test('the platform’s own door shows all tenants, nothing else of any, and closes behind itself', async () => {
    const seen = await w.store.asPlatform((sql) =>
      sql.query('select tenant_id from read.tenants order by 1'),
    );
    expect(seen.rows).toEqual([{ tenant_id: 'acme' }, { tenant_id: 'globex' }]);
    for (const table of tables.filter((name) => name !== 'tenants')) {
      const { rows } = await w.store.asPlatform((sql) => sql.query(`select 1 from read.${table} limit 1`));
      expect(rows).toEqual([]);
    }
    // Every connection of the pool may have been the platform's a moment ago.
    const after = await Promise.all(
      Array.from({ length: 20 }, () =>
        w.store.withTenant('acme', (sql) => sql.query('select tenant_id from read.tenants')),
      ),
    );
    for (const { rows } of after) expect(rows).toEqual([{ tenant_id: 'acme' }]);
    await expect(w.store.asPlatform((sql) => sql.query('delete from read.tenants'))).rejects.toThrow(
      /permission denied|read-only/,
    );
  });

  test('is forced on every table, whose unique index and every other begin with the tenant', async () => {
    const client = new pg.Client({ connectionString: w.url });
    await client.connect();
    try {
      const { rows } = await client.query<{ name: string; forced: boolean; indexes: string[] }>(
        `select c.relname as name, c.relrowsecurity and c.relforcerowsecurity as forced,
           (select array_agg(pg_get_indexdef(i.indexrelid, 1, true)) from pg_index i where i.indrelid = c.oid) as indexes
         from pg_class c where c.relnamespace = 'read'::regnamespace and c.relkind = 'r' and c.relname ~ '__g1$'`,
      );
      expect(rows.map(({ name }) => name.replace('__g1', '')).sort()).toEqual([...tables].sort());
      for (const { forced, indexes } of rows) {
        expect(forced).toBe(true);
        expect(new Set(String(indexes).replace(/[{}]/g, '').split(','))).toEqual(new Set(['tenant_id']));
      }
      const roles = await client.query(
        `select rolname from pg_roles where rolname in ('daybook_app', 'daybook_projector')
         and (rolbypassrls or rolsuper or rolcanlogin)`,
      );
      expect(roles.rows).toEqual([]);
    } finally {
      await client.end();
    }
  });
});
