import { beforeAll, describe, expect, test } from 'vitest';
import { projectors, type RunningProjections } from './index.ts';
import { costs, listBudgets, listInvocations, projectionStatus, topSpenders, waitFor } from './queries.ts';
import { appendEverything } from './testing/everything.ts';
import { history } from './testing/history.ts';
import { appendLedger, ledgerModel } from './testing/ledger.ts';
import { type World, world } from './testing/world.ts';

const names = projectors.map(({ name }) => name);
const ofEvents = projectors.filter(({ source }) => source === 'events').map(({ name }) => name);

describe.each([1, 2, 3])('history %i', (seed) => {
  let w: World;
  let running: RunningProjections;
  const h = history(seed);
  const model = ledgerModel();

  beforeAll(async () => {
    w = await world();
    // Part of the history is there when the projectors start, so that they begin with a bulk fill.
    await appendEverything(w.log, w.log.contents, h, 'acme', 20, model);
    running = w.start();
    await appendEverything(w.log, w.log.contents, h, 'other', 10);
    for (let i = 0; i < 3; i++) await appendEverything(w.log, w.log.contents, h, `t${i}`, 4);
    const last = await appendEverything(w.log, w.log.contents, h, 'globex', 12);
    const more = await appendLedger(w.log, h, 'acme', 30, model);
    await waitFor(w.store, more, ofEvents, 15_000);
    await waitFor(w.store, last.contents, ['content_index'], 15_000);
  });

  test.each(names)('%s: live tables equal tables rebuilt from zero', async (name) => {
    const { differences, events } = await running.diff(name);
    expect(differences).toEqual([]);
    expect(events).toBeGreaterThan(0);
  });

  test('counters: live ones equal those counted from zero', async () => {
    await expect.poll(() => w.counters.position('acme'), { timeout: 5000 }).toBe(model.head);
    expect((await running.diff('counters')).differences).toEqual([]);
  });

  test('invocations and roll-ups count each call once, however often its commit was stored', async () => {
    const all = [];
    for (let cursor: string | undefined; ; ) {
      const page = await listInvocations(w.store, 'acme', { cursor, limit: 37 });
      all.push(...page.items);
      if (page.next === null) break;
      cursor = page.next;
    }
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    const completed = all.filter(({ outcome }) => outcome !== 'refused');
    const [total] = await costs(w.store, 'acme');
    expect(total?.calls).toBe(completed.length);
    expect(total?.cost).toBe(completed.reduce((sum, { cost }) => sum + cost, 0n));
    const byDay = await costs(w.store, 'acme', { groupBy: ['day', 'tier'] });
    expect(byDay.reduce((sum, { cost }) => sum + cost, 0n)).toBe(total?.cost);
  });

  test('the pools in Postgres and the counters equal the ledger to the nano-dollar', async () => {
    await expect.poll(() => w.counters.position('acme'), { timeout: 5000 }).toBe(model.head);
    const { rows } = await w.store.withTenant('acme', (sql) =>
      sql.query<{ name: string; posted: string; pending: string }>(
        `select case scope when 'tenant' then 'tenant' else scope || ':' || scope_id end || ' ' || window_name
           as name, posted, pending from read.budget_pools where posted <> 0 or pending <> 0`,
      ),
    );
    const nonZero = (of: Map<string, bigint>) => new Map([...of].filter(([, value]) => value !== 0n));
    expect(nonZero(new Map(rows.map((row) => [row.name, BigInt(row.posted)])))).toEqual(
      nonZero(model.posted),
    );
    expect(nonZero(new Map(rows.map((row) => [row.name, BigInt(row.pending)])))).toEqual(
      nonZero(model.pending),
    );
    const counters = await w.counters.read('acme');
    for (const [name, cost] of model.tiers) {
      const [tier, window] = name.split(' ') as [string, string];
      if (window === 'total') continue;
      const period = window.length === 10 ? 'daily' : window.includes('W') ? 'weekly' : 'monthly';
      expect(counters.get(`cost:{acme}:${tier}:${period}:${window}`) ?? 0n).toBe(cost);
    }
    const tenantTotal = counters.get('budget:{acme}:tenant:acme:total posted');
    expect(tenantTotal).toBe(model.posted.get('tenant total'));
    const [spender] = await topSpenders(w.store, 'acme', 0, { scope: 'tenant' });
    expect(spender).toMatchObject({ id: 'acme', posted: tenantTotal });
    for (const budget of (await listBudgets(w.store, 'acme', 0)).items) {
      expect(budget.remaining).toBe(budget.limit - budget.posted - budget.pending);
    }
  });

  test('a rebuild is compared, switched to, and goes on from there', async () => {
    for (const name of names) {
      const result = await running.rebuild(name);
      expect(result).toMatchObject({ differences: [], switched: true });
    }
    await running.rebuild('counters');
    const { events } = await appendEverything(w.log, w.log.contents, h, 'acme', 5, model);
    await waitFor(w.store, events, ofEvents, 15_000);
    for (const name of names) expect((await running.diff(name)).differences).toEqual([]);
    await expect.poll(() => w.counters.position('acme'), { timeout: 5000 }).toBe(model.head);
    expect((await running.diff('counters')).differences).toEqual([]);
    const rolledBack = await running.rollBack('budgets');
    const more = await appendLedger(w.log, h, 'acme', 3, model);
    await waitFor(w.store, more, ['budgets'], 15_000);
    expect((await running.diff('budgets')).differences).toEqual([]);
    const status = await projectionStatus(w.store);
    await expect
      .poll(
        async () => (await projectionStatus(w.store)).find(({ name }) => name === 'budgets')?.generation,
        {
          timeout: 5000,
        },
      )
      .toBe(rolledBack);
    expect(status.map(({ name }) => name)).toEqual([...names, 'counters'].sort());
    expect(w.errors).toEqual([]);
  });
});
