import { aggregates } from '../../bounded-contexts/kernel/index.ts';
import type { Table } from '../runtime/columns.ts';
import { type Change, latest, latestColumns } from '../runtime/latest.ts';
import type { EventItem, EventProjector } from '../runtime/projector.ts';
import { isoOf } from '../runtime/time.ts';

const keys: Table = {
  name: 'keys',
  columns: [
    ['tenant_id', 'text not null'],
    ['id', 'text not null'],
    ['name', 'text not null'],
    ['hash', 'text not null'],
    ['role', 'text not null'],
    ['scopes', 'jsonb not null'],
    ['models', 'jsonb not null'],
    ['tiers', 'jsonb not null'],
    ['department', 'text'],
    ['user_id', 'text'],
    ['private', 'boolean not null'],
    ['cache', 'boolean not null'],
    ['issued_at', 'timestamptz not null'],
    ['expires_at', 'timestamptz'],
    ['rotated_at', 'timestamptz'],
    ['previous_until', 'timestamptz'],
    ['revoked_at', 'timestamptz'],
    ...latestColumns,
  ],
  key: ['tenant_id', 'id'],
  indexes: [],
};

function changeOf({ event, at }: EventItem): Change | undefined {
  switch (event.type) {
    case 'key.issued': {
      const { key, name, hash, role, department, user, expiresAt } = event.data;
      const { scopes, models, tiers, private: isPrivate = false, cache = false } = event.data;
      const set = {
        ...{ name, hash, role, department, cache },
        scopes: JSON.stringify(scopes),
        models: JSON.stringify(models),
        tiers: JSON.stringify(tiers),
        user_id: user,
        private: isPrivate,
        issued_at: isoOf(at),
        expires_at: expiresAt,
      };
      return { key: [key], made: true, set };
    }
    case 'key.rotated': {
      const { key, hash, previousUntil } = event.data;
      return { key: [key], set: { hash, rotated_at: isoOf(at), previous_until: previousUntil } };
    }
    case 'key.revoked':
      return { key: [event.data.key], set: { revoked_at: isoOf(at), previous_until: null } };
    default:
      return undefined;
  }
}

/** API keys by their hash; for lists. Who is let in is decided by the gateways' own view of the log. */
export const keysProjector: EventProjector = {
  source: 'events',
  name: 'keys',
  version: 2,
  filter: aggregates('key'),
  ...latest(keys, changeOf),
};
