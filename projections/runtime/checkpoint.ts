import { type Position, parsePosition, position } from '../../bounded-contexts/kernel/index.ts';
import type { Sql } from '../ports.ts';

/** How far one generation of a projector has come on one stream. */
export interface Checkpoint {
  readonly stream: number;
  readonly position: Position;
  /** The last commit that was applied: proof that the log is still the same. */
  readonly lastCommit: { readonly id: string; readonly position: Position; readonly at: number } | undefined;
}

interface Row {
  stream: number;
  epoch: string;
  sequence: string;
  last_sequence: string | null;
  last_commit: string | null;
  last_at: Date | null;
}

export async function readCheckpoints(
  sql: Sql,
  projector: string,
  generation: number,
  lock = '',
): Promise<Checkpoint[]> {
  const { rows } = await sql.query<Row>(
    `select stream, epoch, sequence, last_sequence, last_commit, last_at from read.checkpoints
     where projector = $1 and generation = $2 order by stream ${lock}`,
    [projector, generation],
  );
  return rows.map((row) => ({
    stream: row.stream,
    position: position(row.epoch, row.stream, Number(row.sequence)),
    lastCommit:
      row.last_commit === null || row.last_sequence === null
        ? undefined
        : {
            id: row.last_commit,
            position: position(row.epoch, row.stream, Number(row.last_sequence)),
            at: row.last_at?.getTime() ?? 0,
          },
  }));
}

/** Another projector moved the checkpoint, or another generation took over: what was applied is rolled back. */
export class CheckpointMoved extends Error {
  override readonly name = 'CheckpointMoved';
}

/**
 * Moves the checkpoint of one stream from `before` (undefined: there is none yet) to `through`, if it is still
 * there. Throws {@link CheckpointMoved} otherwise, which must end the transaction.
 */
export async function moveCheckpoint(
  sql: Sql,
  projector: string,
  generation: number,
  before: Position | undefined,
  through: Position,
  last: { readonly id: string; readonly sequence: number; readonly at: number } | undefined,
): Promise<void> {
  const to = parsePosition(through);
  const lastValues = [
    last?.sequence ?? null,
    last?.id ?? null,
    last ? new Date(last.at).toISOString() : null,
  ];
  const values = [projector, generation, to.stream, to.epoch, to.sequence, ...lastValues];
  const { rowCount } =
    before === undefined
      ? await sql.query(
          `insert into read.checkpoints (projector, generation, stream, epoch, sequence, last_sequence, last_commit, last_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing`,
          values,
        )
      : await sql.query(
          `update read.checkpoints set sequence = $5, moved_at = now(),
             last_sequence = coalesce($6, last_sequence), last_commit = coalesce($7, last_commit),
             last_at = coalesce($8, last_at)
           where projector = $1 and generation = $2 and stream = $3 and epoch = $4 and sequence = $9 and not retired`,
          [...values, parsePosition(before).sequence],
        );
  if (rowCount !== 1) throw new CheckpointMoved(`${projector}: its checkpoint was moved by another`);
}
