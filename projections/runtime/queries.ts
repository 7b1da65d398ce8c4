import type { ReadStore } from '../ports.ts';
import type { Progress } from './rebuild.ts';

export interface ProjectionStatus {
  readonly name: string;
  /** `stopped`: by an error that retrying does not cure, or because no process runs it. */
  readonly state: 'running' | 'behind' | 'stopped' | 'rebuilding';
  readonly generation: number | null;
  /** Positions of the log, as text, one a stream. */
  readonly positions: readonly string[];
  readonly lagCommits: number;
  readonly lagSeconds: number;
  readonly error: string | null;
  readonly deadLetters: number;
  /** Which process runs it. */
  readonly instance: string;
  readonly progress: Progress | null;
  readonly reportedAt: Date;
}

/** A report that is older than this says that its process is gone. */
const silentMs = 10_000;

interface Row extends Omit<ProjectionStatus, 'lagCommits' | 'positions'> {
  readonly lagCommits: string;
  readonly positions: readonly string[] | null;
  readonly silent: boolean;
}

/** What every projector says of itself, whatever process it runs in. */
export async function projectionStatus(store: ReadStore): Promise<ProjectionStatus[]> {
  const { rows } = await store.withoutTenant((sql) =>
    sql.query<Row>(
      `select s.projector as name, s.state, s.generation, s.lag_commits as "lagCommits",
         s.lag_seconds as "lagSeconds", s.error, s.instance, s.progress, s.reported_at as "reportedAt",
         s.dead_letters as "deadLetters", s.reported_at < now() - make_interval(secs => $1) as silent,
         (select array_agg(c.epoch || '-' || c.stream || '-' || c.sequence order by c.stream)
          from read.checkpoints c where c.projector = s.projector and c.generation = s.generation) as positions
       from read.projector_status s order by s.projector`,
      [silentMs / 1000],
    ),
  );
  return rows.map(({ silent, ...row }) => ({
    ...row,
    state: silent ? 'stopped' : row.state,
    error: silent ? (row.error ?? 'No process runs this projector.') : row.error,
    lagCommits: Number(row.lagCommits),
    positions: row.positions ?? [],
  }));
}

export interface DeadLetter {
  readonly projection: string;
  readonly event: string;
  readonly type: string;
  readonly subject: string;
  readonly error: string;
  readonly parkedAt: Date;
}

/** A tenant's events that could not be applied, newest first. */
export async function listDeadLetters(store: ReadStore, tenant: string): Promise<DeadLetter[]> {
  const { rows } = await store.withTenant(tenant, (sql) =>
    sql.query<DeadLetter>(
      `select d.projector as projection, d.event_id as event, d.event_type as type, d.subject, d.error,
         d.parked_at as "parkedAt"
       from read.dead_letters d join read.generations g using (projector, generation)
       where g.state = 'live' order by d.parked_at desc limit 1000`,
    ),
  );
  return rows;
}
