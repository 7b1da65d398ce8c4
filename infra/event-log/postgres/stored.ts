import type pg from 'pg';
import type { AuditEntry, AuditLog, StoredCommits } from '../../../bounded-contexts/kernel/index.ts';
import { failure } from './errors.ts';
import { withinBytes } from './follow.ts';

async function ask<Row extends pg.QueryResultRow>(
  pool: pg.Pool,
  sql: string,
  values: unknown[],
): Promise<Row[]> {
  try {
    return (await pool.query<Row>(sql, values)).rows;
  } catch (error) {
    throw failure(error, false);
  }
}

const utf8 = new TextEncoder();
const mostRows = 500;

export function postgresStored(pool: pg.Pool): StoredCommits {
  return {
    async *stored(stream, from, to) {
      for (let at = from; stream === 0 && at <= to; ) {
        const rows = await ask<{ sequence: string; subject: string; body: string }>(
          pool,
          withinBytes(`select sequence, subject, body from log.commits
            where sequence >= $1 and sequence <= $2 order by sequence limit ${mostRows}`),
          [at, to],
        );
        const last = rows.at(-1);
        if (!last) return;
        yield rows.map(({ sequence, subject, body }) => ({
          stream,
          sequence: Number(sequence),
          subject,
          body: utf8.encode(body),
        }));
        at = Number(last.sequence) + 1;
      }
    },
  };
}

interface AuditRow {
  readonly number: string;
  readonly body: Buffer;
}

const entry = ({ number, body }: AuditRow): AuditEntry => ({ number: Number(number), body });

/** Checkpoints in `log.audit`, immutable as commits are. */
export function postgresAudit(pool: pg.Pool): AuditLog {
  return {
    async append(number, stream, body) {
      const rows = await ask<{ stored: boolean }>(
        pool,
        'select log.append_checkpoint($1, $2, $3) as stored',
        [number, stream, body],
      );
      return rows[0]?.stored ? 'appended' : 'taken';
    },
    async last(stream) {
      const [row] = await ask<AuditRow>(
        pool,
        `select number, body from log.audit where $1::int is null or stream = $1 order by number desc limit 1`,
        [stream ?? null],
      );
      return row ? entry(row) : null;
    },
    async *read(from) {
      const [end] = await ask<{ end: string | null }>(pool, 'select max(number) as end from log.audit', []);
      for (let at = from; at <= Number(end?.end ?? 0); ) {
        const rows = await ask<AuditRow>(
          pool,
          'select number, body from log.audit where number >= $1 and number <= $2 order by number limit 50',
          [at, end?.end],
        );
        const last = rows.at(-1);
        if (!last) return;
        yield* rows.map(entry);
        at = Number(last.number) + 1;
      }
    },
  };
}
