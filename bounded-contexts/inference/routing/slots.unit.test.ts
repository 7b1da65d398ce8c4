import { expect, test } from 'vitest';
import { slotsOf } from './slots.ts';

const never = new AbortController().signal;
const narrow = (queue: number, queueMs = 50) => slotsOf(new Map([['p', { most: 2, queue, queueMs }]]));

test('as many calls as allowed have their turn at once, and one more has none', async () => {
  const slots = narrow(0);
  const turns = [slots.take('p', never), slots.take('p', never)];
  expect(turns.every((turn) => typeof turn === 'function')).toBe(true);
  expect(slots.take('p', never)).toBeUndefined();
});

test('a turn that is given back goes to who waits longest, and only once', async () => {
  const slots = narrow(2, 5_000);
  const first = await slots.take('p', never);
  await slots.take('p', never);
  const order: string[] = [];
  const waiting = ['a', 'b'].map(async (name) => {
    const turn = await slots.take('p', never);
    order.push(name);
    return turn;
  });
  first?.();
  first?.();
  const a = await waiting[0];
  expect(order).toEqual(['a']);
  a?.();
  await waiting[1];
  expect(order).toEqual(['a', 'b']);
});

test('who waits too long, or leaves, gets none, and takes no turn from others', async () => {
  const slots = narrow(2, 20);
  const held = [await slots.take('p', never), await slots.take('p', never)];
  const leaving = new AbortController();
  const late = slots.take('p', never);
  const gone = slots.take('p', leaving.signal);
  leaving.abort();
  expect(await gone).toBeUndefined();
  expect(await late).toBeUndefined();
  for (const turn of held) turn?.();
  expect([slots.take('p', never), slots.take('p', never)].every((turn) => typeof turn === 'function')).toBe(
    true,
  );
});

test('a full queue sheds', async () => {
  const slots = narrow(1, 5_000);
  const held = await slots.take('p', never);
  await slots.take('p', never);
  const waiting = slots.take('p', never);
  expect(slots.take('p', never)).toBeUndefined();
  held?.();
  expect(typeof (await waiting)).toBe('function');
});

test('a provider without limits always has a turn', () => {
  const slots = narrow(0);
  for (let call = 0; call < 100; call++) expect(typeof slots.take('other', never)).toBe('function');
});
