import { describe, expect, it } from 'vitest';
import { group } from './index.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A group whose writes are answered by hand. */
function held(options: { maxItems?: number; maxBytes?: number; concurrency?: number } = {}) {
  const writes: { items: readonly string[]; done: (result: string) => void; fail: (e: Error) => void }[] = [];
  const own = group<string, string>({
    maxItems: 100,
    maxBytes: 1000,
    ...options,
    write: (items) => new Promise((resolve, reject) => writes.push({ items, done: resolve, fail: reject })),
  });
  return { own, writes };
}

describe('group commit', () => {
  it('writes what arrives in one turn together, and what arrives meanwhile in the next write', async () => {
    const { own, writes } = held();
    const first = [own.add('a', 1), own.add('b', 1)];
    await turn();
    const second = [own.add('c', 1), own.add('d', 1)];
    await turn();
    expect(writes.map(({ items }) => items)).toEqual([['a', 'b']]);
    expect(own.waiting).toBe(2);
    writes[0]?.done('one');
    expect(await Promise.all(first)).toEqual(['one', 'one']);
    await turn();
    expect(writes[1]?.items).toEqual(['c', 'd']);
    writes[1]?.done('two');
    expect(await Promise.all(second)).toEqual(['two', 'two']);
    await own.drained();
  });

  it('keeps to its limits of items and bytes, in order, and takes a too large item alone', async () => {
    const { own, writes } = held({ maxItems: 3, maxBytes: 10, concurrency: 100 });
    for (const [item, bytes] of [
      ['a', 4],
      ['b', 4],
      ['c', 4],
      ['d', 50],
      ['e', 1],
      ['f', 1],
      ['g', 1],
      ['h', 1],
    ] as const) {
      own.add(item, bytes).catch(() => undefined);
    }
    await turn();
    expect(writes.map(({ items }) => items.join(''))).toEqual(['ab', 'c', 'd', 'efg', 'h']);
  });

  it('refuses a batch together and goes on with the next, also where the write throws at once', async () => {
    let writes = 0;
    const own = group<string, string>({
      maxItems: 1,
      maxBytes: 10,
      write: (items) => {
        if (++writes === 1) throw new Error('at once');
        return Promise.resolve(items.join());
      },
    });
    const results = await Promise.allSettled([own.add('a', 1), own.add('b', 1)]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    await own.drained();
    expect(own.waiting).toBe(0);
  });

  it('is drained only when all is written or refused', async () => {
    const { own, writes } = held();
    await own.drained();
    const added = own.add('a', 1).catch(() => 'refused');
    let drained = false;
    const waiting = own.drained().then(() => {
      drained = true;
    });
    await turn();
    expect(drained).toBe(false);
    writes[0]?.fail(new Error('no'));
    await waiting;
    expect(await added).toBe('refused');
  });
});
