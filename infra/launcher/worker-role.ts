import pg from 'pg';
import type pino from 'pino';
import { type Ledgers, startReaper, startSettler } from '../../bounded-contexts/budgets/index.ts';
import { systemClock } from '../../bounded-contexts/kernel/index.ts';
import { startProjections } from '../../projections/index.ts';
import type { ReadStore } from '../../projections/ports.ts';
import { postgresCheckpoints } from '../process-checkpoints/index.ts';
import type { Parts } from './parts.ts';

export interface WorkerRoleOptions {
  readonly parts: Parts;
  readonly store: ReadStore;
  readonly ledgers: Ledgers;
  readonly databaseUrl: string;
  readonly instance: string;
  readonly logger: pino.Logger;
}

export interface RunningWorker {
  stop(): Promise<void>;
}

/** On this channel of Postgres a gateway asks for a rebuild; the payload is the projection's name. */
export const rebuildChannel = 'daybook_rebuild';

/** Runs the projectors, the settler and the reaper. */
export async function startWorker(options: WorkerRoleOptions): Promise<RunningWorker> {
  const { parts, store, ledgers, databaseUrl, instance, logger } = options;
  const { log, contents, pool } = parts;
  const report = (process: string) => (error: unknown) => logger.warn({ process, error }, 'tried again');
  const checkpoints = postgresCheckpoints(pool);
  const projections = startProjections({
    store,
    log,
    contents,
    instance: `worker:${instance}`,
    onError: (projection, error) => logger.warn({ projection, error }, 'a projection met an error'),
  });
  const settler = startSettler({ log, ledgers, checkpoints, clock: systemClock, report: report('settler') });
  const reaper = startReaper({ log, ledgers, checkpoints, clock: systemClock, report: report('reaper') });
  const listener = listen(databaseUrl, instance, (name) => {
    projections
      .rebuild(name)
      .catch((error: unknown) => logger.error({ projection: name, error }, 'a rebuild failed'));
  });
  return {
    async stop() {
      await listener.stop();
      await Promise.all([settler.stop(), reaper.stop(), projections.stop()]);
    },
  };
}

/** Listens for rebuild requests, and again whenever Postgres comes back. */
function listen(url: string, instance: string, onRequest: (name: string) => void): { stop(): Promise<void> } {
  let stopped = false;
  let client: pg.Client | undefined;
  const connect = async (): Promise<void> => {
    if (stopped) return;
    const one = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: 2_000,
      keepAlive: true,
      application_name: `${instance} requests`,
    });
    client = one;
    const again = () => {
      one.removeAllListeners('end');
      if (!stopped) setTimeout(() => void connect(), 1_000).unref();
    };
    one.on('error', () => {});
    one.once('end', again);
    one.on('notification', ({ payload }) => {
      if (payload) onRequest(payload);
    });
    try {
      await one.connect();
      await one.query(`listen ${rebuildChannel}`);
    } catch {
      again();
    }
  };
  void connect();
  return {
    stop: async () => {
      stopped = true;
      await client?.end().catch(() => {});
    },
  };
}
