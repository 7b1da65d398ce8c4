import pg from 'pg';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Position, position, subjectOf } from '../../bounded-contexts/kernel/index.ts';
import { atEnd } from '../../infra/testing/index.ts';
import { projectors } from '../index.ts';
import { listInvocations } from '../llm-invocations/queries.ts';
import type { ReadStore } from '../ports.ts';
import { appendFacts, factCommit, history, invocation } from '../testing/history.ts';
import { type World, world } from '../testing/world.ts';
import { appendOnly } from './append-only.ts';
import type { Table } from './columns.ts';
import { idleMoves } from './idle.ts';
import type { EventItem, EventProjector } from './projector.ts';
import { projectionStatus } from './queries.ts';
import { rebuild } from './rebuild.ts';
import { type Runner, run } from './runner.ts';
import { eventSource } from './source.ts';
import { waitFor } from './wait.ts';

const probes = (name: string): Table => ({
  name,
  columns: [
    ['tenant_id', 'text not null'],
    ['id', 'text not null'],
    ['n', 'int not null'],
    ['position', 'text not null'],
  ],
  key: ['tenant_id', 'id'],
  indexes: [],
});

/** A small projector whose apply can be made to fail; of facts, or of aggregates. */
function probe(name: string, filter: string, n: (item: EventItem) => number, money?: true): EventProjector {
  const table = probes(name);
  const { bulk: _, ...plain } = appendOnly<EventItem>(table, (items) =>
    items.map((item) => [item.tenant, item.id, n(item), item.position]),
  );
  return { source: 'events', name, version: 1, filter, ...(money ? { money } : {}), ...plain };
}

describe('a running projector', () => {
  let w: World;
  const h = history(7);
  const runners: Runner[] = [];
  const errors: unknown[] = [];

  const start = (projector: EventProjector, store: ReadStore = w.store): Runner => {
    const source = eventSource(w.log, projector);
    const idle = idleMoves(store);
    atEnd(() => idle.stop());
    const runner = run({
      store,
      projector,
      source,
      upgrade: async (signal) => void (await rebuild({ store, projector, source }, 'switch', { signal })),
      idle,
      onError: (error) => errors.push(error),
    });
    runners.push(runner);
    return runner;
  };
  const calls = (n: number, most = 20) => Array.from({ length: n }, () => factCommit(h, invocation, most));
  const count = (table: string, tenant: string): Promise<number> =>
    w.store.withTenant(tenant, async (sql) => {
      const { rows } = await sql.query<{ n: string }>(`select count(*) as n from read.${table}`);
      return Number(rows[0]?.n);
    });
  const owner = async (sql: string, values: unknown[] = []): Promise<pg.QueryResult> => {
    const client = new pg.Client({ connectionString: w.url });
    await client.connect();
    try {
      return await client.query(sql, values);
    } finally {
      await client.end();
    }
  };

  beforeAll(async () => {
    w = await world();
  });
  atEnd(async () => {
    await Promise.all(runners.map((runner) => runner.stop()));
  });

  test('two that both believe they lead: each event is applied once, and the loser begins anew', async () => {
    // The advisory lock is taken away from the first one by giving each a database session that cannot see it.
    const withoutLock: ReadStore = {
      ...w.store,
      session: async () => {
        const session = await w.store.session();
        return {
          ...session,
          get broken() {
            return session.broken;
          },
          query: async (text, values) =>
            text.includes('pg_try_advisory_lock')
              ? session.query(`select true as won`)
              : session.query(text, values),
        };
      },
    };
    const projector = probe('contended', 'es.*.*.calls-a', () => 1);
    const last = await appendFacts(w.log, h, 'acme', 'calls-a', calls(1), 0);
    const a = start(projector, withoutLock);
    await waitFor(w.store, last, ['contended'], 5000);
    const b = start(projector, withoutLock);
    let events = 0;
    let end: Position = last;
    for (let i = 0; i < 30; i++) {
      const commits = calls(2);
      events += commits.reduce((sum, { events }) => sum + events.length, 0);
      end = await appendFacts(w.log, h, 'acme', 'calls-a', commits, 0);
    }
    await waitFor(w.store, end, ['contended'], 10_000);
    const first = (await w.log.at(last))?.commit.events.length ?? 0;
    expect(await count('contended', 'acme')).toBe(events + first);
    expect(errors).toEqual([]);
    await Promise.all([a.stop(), b.stop()]);
  });

  test('a standby takes over from the one that leads when that one ends', async () => {
    const projector = probe('followed', 'es.*.*.calls-b', () => 1);
    const a = start(projector);
    await waitFor(w.store, await appendFacts(w.log, h, 'acme', 'calls-b', calls(2)), ['followed'], 5000);
    const b = start(projector);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect([a.report.leading, b.report.leading]).toEqual([true, false]);
    await a.stop();
    await waitFor(w.store, await appendFacts(w.log, h, 'acme', 'calls-b', calls(2)), ['followed'], 5000);
    expect(b.report.leading).toBe(true);
  });

  test('one whose filter matches nothing still reaches the position that others write', async () => {
    start(probe('idle', 'es.*.*.nothing', () => 1));
    for (let i = 0; i < 3; i++) {
      const last = await appendFacts(w.log, h, 'acme', 'calls-b', calls(1));
      const began = performance.now();
      await waitFor(w.store, last, ['idle'], 5000);
      expect(performance.now() - began).toBeLessThan(1500);
    }
  });

  test('waiting for what does not come is answered with read-store.behind', async () => {
    const { epoch } = await w.log.info();
    await expect(waitFor(w.store, position(epoch, 0, 10_000_000), ['idle'], 100)).rejects.toMatchObject({
      code: 'read-store.behind',
    });
    await expect(waitFor(w.store, position('other', 0, 1), ['idle'], 100)).rejects.toMatchObject({
      code: 'log.history-changed',
    });
  });

  test('a poison fact is parked with its error and blocks nothing else, and a rebuild cures it', async () => {
    let broken = true;
    const poisonous = (item: EventItem) => (item.index === 3 && broken ? 3_000_000_000 : item.index);
    const projector = probe('facts', 'es.*.*.calls-c', poisonous);
    start(projector);
    const commit = {
      ...factCommit(h, invocation, 1),
      events: Array.from({ length: 9 }, () => invocation(h)),
    };
    const last = await appendFacts(w.log, h, 'acme', 'calls-c', [commit], 0);
    await waitFor(w.store, last, ['facts'], 5000);
    expect(await count('facts', 'acme')).toBe(8);
    const letters = await owner('select * from read.dead_letters where projector = $1', ['facts']);
    expect(letters.rows).toMatchObject([{ event_id: `${commit.id}.3`, tenant_id: 'acme', blocks: null }]);
    expect(letters.rows[0].error).toMatch(/out of range/);
    broken = false;
    const source = eventSource(w.log, projector);
    const result = await rebuild({ store: w.store, projector, source }, 'switch');
    expect(result.differences).toHaveLength(1);
    expect(await count('facts', 'acme')).toBe(9);
    expect(
      (await owner(`select * from read.dead_letters where projector = 'facts' and generation = 2`)).rows,
    ).toEqual([]);
  });

  test('a poison event of an aggregate blocks its later events, and no other aggregate', async () => {
    const projector = probe('aggregates', 'es.*.*.thing.*', (item) =>
      item.id.includes('bad') ? 2 ** 40 : 1,
    );
    start(projector);
    let last: Position | undefined;
    const append = async (id: string, commitId: string) => {
      const subject = subjectOf('acme', 'thing', id);
      const prev = (await w.log.last(subject))?.position ?? null;
      const commit = { id: commitId, at: h.now(), actor: 'x', prev, events: [invocation(h)] };
      const result = await w.log.append(subject, commit, prev ?? 'none');
      if (result.outcome !== 'wrong-expectation') last = result.position;
    };
    await append('one', 'a1');
    await append('one', 'bad');
    await append('one', 'a3');
    await append('two', 'b1');
    await waitFor(w.store, last as Position, ['aggregates'], 5000);
    expect(await count('aggregates', 'acme')).toBe(2);
    await append('one', 'a4');
    await append('two', 'b2');
    await waitFor(w.store, last as Position, ['aggregates'], 5000);
    expect(await count('aggregates', 'acme')).toBe(3);
    const { rows } = await owner(
      `select event_id from read.dead_letters where projector = 'aggregates' order by sequence`,
    );
    expect(rows.map(({ event_id }) => event_id)).toEqual(['bad.0', 'a3.0', 'a4.0']);
  });

  test('money stops the line at a poison event, says so, and goes on once it can be applied', async () => {
    let broken = true;
    const projector = probe('money', 'es.*.*.calls-d', () => (broken ? 2 ** 40 : 1), true);
    const runner = start(projector);
    const last = await appendFacts(w.log, h, 'acme', 'calls-d', calls(1, 1), 0);
    await expect.poll(() => runner.report.stopped, { timeout: 5000 }).toBe(true);
    expect(runner.report.error).toMatch(/out of range/);
    expect(await count('money', 'acme')).toBe(0);
    expect((await owner(`select * from read.dead_letters where projector = 'money'`)).rows).toEqual([]);
    broken = false;
    await waitFor(w.store, last, ['money'], 10_000);
    expect(await count('money', 'acme')).toBe(1);
    await expect.poll(() => runner.report.stopped).toBe(false);
    expect(runner.report.error).toBeNull();
  });

  test('a new version is built beside the old one and takes over by itself', async () => {
    const one = start(probe('versioned', 'es.*.*.calls-b', () => 1));
    const last = await appendFacts(w.log, h, 'acme', 'calls-b', calls(2));
    await waitFor(w.store, last, ['versioned'], 5000);
    const before = await count('versioned', 'acme');
    await one.stop();
    start({ ...probe('versioned', 'es.*.*.calls-b', () => 2), version: 2 });
    const rows = () =>
      owner(
        `select max(version) as v from read.generations where projector = 'versioned' and state = 'live'`,
      );
    await expect.poll(async () => (await rows()).rows[0].v, { timeout: 5000 }).toBe(2);
    await waitFor(w.store, last, ['versioned'], 5000);
    expect(await count('versioned', 'acme')).toBe(before);
  });

  test('connections that are cut under it cost nothing: it goes on by itself', async () => {
    const projector = probe('cut', 'es.*.*.calls-e', () => 1);
    start(projector);
    let last: Position | undefined;
    let events = 0;
    for (let i = 0; i < 10; i++) {
      const commits = calls(3);
      events += commits.reduce((sum, { events }) => sum + events.length, 0);
      last = await appendFacts(w.log, h, 'acme', 'calls-e', commits, 0);
      await owner(`select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and application_name like '%projector'`);
    }
    await waitFor(w.store, last as Position, ['cut'], 20_000);
    expect(await count('cut', 'acme')).toBe(events);
  });

  test('a log that is another than the one applied stops it with log.history-changed', async () => {
    const projector = probe('changed', 'es.*.*.calls-f', () => 1);
    const runner = start(projector);
    await waitFor(w.store, await appendFacts(w.log, h, 'acme', 'calls-f', calls(2)), ['changed'], 5000);
    await runner.stop();
    await owner(`update read.checkpoints set last_commit = 'another' where projector = 'changed'`);
    const again = start(projector);
    await expect.poll(() => again.report.error, { timeout: 5000 }).toMatch(/^log\.history-changed/);
    expect(again.report.stopped).toBe(true);
    await again.stop();
    await owner(
      `update read.checkpoints set last_commit = null, epoch = 'older' where projector = 'changed'`,
    );
    const third = start(projector);
    await expect.poll(() => third.report.error, { timeout: 5000 }).toMatch(/^log\.history-changed/);
    // A rebuild takes the log as it is.
    const source = eventSource(w.log, projector);
    const result = await rebuild({ store: w.store, projector, source }, 'switch');
    expect(result).toMatchObject({ switched: true, differences: null });
    const last = await appendFacts(w.log, h, 'acme', 'calls-f', calls(1));
    await waitFor(w.store, last, ['changed'], 10_000);
  });
});

describe('all projectors under traffic', () => {
  test('rebuilds go on without one failed query, while commits and queries go on', async () => {
    const w = await world();
    const running = w.start();
    const h = history(11);
    let last = await appendFacts(w.log, h, 'acme', 'invocations', [factCommit(h, invocation)]);
    await waitFor(w.store, last, ['llm_invocations'], 10_000);
    let stop = false;
    const failed: unknown[] = [];
    let queries = 0;
    const traffic = (async () => {
      while (!stop) {
        const commits = Array.from({ length: 3 }, () => factCommit(h, invocation));
        last = await appendFacts(w.log, h, 'acme', 'invocations', commits);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    })();
    const readers = [1, 2].map(async () => {
      let seen = 0;
      while (!stop) {
        try {
          const { items } = await listInvocations(w.store, 'acme', { limit: 200 });
          queries++;
          if (items.length < Math.min(seen, 200)) failed.push(new Error(`${items.length} after ${seen}`));
          seen = items.length;
        } catch (error) {
          failed.push(error);
        }
      }
    });
    const phases = new Set<string>();
    try {
      for (let i = 0; i < 2; i++) {
        const result = await running.rebuild('llm_invocations', {
          onProgress: ({ phase }) => phases.add(phase),
        });
        expect(result.differences).toEqual([]);
      }
      const both = await Promise.allSettled([
        running.rebuild('llm_invocations'),
        running.rebuild('llm_invocations'),
      ]);
      expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    } finally {
      stop = true;
      await Promise.all([traffic, ...readers]);
    }
    expect(failed).toEqual([]);
    expect(queries).toBeGreaterThan(20);
    expect([...phases]).toEqual(['filling', 'indexing', 'comparing', 'switching']);
    await waitFor(w.store, last, ['llm_invocations'], 10_000);
    expect((await running.diff('llm_invocations')).differences).toEqual([]);
    await expect
      .poll(async () => (await projectionStatus(w.store)).map(({ state }) => state), { timeout: 5000 })
      .toEqual(Array.from({ length: projectors.length + 1 }, () => 'running'));
    expect(w.errors).toEqual([]);
  }, 60_000);
});
