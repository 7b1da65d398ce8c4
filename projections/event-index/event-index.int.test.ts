import { expect, test } from 'vitest';
import {
  type CommittedEvent,
  type Position,
  subjectOf,
  uuidv7,
} from '../../bounded-contexts/kernel/index.ts';
import { waitFor } from '../queries.ts';
import { world } from '../testing/world.ts';
import { listEvents } from './queries.ts';

const revoked = (by?: CommittedEvent['by']): CommittedEvent => ({
  type: 'key.revoked',
  data: { key: 'k' },
  ...(by ? { by } : {}),
});
const message = (): CommittedEvent => ({
  type: 'agent.message.sent',
  data: {
    message: uuidv7(),
    from: 'a1',
    to: { kind: 'agent', id: 'a2' },
    messageType: 'note',
    conversation: 'c1',
    dataSubject: 'a1',
    body: uuidv7(),
  },
});

test('finds every event of group commits, newest first, page by page, by its own actor and command', async () => {
  const w = await world();
  w.start();
  const subject = subjectOf('acme', 'messages');
  const groups: CommittedEvent[][] = [
    [message(), message(), message(), message()],
    [
      revoked({ actor: 'ann', command: 'c1' }),
      revoked({ actor: 'ann', command: 'c1' }),
      revoked(),
      message(),
    ],
    [message()],
    Array.from({ length: 40 }, () => revoked({ actor: 'bob' })),
  ];
  const expected: string[] = [];
  let last: Position | undefined;
  for (const events of groups) {
    const commit = { id: uuidv7(), at: Date.now(), actor: 'gateway:1', events };
    const result = await w.log.append(subject, commit, 'any');
    if (result.outcome === 'appended') last = result.position;
    expected.unshift(...events.map((_, index) => `${commit.id}.${index}`).toReversed());
  }
  await waitFor(w.store, last as Position, ['event_index'], 15_000);

  const whole = await listEvents(w.store, 'acme', { limit: 1000 });
  expect(whole.items.map(({ id }) => id)).toEqual(expected);
  for (const limit of [1, 3, 7, 48, 49]) {
    const paged: string[] = [];
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await listEvents(w.store, 'acme', { limit, cursor: cursor ?? undefined });
      expect(page.items.length).toBeLessThanOrEqual(limit);
      paged.push(...page.items.map(({ id }) => id));
      cursor = page.next;
    }
    expect(paged).toEqual(expected);
  }
  const found = async (filter: Parameters<typeof listEvents>[2]) =>
    (await listEvents(w.store, 'acme', filter)).items.map(({ actor, causation }) => [actor, causation]);
  expect(await found({ actor: 'ann' })).toEqual([
    ['ann', 'c1'],
    ['ann', 'c1'],
  ]);
  expect(await found({ causation: 'c1', type: 'key.revoked' })).toHaveLength(2);
  expect(await found({ actor: 'gateway:1' })).toHaveLength(7);
  // One row a run, not one an event.
  const { rows } = await w.store.withTenant('acme', (sql) => sql.query('select 1 from read.event_index'));
  expect(rows).toHaveLength(6);
});
