import type pino from 'pino';
import { type Ledgers, startReaper, startSettler } from '../../bounded-contexts/budgets/index.ts';
import { seenLeaves } from '../../bounded-contexts/governance/index.ts';
import { systemClock } from '../../bounded-contexts/kernel/index.ts';
import { projectors, startProjections } from '../../projections/index.ts';
import type { ReadStore } from '../../projections/ports.ts';
import { isDaybookError } from '../../schemas/errors.ts';
import { inProcessCounters, redisCounters } from '../counters/index.ts';
import { sharedReads } from '../event-log/index.ts';
import { postgresCheckpoints } from '../process-checkpoints/index.ts';
import type { Configuration } from './configuration.ts';
import { eraserFor } from './erasure.ts';
import { notaryFor } from './notary.ts';
import type { Parts } from './parts.ts';
import { retentionFor } from './retention.ts';

export interface WorkerRoleOptions {
  readonly configuration: Configuration;
  readonly parts: Parts;
  readonly store: ReadStore;
  readonly ledgers: Ledgers;
  readonly redisUrl: string | undefined;
  readonly instance: string;
  readonly logger: pino.Logger;
}

export interface RunningWorker {
  stop(): Promise<void>;
}

const mostWaitMs = 20_000;

/** Runs the projectors, the settler, the reaper, the notary, the eraser and what ends data. */
export async function startWorker(options: WorkerRoleOptions): Promise<RunningWorker> {
  const { configuration, parts, store, ledgers, redisUrl, instance, logger } = options;
  const { contents, pool } = parts;
  // Projectors, settler, reaper and notary follow the same commits: they are read once for all of them.
  const seen = seenLeaves();
  const log = sharedReads(parts.log, { onStored: seen.see });
  const report = (process: string) => (error: unknown) => logger.warn({ process, error }, 'tried again');
  const checkpoints = postgresCheckpoints(pool);
  const counters = redisUrl === undefined ? inProcessCounters() : redisCounters(redisUrl);
  const projections = startProjections({
    store,
    log,
    contents,
    counters,
    instance: `worker:${instance}`,
    onError: (projection, error) => logger.warn({ projection, error }, 'a projection met an error'),
  });
  const settler = startSettler({ log, ledgers, checkpoints, clock: systemClock, report: report('settler') });
  const reaper = startReaper({ log, ledgers, checkpoints, clock: systemClock, report: report('reaper') });
  const notary = await notaryFor(configuration, parts, seen, (error) => {
    // A log that lacks something is not tried again in hope: somebody has to look.
    if (isDaybookError(error, 'log.history-changed')) logger.error({ error }, 'the log cannot be sealed');
    else report('notary')(error);
  });
  const eraser = eraserFor(parts, store, report('eraser'));
  const retention = retentionFor(parts, store, report('retention'));
  await viewsThere(store);
  return {
    async stop() {
      await Promise.all([settler.stop(), reaper.stop(), notary.stop(), eraser.stop(), retention.stop()]);
      await projections.stop();
      await counters.close();
    },
  };
}

/** Ready means that every query has something to ask: the projectors make their tables at their first start. */
async function viewsThere(store: ReadStore): Promise<void> {
  const deadline = performance.now() + mostWaitMs;
  for (;;) {
    const { rows } = await store.withoutTenant((sql) =>
      sql.query<{ live: string }>(`select count(*) as live from read.generations where state = 'live'`),
    );
    if (Number(rows[0]?.live) >= projectors.length || performance.now() > deadline) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
