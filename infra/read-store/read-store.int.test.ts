import { beforeAll, describe, expect, test } from 'vitest';
import type { ReadStore } from '../../projections/ports.ts';
import { freePort } from '../servers/index.ts';
import { atEnd, testDatabase } from '../testing/index.ts';
import { connectReadStore, migrate } from './index.ts';

test('several processes and databases migrate at the same moment, and each migration runs once', async () => {
  const urls = await Promise.all([testDatabase(), testDatabase(), testDatabase()]);
  const ran = await Promise.all([...urls, ...urls].map((url) => migrate(url)));
  const first = ran.filter((names) => names.length > 0);
  expect(first).toHaveLength(3);
  expect(first[0]).toContain('0002-read');
  expect(await migrate(urls[0] as string)).toEqual([]);
});

describe('the door of a tenant', () => {
  let store: ReadStore;
  const tenantNow = `select nullif(current_setting('app.tenant_id', true), '') as tenant, current_user as role`;

  beforeAll(async () => {
    const url = await testDatabase();
    await migrate(url);
    // One connection, so that whatever one query leaves behind the next would find.
    store = connectReadStore({ url, connections: 1 });
    atEnd(() => store.close());
  });

  test('sets tenant and role for one transaction, and leaves nothing with the connection', async () => {
    const first = await store.withTenant('acme', (sql) => sql.query(tenantNow));
    expect(first.rows).toEqual([{ tenant: 'acme', role: 'daybook_app' }]);
    const second = await store.withoutTenant((sql) => sql.query(tenantNow));
    expect(second.rows).toEqual([{ tenant: null, role: 'daybook_app' }]);
  });

  test('a query that fails leaves the connection usable and free of its tenant', async () => {
    await expect(store.withTenant('acme', (sql) => sql.query('select 1 / 0'))).rejects.toThrow(/division/);
    expect((await store.withoutTenant((sql) => sql.query(tenantNow))).rows).toMatchObject([{ tenant: null }]);
  });

  test('refuses what is no tenant id before it reaches the server', async () => {
    await expect(store.withTenant(`x', true); drop table y; --`, async () => 1)).rejects.toThrow(RangeError);
    await expect(store.withTenant('', async () => 1)).rejects.toThrow(RangeError);
  });

  test('says read-store.unavailable within two seconds where no server answers', async () => {
    const nobody = connectReadStore({ url: `postgres://u:p@127.0.0.1:${await freePort()}/x` });
    const began = performance.now();
    await expect(nobody.withoutTenant((sql) => sql.query('select 1'))).rejects.toMatchObject({
      code: 'read-store.unavailable',
    });
    await expect(nobody.session()).rejects.toMatchObject({ code: 'read-store.unavailable' });
    expect(performance.now() - began).toBeLessThan(2000);
    await nobody.close();
  });
});
