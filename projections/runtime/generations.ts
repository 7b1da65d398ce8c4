import type { Sql } from '../ports.ts';
import type { Table } from './columns.ts';
import type { TableNames } from './projector.ts';

/** As much of a projector as its tables depend on. */
export interface Tabled {
  readonly name: string;
  readonly version: number;
  readonly tables: readonly Table[];
  readonly bulk?: unknown;
}

export type GenerationState = 'filling' | 'live' | 'old' | 'scratch';

export interface Generation {
  readonly generation: number;
  readonly version: number;
  readonly state: GenerationState;
  readonly complete: boolean;
}

export const physical = (table: string, generation: number): string => `read.${table}__g${generation}`;

export const namesOf =
  (generation: number): TableNames =>
  (table) =>
    physical(table, generation);

export async function generationsOf(sql: Sql, projector: string): Promise<Generation[]> {
  const { rows } = await sql.query<Generation>(
    'select generation, version, state, complete from read.generations where projector = $1 order by generation',
    [projector],
  );
  return rows;
}

export async function liveGeneration(sql: Sql, projector: string): Promise<Generation | undefined> {
  return (await generationsOf(sql, projector)).find(({ state }) => state === 'live');
}

/** Makes the next generation's tables, without indexes where the projector fills in bulk. */
export async function createGeneration(
  sql: Sql,
  projector: Tabled,
  state: GenerationState,
): Promise<Generation> {
  const last = (await generationsOf(sql, projector.name)).at(-1)?.generation ?? 0;
  const generation = last + 1;
  const complete = projector.bulk === undefined;
  await sql.query(
    'insert into read.generations (projector, generation, version, state, complete) values ($1, $2, $3, $4, $5)',
    [projector.name, generation, projector.version, state, complete],
  );
  for (const table of projector.tables) {
    const name = physical(table.name, generation);
    const columns = table.columns.map(([column, type]) => `${column} ${type}`).join(', ');
    await sql.query(`create table ${name} (${columns})`);
    await sql.query(`alter table ${name} enable row level security, force row level security`);
    await sql.query(`create policy projector on ${name} to daybook_projector using (true) with check (true)`);
    await sql.query(
      `create policy tenant on ${name} for select to daybook_app
         using (tenant_id = nullif(current_setting('app.tenant_id', true), ''))`,
    );
    if (table.platformReads)
      await sql.query(
        `create policy platform on ${name} for select to daybook_app
           using (current_setting('app.platform', true) = 'all tenants')`,
      );
    await sql.query(`grant select on ${name} to daybook_app`);
    if (complete) await createIndexes(sql, table, generation);
  }
  return { generation, version: projector.version, state, complete };
}

/** Throws SQLSTATE 23505 where the table holds a key twice. */
export async function createIndexes(sql: Sql, table: Table, generation: number): Promise<void> {
  const name = physical(table.name, generation);
  await sql.query(
    `create unique index ${table.name}__g${generation}_key on ${name} (${table.key.join(', ')})`,
  );
  for (const [i, index] of table.indexes.entries()) {
    const on = typeof index === 'string' ? `(${index})` : `(${index.on}) where ${index.where}`;
    await sql.query(`create index ${table.name}__g${generation}_${i} on ${name} ${on}`);
  }
}

export async function dropGeneration(sql: Sql, projector: Tabled, generation: number): Promise<void> {
  for (const table of projector.tables)
    await sql.query(`drop table if exists ${physical(table.name, generation)}`);
  await sql.query('delete from read.generations where projector = $1 and generation = $2', [
    projector.name,
    generation,
  ]);
}

/** Points the views to a generation; queries that run meanwhile finish on the one that they began with. */
export async function pointViews(sql: Sql, projector: Tabled, generation: number): Promise<void> {
  for (const table of projector.tables) {
    const columns = table.columns.map(([column]) => column);
    const { rows } = await sql.query<{ name: string }>(
      `select column_name as name from information_schema.columns
       where table_schema = 'read' and table_name = $1 order by ordinal_position`,
      [table.name],
    );
    // A view can only be replaced by one with the same columns.
    if (rows.length > 0 && rows.map(({ name }) => name).join() !== columns.join()) {
      await sql.query(`drop view read.${table.name}`);
    }
    await sql.query(
      `create or replace view read.${table.name} with (security_invoker = true) as
         select ${columns.join(', ')} from ${physical(table.name, generation)}`,
    );
    await sql.query(`grant select on read.${table.name} to daybook_app`);
  }
}

/**
 * Makes `generation` the live one, in the caller's transaction. The old one's checkpoints are retired, so that
 * whoever still writes there loses its compare-and-set and comes over.
 */
export async function switchTo(sql: Sql, projector: Tabled, generation: number): Promise<void> {
  await sql.query(`update read.checkpoints set retired = (generation <> $2) where projector = $1`, [
    projector.name,
    generation,
  ]);
  await sql.query(`update read.generations set state = 'old' where projector = $1 and state = 'live'`, [
    projector.name,
  ]);
  await sql.query(
    `update read.generations set state = 'live', switched_at = now() where projector = $1 and generation = $2`,
    [projector.name, generation],
  );
  await pointViews(sql, projector, generation);
}
