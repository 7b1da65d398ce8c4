import { expect, test } from 'vitest';
import { ledgerSums } from '../ledger/fold.ts';
import type { EventItem } from '../runtime/projector.ts';
import { changesOf, expiryOf, keptSeconds } from './keys.ts';

const item = (event: EventItem['event']): EventItem => ({
  id: 'c.0',
  type: event.type,
  tenant: 'acme',
  subject: 'es.00.acme.ledger',
  family: 'ledger',
  aggregate: 'ledger',
  stream: 0,
  sequence: 1,
  at: 0,
  commitId: 'c',
  event,
  index: 0,
  commit: { id: 'c', at: 0, actor: 'a', events: [event] },
  position: 'e-0-1',
  bytes: 1,
});

test('a settlement becomes the keys that docs/reference/redis.md names', () => {
  const sums = ledgerSums();
  const scopes = ['tenant', 'user:usr_1'];
  sums.add(
    item({
      type: 'budget.settled',
      data: { reservation: 'r', scopes, day: '2026-11-20', amount: '7', released: '9', tier: 1 },
    }),
  );
  const changes = changesOf(sums.pools(), sums.tiers());
  const windows = ['daily:2026-11-20', 'weekly:2026-W47', 'monthly:2026-11', 'total'];
  expect(changes.map(({ key, field, by }) => `${key}${field ? ` ${field}` : ''} ${by}`).sort()).toEqual(
    [
      ...windows.slice(0, 3).map((window) => `cost:{acme}:1:${window} 7`),
      ...['tenant:acme', 'user:usr_1'].flatMap((scope) =>
        windows.flatMap((window) => [
          `budget:{acme}:${scope}:${window} posted 7`,
          `budget:{acme}:${scope}:${window} pending -9`,
        ]),
      ),
    ].sort(),
  );
});

test('a counter is kept from the end of its window, across years and for ISO weeks', () => {
  const end = (period: 'daily' | 'weekly' | 'monthly', window: string) =>
    new Date(((expiryOf(period, window) ?? 0) - keptSeconds[period]) * 1000).toISOString();
  expect(end('daily', '2026-12-31')).toBe('2027-01-01T00:00:00.000Z');
  expect(end('monthly', '2026-12')).toBe('2027-01-01T00:00:00.000Z');
  expect(end('weekly', '2026-W47')).toBe('2026-11-23T00:00:00.000Z');
  expect(end('weekly', '2026-W53')).toBe('2027-01-04T00:00:00.000Z');
  expect(expiryOf('total', 'total')).toBeNull();
});
