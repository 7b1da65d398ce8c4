import {
  type EventLog,
  type Position,
  parsePosition,
  sequenceOf,
} from '../../bounded-contexts/kernel/index.ts';
import type { ReadStore, Session } from '../ports.ts';
import { pause } from './pause.ts';
import type { Progress } from './rebuild.ts';
import { takeRebuildRequests } from './requests.ts';
import type { Report } from './runner.ts';

export interface StatusOptions {
  readonly store: ReadStore;
  readonly log: EventLog;
  readonly reports: () => readonly Report[];
  readonly contentEnds: () => Promise<readonly Position[]>;
  readonly isContent: (name: string) => boolean;
  readonly progress: (name: string) => Progress | undefined;
  /** Shown in GET /projections. */
  readonly instance: string;
  /** Begins a rebuild that was asked for from another process. */
  readonly onRequest: (name: string) => void;
  readonly everyMs?: number;
}

/** A projector is behind when the last commit that it applied is older than this and newer ones exist. */
const behindSeconds = 2;

/** Writes the states of this process's projectors to Postgres, for whoever asks, once a second. */
export function reportStatus(options: StatusOptions): { stop(): Promise<void> } {
  const { store, everyMs = 1000 } = options;
  const controller = new AbortController();
  const forever = async () => {
    let session: Session | undefined;
    while (!controller.signal.aborted) {
      try {
        session ??= await store.session();
        await write(session, options);
        for (const name of await takeRebuildRequests(session)) options.onRequest(name);
      } catch {
        // Nobody can be told while the read store is away; the readers see that the report is old.
        await session?.end();
        session = undefined;
      }
      await pause(everyMs, controller.signal);
    }
    await session?.end();
  };
  const done = forever();
  return {
    async stop() {
      controller.abort();
      await done;
    },
  };
}

async function write(session: Session, options: StatusOptions): Promise<void> {
  const { log, reports, contentEnds, isContent, progress, instance } = options;
  const own = reports().filter(({ leading }) => leading);
  if (own.length === 0) return;
  const ends = await log.info().then(
    ({ streams }) => streams.flatMap(({ last }) => (last ? [last] : [])),
    () => [],
  );
  const contents = await contentEnds();
  const rows = own.map((report) => {
    const lag = lagOf(report, isContent(report.name) ? contents : ends, Date.now());
    const rebuilding = report.rebuilding || progress(report.name) !== undefined;
    const state = report.stopped
      ? 'stopped'
      : rebuilding
        ? 'rebuilding'
        : lag.seconds > behindSeconds
          ? 'behind'
          : 'running';
    return {
      projector: report.name,
      state,
      generation: report.generation,
      lag_commits: lag.commits,
      lag_seconds: lag.seconds,
      error: report.error,
      instance,
      progress: progress(report.name) ?? null,
    };
  });
  await session.transaction(() =>
    session.query(
      `insert into read.projector_status
         (projector, state, generation, lag_commits, lag_seconds, dead_letters, error, instance, progress)
       select projector, state, generation, lag_commits, lag_seconds,
         (select count(*) from read.dead_letters d
          where d.projector = r.projector and d.generation = r.generation),
         error, instance, progress
       from jsonb_populate_recordset(null::read.projector_status, $1) r
       on conflict (projector) do update set state = excluded.state, generation = excluded.generation,
         lag_commits = excluded.lag_commits, lag_seconds = excluded.lag_seconds, dead_letters = excluded.dead_letters, error = excluded.error,
         instance = excluded.instance, progress = excluded.progress, reported_at = now()`,
      [JSON.stringify(rows)],
    ),
  );
}

export function lagOf(
  report: Pick<Report, 'positions' | 'lastAt' | 'caughtUpAt'>,
  ends: readonly Position[],
  now: number,
): { commits: number; seconds: number } {
  let commits = 0;
  for (const end of ends) {
    const stream = parsePosition(end).stream;
    const at = report.positions.find((position) => parsePosition(position).stream === stream);
    commits += Math.max(0, sequenceOf(end) - (at ? sequenceOf(at) : 0));
  }
  // The younger of both: after a quiet hour the last commit is old, and yet nothing was waiting.
  const since = Math.max(report.lastAt, report.caughtUpAt);
  const seconds = commits === 0 ? 0 : since === 0 ? commits / 1000 : Math.max(0, now - since) / 1000;
  return { commits, seconds };
}
