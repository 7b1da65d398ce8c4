import { facts } from '../../bounded-contexts/kernel/index.ts';
import type { Table } from '../runtime/columns.ts';
import type { EventProjector } from '../runtime/projector.ts';

const keyUses: Table = {
  name: 'key_uses',
  columns: [
    ['tenant_id', 'text not null'],
    ['key', 'text not null'],
    ['used_at', 'timestamptz not null'],
  ],
  key: ['tenant_id', 'key'],
  indexes: [],
};

/** When each key was last used, to the hour or so: gateways say it no more often. */
export const keyUsesProjector: EventProjector = {
  source: 'events',
  name: 'key_uses',
  version: 1,
  filter: facts('key-uses'),
  tables: [keyUses],
  async apply(sql, names, items) {
    for (const { tenant, event } of items) {
      if (event.type !== 'key.used') continue;
      await sql.query(
        `insert into ${names(keyUses.name)} as u (tenant_id, key, used_at) values ($1, $2, $3)
         on conflict (tenant_id, key) do update set used_at = greatest(u.used_at, excluded.used_at)`,
        [tenant, event.data.key, event.data.at],
      );
    }
  },
};
