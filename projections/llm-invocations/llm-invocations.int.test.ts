import { afterAll, expect, test } from 'vitest';
import { openJetStreamLog } from '../../infra/event-log/index.ts';
import { connectReadStore, migrate } from '../../infra/read-store/index.ts';
import { testDatabase, testNats } from '../../infra/testing/index.ts';
import { startProjections } from '../index.ts';
import { waitFor } from '../runtime/wait.ts';
import { appendFacts, factCommit, history, invocation } from '../testing/history.ts';

test('a rebuild from zero equals the live tables, and facts stored twice count once', async () => {
  const url = await testDatabase();
  await migrate(url);
  const nats = await testNats();
  const log = await openJetStreamLog({ url: nats.url });
  const store = connectReadStore({ url });
  const running = startProjections({
    store,
    log,
    contents: log.contents,
    onError: (n, e) => console.error(n, e),
  });
  afterAll(async () => {
    await running.stop();
    await store.close();
    await log.close();
  });
  const h = history(1);
  let position = await appendFacts(
    log,
    h,
    'acme',
    'invocations',
    Array.from({ length: 60 }, () => factCommit(h, invocation)),
  );
  position = await appendFacts(
    log,
    h,
    'other',
    'invocations',
    Array.from({ length: 20 }, () => factCommit(h, invocation)),
  );
  await waitFor(store, position, ['llm_invocations'], 10_000);
  const diff = await running.diff('spend_rollups');
  expect(diff.differences).toEqual([]);
  expect(diff.events).toBeGreaterThan(100);
  const rebuilt = await running.rebuild('llm_invocations');
  expect(rebuilt.differences).toEqual([]);
  expect(rebuilt.switched).toBe(true);
  const sums = await store.withTenant('acme', async (sql) => {
    const a = await sql.query<{ n: string; cost: string }>(
      'select count(*) as n, sum(cost) as cost from read.llm_invocations where tier is not null',
    );
    const b = await sql.query<{ n: string; cost: string }>(
      'select sum(calls) as n, sum(cost) as cost from read.spend_rollups',
    );
    return [a.rows[0], b.rows[0]];
  });
  expect(sums[0]).toEqual(sums[1]);
  position = await appendFacts(log, h, 'acme', 'invocations', [factCommit(h, invocation)]);
  await waitFor(store, position, ['llm_invocations'], 10_000);
});
