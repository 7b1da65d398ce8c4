import { type Position, parsePosition } from '../../bounded-contexts/kernel/index.ts';
import type { ReadStore, Session } from '../ports.ts';

/** Moves checkpoints over commits of which their projectors want none, those of many projectors at once. */
export interface IdleMoves {
  /**
   * Moves a checkpoint from `before` to `through`, as `moveCheckpoint` does, but without waiting for whoever holds it.
   * False where it was not moved, for whatever reason: then the projector asks for it by itself, and hears why.
   */
  move(projector: string, generation: number, before: Position, through: Position): Promise<boolean>;
  stop(): Promise<void>;
}

const keyOf = (projector: string, generation: number, stream: number): string =>
  `${projector} ${generation} ${stream}`;

/** Projectors that are woken by the same batch ask within so many ms. */
const gatherMs = 2;

interface Wish {
  readonly row: readonly [string, number, number, string, number, number];
  readonly told: (moved: boolean) => void;
}

/**
 * A busy log has each of twenty projectors move on four times a second, most of them over commits of others: one
 * statement for all costs about what it costs for one. Each row is compared and set by itself, as ever.
 */
export function idleMoves(store: Pick<ReadStore, 'session'>): IdleMoves {
  let wishes: Wish[] = [];
  let session: Session | undefined;
  let turn: Promise<void> = Promise.resolve();
  let stopped = false;

  async function fulfil(some: readonly Wish[]): Promise<void> {
    let moved = new Set<string>();
    try {
      session ??= await store.session();
      moved = await moveAll(
        session,
        some.map(({ row }) => row),
      );
    } catch {
      await session?.end();
      session = undefined;
    }
    for (const { row, told } of some) told(moved.has(keyOf(row[0], row[1], row[2])));
  }

  const flush = () => {
    if (wishes.length === 0) return;
    const some = wishes;
    wishes = [];
    turn = turn.then(() => fulfil(some));
  };

  return {
    move: (projector, generation, before, through) =>
      new Promise((told) => {
        if (stopped) return told(false);
        const from = parsePosition(before);
        const to = parsePosition(through);
        wishes.push({
          row: [projector, generation, to.stream, to.epoch, from.sequence, to.sequence],
          told,
        });
        if (wishes.length === 1) setTimeout(flush, gatherMs);
      }),
    async stop() {
      stopped = true;
      // What waits to be gathered is done now: its timer finds nothing left, and opens no session anew.
      flush();
      await turn;
      await session?.end();
    },
  };
}

/**
 * The moves that were made, by their keys. Rows that another transaction holds (a rebuild that compares, or
 * switches) are passed over, so that no projector waits for what happens to another.
 */
async function moveAll(session: Session, rows: readonly Wish['row'][]): Promise<Set<string>> {
  const { rows: moved } = await session.query<{ projector: string; generation: number; stream: number }>(
    `with wanted as (
       select * from unnest($1::text[], $2::int[], $3::int[], $4::text[], $5::bigint[], $6::bigint[])
         as w (projector, generation, stream, epoch, before, through)
     ), free as (
       select c.ctid as row, w.through from read.checkpoints c join wanted w
         on c.projector = w.projector and c.generation = w.generation and c.stream = w.stream
           and c.epoch = w.epoch and c.sequence = w.before
       where not c.retired order by c.projector, c.stream for update of c skip locked
     )
     update read.checkpoints c set sequence = free.through, moved_at = now() from free where c.ctid = free.row
     returning c.projector, c.generation, c.stream`,
    [0, 1, 2, 3, 4, 5].map((column) => rows.map((row) => row[column])),
  );
  return new Set(moved.map(({ projector, generation, stream }) => keyOf(projector, generation, stream)));
}
