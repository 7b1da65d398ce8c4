import type { Sql } from '../ports.ts';
import type { Table, Value } from './columns.ts';
import type { EventItem, EventProjector } from './projector.ts';
import { isoOf } from './time.ts';

/** What an event makes of the row of its aggregate. */
export interface Change {
  /** The key's columns after `tenant_id`. */
  readonly key: readonly string[];
  /** The other columns that it says something of. */
  readonly set: Readonly<Record<string, Value>>;
  /** It makes the row, or makes it anew. */
  readonly made?: boolean;
}

/** Columns that {@link latest} fills in by itself, for tables that it keeps. */
export const latestColumns = [
  ['changed_at', 'timestamptz not null'],
  ['position', 'text not null'],
] as const;

/**
 * The parts of a projector whose one table has a row an aggregate, as it is now, with the position of its last commit.
 * For what changes seldom: each event is a statement.
 */
export function latest(
  table: Table,
  changeOf: (item: EventItem) => Change | undefined,
): Pick<EventProjector, 'tables' | 'apply'> {
  const types = new Map(
    table.columns.map(([name, type]) => [name, type.replace(/ (not null|default).*$/, '')]),
  );
  async function write(sql: Sql, into: string, item: EventItem, { key, set, made }: Change): Promise<void> {
    const changed = { ...set, changed_at: isoOf(item.at), position: item.position };
    const values: Value[] = [item.tenant, ...key];
    const typed = ([name, value]: [string, Value]) => `$${values.push(value)}::${types.get(name)}`;
    const entries = Object.entries(changed);
    const parameters = entries.map(typed);
    const assigned = entries.map(([name], i) => `${name} = ${parameters[i]}`).join(', ');
    const keys = table.key.map((_, i) => `$${i + 1}`);
    await sql.query(
      made
        ? `insert into ${into} (${[...table.key, ...entries.map(([name]) => name)].join(', ')})
           values (${[...keys, ...parameters].join(', ')})
           on conflict (${table.key.join(', ')}) do update set ${assigned}`
        : `update ${into} set ${assigned} where ${table.key.map((name, i) => `${name} = ${keys[i]}`).join(' and ')}`,
      values,
    );
  }
  return {
    tables: [table],
    async apply(sql, names, items) {
      for (const item of items) {
        const change = changeOf(item);
        if (change) await write(sql, names(table.name), item, change);
      }
    },
  };
}

/** The columns that an event names, as they go into their table; what it does not name is left alone. */
export function named(fields: Readonly<Record<string, unknown>>): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]): [string, Value][] => {
      if (value === undefined) return [];
      return [[name, value === null || typeof value === 'string' ? value : JSON.stringify(value)]];
    }),
  );
}
