import { expect, it } from 'vitest';
import { stoppable } from './subscription.ts';

const soon = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Yields `count` numbers, then waits until it is told to end. */
async function* source(count: number, signal: AbortSignal, ended: () => void, fails = false) {
  try {
    for (let n = 0; n < count; n++) yield n;
    if (fails) throw new Error('this one failed');
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve());
    });
  } finally {
    ended();
  }
}

it('delivers what arrives from any source, and ends them all when the reader leaves', async () => {
  let ended = 0;
  const all = stoppable<number>((signal) => [3, 0, 4].map((count) => source(count, signal, () => ended++)));
  const seen: number[] = [];
  for await (const n of all) {
    seen.push(n);
    if (seen.length === 7) break;
  }
  expect(seen.toSorted()).toEqual([0, 0, 1, 1, 2, 2, 3]);
  expect(ended).toBe(3);
});

it('fails as soon as one source does, though others wait, and ends those', async () => {
  let ended = 0;
  const all = stoppable<number>((signal) => [
    source(0, signal, () => ended++),
    source(2, signal, () => ended++, true),
  ]);
  const seen: number[] = [];
  await expect(
    (async () => {
      for await (const n of all) seen.push(n);
    })(),
  ).rejects.toThrow('this one failed');
  expect(seen).toEqual([0, 1]);
  expect(ended).toBe(2);
});

it('can be stopped from within the loop that reads it, from outside, and before it is read', async () => {
  let ended = 0;
  const make = () => stoppable<number>((signal) => [source(5, signal, () => ended++)]);
  const inside = make();
  const seen: number[] = [];
  for await (const n of inside) {
    seen.push(n);
    await inside.stop();
  }
  expect(seen).toEqual([0]);

  const outside = make();
  const reading = (async () => {
    let count = 0;
    for await (const _ of outside) count++;
    return count;
  })();
  await soon(20);
  await outside.stop();
  await outside.stop();
  expect(await reading).toBe(5);

  const unread = make();
  await unread.stop();
  for await (const n of unread) seen.push(n);
  expect(seen).toEqual([0]);
  expect(ended).toBe(2);
});
