import { aggregates } from '../../bounded-contexts/kernel/index.ts';
import { insertRows, type Table, unnested, type Value } from '../runtime/columns.ts';
import type { EventProjector } from '../runtime/projector.ts';
import { isoOf } from '../runtime/time.ts';

const keys: Table = {
  name: 'keys',
  columns: [
    ['tenant_id', 'text not null'],
    ['id', 'text not null'],
    ['name', 'text not null'],
    ['hash', 'text not null'],
    ['role', 'text not null'],
    ['issued_at', 'timestamptz not null'],
    ['revoked_at', 'timestamptz'],
  ],
  key: ['tenant_id', 'id'],
  indexes: ['tenant_id, issued_at desc'],
};

/** API keys by their hash; for lists. Who is let in is decided by the gateways' own view of the log. */
export const keysProjector: EventProjector = {
  source: 'events',
  name: 'keys',
  version: 1,
  filter: aggregates('key'),
  tables: [keys],
  async apply(sql, names, items) {
    const issued: Value[][] = [];
    const revoked: Value[][] = [];
    for (const { tenant, event, at } of items) {
      if (event.type === 'key.issued') {
        const { key, name, hash, role } = event.data;
        issued.push([tenant, key, name, hash, role, isoOf(at), null]);
      } else if (event.type === 'key.revoked') revoked.push([tenant, event.data.key, isoOf(at)]);
    }
    await insertRows(sql, keys, names(keys.name), issued, 'on conflict do nothing');
    if (revoked.length === 0) return;
    const { sql: source, values } = unnested(['text', 'text', 'timestamptz'], revoked);
    await sql.query(
      `update ${names(keys.name)} k set revoked_at = r.at from ${source} as r (tenant_id, id, at)
       where k.tenant_id = r.tenant_id and k.id = r.id and k.revoked_at is null`,
      values,
    );
  },
};
