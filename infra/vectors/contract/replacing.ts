import { expect, test } from 'vitest';
import { asking, direction, type Harness, model, newTenant, revisionOf } from './support.ts';

export function replacingContract(use: () => Promise<Harness>): void {
  test('a new revision takes the place of the old, in another department too', async () => {
    const { index } = await use();
    const tenant = newTenant();
    await index.put(
      tenant,
      model,
      revisionOf('d', [
        ['old wing', 0],
        ['older wing', 0],
      ]),
    );
    await index.put(tenant, model, revisionOf('d', [['new flap', 90]], { revision: '2', department: 'it' }));
    expect(await index.search(tenant, model, asking('wing'))).toEqual([]);
    const filter = { departments: ['it'] };
    const hits = await index.search(
      tenant,
      model,
      asking('flap', 'hybrid', { vector: direction(90), filter }),
    );
    expect(hits.map(({ revision, chunk }) => [revision, chunk.text])).toEqual([['2', 'new flap']]);
    expect(await index.count(tenant, model, { departments: ['hr', 'it'] })).toEqual({
      documents: 1,
      chunks: 1,
    });
  });

  test('a document that is removed is gone, and may come back', async () => {
    const { index } = await use();
    const tenant = newTenant();
    await index.remove(tenant, model, 'never there');
    await index.put(tenant, model, revisionOf('d', [['wing', 0]]));
    await index.remove(tenant, model, 'd');
    expect(await index.search(tenant, model, asking('wing', 'hybrid', { vector: direction(0) }))).toEqual([]);
    expect(await index.count(tenant, model, { departments: ['hr'] })).toEqual({ documents: 0, chunks: 0 });
    await index.put(tenant, model, revisionOf('d', [['wing', 0]]));
    expect(await index.search(tenant, model, asking('wing'))).toHaveLength(1);
  });

  test('what was put last stamps a document, until it is removed', async () => {
    const { index } = await use();
    const tenant = newTenant();
    expect(await index.stampOf(tenant, model, 'd')).toBeUndefined();
    await index.put(tenant, model, revisionOf('d', [['wing', 0]], { stamp: 'first' }));
    expect(await index.stampOf(tenant, model, 'd')).toBe('first');
    await index.put(tenant, model, revisionOf('d', [['wing', 0]], { stamp: 'second' }));
    expect(await index.stampOf(tenant, model, 'd')).toBe('second');
    expect(await index.stampOf(newTenant(), model, 'd')).toBeUndefined();
    await index.put(tenant, model, revisionOf('d', [['wing', 0]]));
    expect(await index.stampOf(tenant, model, 'd')).toBeUndefined();
    await index.put(tenant, model, revisionOf('d', [['wing', 0]], { stamp: 'third' }));
    await index.remove(tenant, model, 'd');
    expect(await index.stampOf(tenant, model, 'd')).toBeUndefined();
  });

  test('a document without chunks counts, and replaces those that it had', async () => {
    const { index } = await use();
    const tenant = newTenant();
    await index.put(tenant, model, revisionOf('d', [['wing', 0]]));
    await index.put(tenant, model, revisionOf('d', [], { revision: '2' }));
    expect(await index.search(tenant, model, asking('wing'))).toEqual([]);
    expect(await index.count(tenant, model, { departments: ['hr'] })).toEqual({ documents: 1, chunks: 0 });
  });

  test('a search sees the old revision or the new one, whole: never both, never neither', async () => {
    const { index } = await use();
    const tenant = newTenant();
    const chunksOf = (revision: number) => 1 + ((revision * 3) % 5);
    const put = (revision: number) =>
      index.put(
        tenant,
        model,
        revisionOf(
          'd',
          Array.from({ length: chunksOf(revision) }, (_, at) => [`wing ${at}`, at] as const),
          {
            revision: String(revision),
          },
        ),
      );
    await put(0);
    const last = 25;
    let writing = true;
    const writer = (async () => {
      for (let revision = 1; revision <= last; revision++) await put(revision);
      writing = false;
    })();
    let latest = 0;
    const seen = new Set<number>();
    const modes = ['keyword', 'dense', 'hybrid', 'rrf'] as const;
    for (let round = 0; writing || round < 4; round++) {
      const mode = modes[round % modes.length] ?? 'hybrid';
      const hits = await index.search(
        tenant,
        model,
        asking('wing', mode, { vector: direction(0), k: 20, explain: round % 8 < 4 }),
      );
      const revisions = [...new Set(hits.map(({ revision }) => Number(revision)))];
      expect(revisions).toHaveLength(1);
      const [revision = 0] = revisions;
      expect(hits).toHaveLength(chunksOf(revision));
      expect(revision).toBeGreaterThanOrEqual(latest);
      latest = revision;
      seen.add(revision);
      // Let the other side have its turn where nothing waits for a server.
      await new Promise((resolve) => setImmediate(resolve));
    }
    await writer;
    expect(latest).toBe(last);
    expect(seen.size).toBeGreaterThan(1);
  });
}
