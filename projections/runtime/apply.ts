import type { Position } from '../../bounded-contexts/kernel/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import type { Session } from '../ports.ts';
import { CheckpointMoved, moveCheckpoint } from './checkpoint.ts';
import { createIndexes, namesOf } from './generations.ts';
import type { Definition, Item } from './projector.ts';
import type { ItemBatch } from './source.ts';

/** Where a projector writes, and what it has to pass over there. */
export interface Target {
  readonly generation: number;
  /** True while its tables are filled without indexes. */
  bulk: boolean;
  /** Subjects of aggregates that wait behind a dead letter. */
  readonly blocked: Set<string>;
  /** By stream. */
  readonly positions: Map<number, Position>;
}

/** Most items of one statement: beyond it, arrays only grow. */
const slice = 4000;

/** Whether the error is the event's own fault: neither the server's, nor that of the tables. */
export function isPoison(error: unknown): boolean {
  if (error instanceof DaybookError || error instanceof CheckpointMoved || !(error instanceof Error))
    return false;
  const code = 'code' in error ? error.code : undefined;
  // Data, integrity, cardinality, limits, raised: SQLSTATE classes that a row can cause.
  return typeof code === 'string' && code.length === 5 ? /^(2[123]|54|P0)/.test(code) : true;
}

async function write<I extends Item>(
  session: Session,
  projector: Definition<I>,
  target: Target,
  items: readonly I[],
): Promise<void> {
  const names = namesOf(target.generation);
  for (let i = 0; i < items.length; i += slice) {
    const some = items.length <= slice ? items : items.slice(i, i + slice);
    if (target.bulk && projector.bulk) await projector.bulk.fill(session, names, some);
    else await projector.apply(session, names, some);
  }
}

/**
 * Applies a batch and moves the checkpoint, in one transaction. `careful`: after the batch failed repeatedly,
 * it is halved until the events that cannot be applied are alone; those are parked.
 */
export async function applyBatch<I extends Item>(
  session: Session,
  projector: Definition<I>,
  target: Target,
  batch: ItemBatch<I>,
  careful = false,
): Promise<void> {
  await session.transaction(async () => {
    const free =
      target.blocked.size === 0 ? batch.items : batch.items.filter((item) => !isBlocked(target, item));
    if (careful) await writeCarefully(session, projector, target, free);
    else await write(session, projector, target, free);
    const waiting =
      batch.items.length === free.length ? [] : batch.items.filter((item) => !free.includes(item));
    for (const item of waiting)
      await park(session, projector.name, target, item, 'waits for an earlier event');
    await moveCheckpoint(
      session,
      projector.name,
      target.generation,
      target.positions.get(batch.stream),
      batch.through,
      batch.last,
    );
  });
  target.positions.set(batch.stream, batch.through);
}

const isBlocked = (target: Target, item: Item): boolean =>
  item.aggregate !== undefined && target.blocked.has(item.subject);

async function writeCarefully<I extends Item>(
  session: Session,
  projector: Definition<I>,
  target: Target,
  items: readonly I[],
): Promise<void> {
  const free: I[] = [];
  for (const item of items) {
    if (isBlocked(target, item))
      await park(session, projector.name, target, item, 'waits for an earlier event');
    else free.push(item);
  }
  if (free.length === 0) return;
  await session.query('savepoint careful');
  try {
    await write(session, projector, target, free);
    await session.query('release savepoint careful');
  } catch (error) {
    if (!isPoison(error)) throw error;
    await session.query('rollback to savepoint careful');
    await session.query('release savepoint careful');
    const [only] = free;
    if (free.length === 1 && only) {
      await park(session, projector.name, target, only, String(error));
      if (only.aggregate !== undefined) target.blocked.add(only.subject);
      return;
    }
    const half = free.length >> 1;
    await writeCarefully(session, projector, target, free.slice(0, half));
    await writeCarefully(session, projector, target, free.slice(half));
  }
}

async function park(
  session: Session,
  projector: string,
  target: Target,
  item: Item,
  error: string,
): Promise<void> {
  await session.query(
    `insert into read.dead_letters
       (tenant_id, projector, generation, event_id, event_type, subject, blocks, stream, sequence, error)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing`,
    [
      item.tenant,
      projector,
      target.generation,
      item.id,
      item.type,
      item.subject,
      item.aggregate === undefined ? null : item.subject,
      item.stream,
      item.sequence,
      error.slice(0, 2000),
    ],
  );
}

export async function readBlocked(
  session: Session,
  projector: string,
  generation: number,
): Promise<Set<string>> {
  const { rows } = await session.query<{ blocks: string }>(
    'select distinct blocks from read.dead_letters where projector = $1 and generation = $2 and blocks is not null',
    [projector, generation],
  );
  return new Set(rows.map(({ blocks }) => blocks));
}

/** Ends a bulk fill: removes what came twice, makes indexes and derived tables, and says that it is complete. */
export async function completeGeneration<I extends Item>(
  session: Session,
  projector: Definition<I>,
  target: Target,
): Promise<void> {
  const { bulk, tables } = projector;
  await session.transaction(async () => {
    if (bulk) {
      await session.query(`set local maintenance_work_mem = '256MB'; set local work_mem = '64MB'`);
      await bulk.finish(session, namesOf(target.generation), async () => {
        for (const table of tables) await createIndexes(session, table, target.generation);
      });
    }
    await session.query(
      'update read.generations set complete = true where projector = $1 and generation = $2',
      [projector.name, target.generation],
    );
  });
  for (const table of tables) await session.query(`analyze ${namesOf(target.generation)(table.name)}`);
  target.bulk = false;
}
