import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Commit, eventId, subjectOf } from '../../bounded-contexts/kernel/index.ts';
import { projections, startProjections } from '../../projections/index.ts';
import { invocationRows, llmInvocations } from '../../projections/llm-invocations/projector.ts';
import type { Session } from '../../projections/ports.ts';
import { waitFor } from '../../projections/queries.ts';
import { insertRows } from '../../projections/runtime/columns.ts';
import type { EventItem } from '../../projections/runtime/projector.ts';
import { factCommit, history, invocation } from '../../projections/testing/history.ts';
import { inProcessCounters } from '../counters/index.ts';
import { type JetStreamLog, openJetStreamLog } from '../event-log/index.ts';
import { connectReadStore, migrate } from '../read-store/index.ts';
import { startNats } from '../servers/nats.ts';
import { startPostgres } from '../servers/postgres.ts';
import type { BenchResult, BenchRow } from './result.ts';

export interface RebuildBenchOptions {
  /** Invocations on the log at each measurement, ascending. Default 50,000, 100,000 and 200,000. */
  readonly sizes?: readonly number[];
  readonly onProgress?: (line: string) => void;
}

/** Rows in one statement, of the bare insert as of the projector. */
const chunk = 4000;
const perCommit = 50;

/** The part of the bare insert's rate that a rebuild with indexes and roll-ups has to reach. */
const bar = 0.6;

/**
 * Rebuild of `llm_invocations`, with its indexes and roll-ups, from a log on nats-server, beside a bare
 * `INSERT … SELECT unnest` of the very same rows into a table without any index, on the same Postgres in the
 * same run. The bare insert gets its rows for nothing: it reads no log and parses no event.
 */
export async function benchRebuild(options: RebuildBenchOptions = {}): Promise<BenchResult> {
  const { sizes = [50_000, 100_000, 200_000], onProgress = () => {} } = options;
  const dir = mkdtempSync(join(tmpdir(), 'daybook-bench-rebuild-'));
  chmodSync(dir, 0o755);
  const postgres = await startPostgres({ dir: join(dir, 'postgres') });
  const nats = await startNats({ dir: join(dir, 'nats') });
  const log = await openJetStreamLog({ url: nats.url });
  const store = connectReadStore({ url: postgres.url });
  try {
    await migrate(postgres.url);
    const deps = {
      store,
      log,
      contents: log.contents,
      counters: inProcessCounters(),
      onError: (projection: string, error: unknown) => onProgress(`${projection}: ${error}`),
    };
    const rows: BenchRow[] = [];
    const points: { size: number; bare: number; rebuild: number }[] = [];
    const session = await store.session();
    let onLog = 0;
    for (const size of sizes) {
      onProgress(`${size} invocations: appending`);
      const last = await append(log, onLog, size);
      onLog = size;
      // The live projector has to be there for a rebuild to happen beside it; it rests while we measure.
      const live = startProjections(deps);
      await waitFor(store, last, ['llm_invocations'], 300_000);
      await live.stop();
      onProgress(`${size} invocations: bare insert`);
      const bare = await bareInsert(session, size, false);
      const literal = await bareInsert(session, size, true);
      onProgress(`${size} invocations: rebuild`);
      const rebuilt = await projections(deps).rebuild('llm_invocations', {
        onProgress: ({ phase, done, total, rate, etaSeconds }) => {
          onProgress(
            `${size}: ${phase} ${done}/${total}, ${Math.round(rate)}/s, ${etaSeconds.toFixed(1)} s left`,
          );
        },
      });
      if (rebuilt.differences === null || rebuilt.differences.length > 0)
        throw new Error('the rebuild differs');
      const { filling, indexing } = rebuilt.timings;
      const rate = size / (filling + indexing);
      points.push({ size, bare, rebuild: rate });
      rows.push(
        {
          label: `bare insert, ${size} rows`,
          unit: 'rows/s',
          value: Math.round(bare),
          note: 'no index; arrays written by the driver, as anyone would',
        },
        {
          label: `bare insert, ${size} rows, our row literals`,
          unit: 'rows/s',
          value: Math.round(literal),
          note: 'no index',
        },
        {
          label: `rebuild, ${size} invocations`,
          unit: 'rows/s',
          value: Math.round(rate),
          note: `${filling.toFixed(1)} s filling from the log, ${indexing.toFixed(1)} s indexes and roll-ups; ${(rebuilt.seconds - filling - indexing).toFixed(1)} s more comparing with the live tables and switching`,
        },
      );
    }
    await session.end();
    return { name: 'rebuild', rows, bars: barsOf(points) };
  } finally {
    await store.close();
    await log.close();
    await nats.stop();
    await postgres.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

function barsOf(points: readonly { size: number; bare: number; rebuild: number }[]): BenchResult['bars'] {
  const percent = (share: number) => `${Math.round(share * 100)} %`;
  const worst = Math.min(...points.map(({ bare, rebuild }) => rebuild / bare));
  const [first, last] = [points[0], points[points.length - 1]];
  const growth = first && last ? first.rebuild / last.rebuild : Number.NaN;
  return [
    {
      text: `A rebuild of llm_invocations with its indexes and roll-ups reaches ${percent(bar)} of the bare insert's rate`,
      met: worst >= bar,
      measured: `${percent(worst)} at the worst size`,
      ...(worst >= bar
        ? {}
        : {
            reason:
              'A third of the time goes into five indexes and the roll-ups, which the bare insert has not; while the log is read, reading and inserting take turns where one batch is small.',
          }),
    },
    {
      text: 'Its time grows linearly: the time per row at the largest size is at most 1.25 times that at the smallest',
      met: growth <= 1.25,
      measured: `${growth.toFixed(2)} times`,
    },
  ];
}

/** The n-th commit of the benchmark's history: the same for the log and for the bare insert. */
const commitOf = (n: number): Commit => {
  const h = history(n + 1, Date.parse('2026-11-20T08:00:00Z') + n * 1500);
  const { id, at, actor } = factCommit(h, () => invocation(h), 1);
  return { id, at, actor, events: Array.from({ length: perCommit }, () => invocation(h, 200)) };
};

async function append(log: JetStreamLog, from: number, to: number) {
  const subject = subjectOf('bench', 'invocations');
  let last: Awaited<ReturnType<typeof log.append>> | undefined;
  let flight: Promise<Awaited<ReturnType<typeof log.append>>>[] = [];
  for (let n = from / perCommit; n < to / perCommit; n++) {
    flight.push(log.append(subject, commitOf(n), 'any'));
    if (flight.length === 32) {
      last = (await Promise.all(flight))[31];
      flight = [];
    }
  }
  last = (await Promise.all(flight)).at(-1) ?? last;
  if (!last || last.outcome === 'wrong-expectation') throw new Error('nothing was appended');
  return last.position;
}

/** Rows per second of the insert alone: making the rows is not counted. */
async function bareInsert(session: Session, size: number, literals: boolean): Promise<number> {
  const columns = llmInvocations.columns.map(([name, type]) => `${name} ${type}`).join(', ');
  await session.query(`create table read.bare (${columns})`);
  const types = llmInvocations.columns.map(([, type], i) => `$${i + 1}::${type.replace(' not null', '')}[]`);
  const statement = `insert into read.bare select * from unnest(${types.join(', ')})`;
  let spent = 0;
  for (let done = 0; done < size; done += chunk) {
    const items: EventItem[] = [];
    for (let n = done / perCommit; n < Math.min(size, done + chunk) / perCommit; n++)
      items.push(...itemsOf(n));
    const rows = invocationRows(items);
    const arrays = llmInvocations.columns.map((_, column) => rows.map((row) => row[column] ?? null));
    const began = performance.now();
    if (literals) await session.transaction(() => insertRows(session, llmInvocations, 'read.bare', rows));
    else await session.transaction(() => session.query(statement, arrays));
    spent += performance.now() - began;
  }
  await session.query('drop table read.bare');
  return (size / spent) * 1000;
}

const itemsOf = (n: number): EventItem[] => {
  const commit = commitOf(n);
  return commit.events.map((event, index) => ({
    id: eventId(commit, index),
    type: event.type,
    tenant: 'bench',
    subject: 'bench',
    family: 'invocations',
    aggregate: undefined,
    stream: 0,
    sequence: n,
    at: commit.at,
    commitId: commit.id,
    event,
    index,
    commit,
    position: `0123456789-0-${n}`,
    bytes: 0,
  }));
};
