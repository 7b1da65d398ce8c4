import { expect, test } from 'vitest';
import { asking, direction, type Harness, model, newTenant, revisionOf } from './support.ts';

export function searchingContract(use: () => Promise<Harness>): void {
  const filled = async () => {
    const { index } = await use();
    const tenant = newTenant();
    const texts = [
      ['Slipstreams of a wing', 0],
      ['The wing and its flaps', 40],
      ['Heat in composite slabs', 80],
    ] as const;
    for (const [at, text] of texts.entries()) await index.put(tenant, model, revisionOf(`d${at}`, [text]));
    return { index, tenant };
  };

  test('keyword search finds words in any of their forms, best first, and says how', async () => {
    const { index, tenant } = await filled();
    const hits = await index.search(tenant, model, asking('wings in the slipstream'));
    expect(hits.map(({ document }) => document)).toEqual(['d0', 'd1']);
    expect(hits[0]?.parts.keyword).toEqual({ score: hits[0]?.score, rank: 1 });
    expect(hits[0]?.parts.dense).toBeUndefined();
    expect(await index.search(tenant, model, asking('the of and'))).toEqual([]);
    expect(await index.search(tenant, model, asking('wing', 'keyword', { k: 1 }))).toHaveLength(1);
  });

  test('dense search orders by the cosine, whatever the lengths', async () => {
    const { index, tenant } = await filled();
    const hits = await index.search(tenant, model, asking('', 'dense', { vector: direction(75) }));
    expect(hits.map(({ document }) => document)).toEqual(['d2', 'd1', 'd0']);
    expect(hits[0]?.score).toBeCloseTo(Math.cos((5 * Math.PI) / 180), 5);
    expect(hits[0]?.parts.dense).toEqual({ score: hits[0]?.score, rank: 1 });
  });

  test('hybrid weighs both, and every hit carries its parts', async () => {
    const { index, tenant } = await filled();
    const query = asking('slipstream of wings', 'hybrid', { vector: direction(35) });
    const hits = await index.search(tenant, model, query);
    expect(hits.map(({ document }) => document)).toEqual(['d0', 'd1', 'd2']);
    expect(hits[0]?.score).toBeCloseTo(0.3 + (0.7 * (1 + Math.cos((35 * Math.PI) / 180))) / 2, 4);
    expect(hits.map(({ parts }) => [parts.keyword?.rank, parts.dense?.rank])).toEqual([
      [1, 2],
      [2, 1],
      [undefined, 3],
    ]);
    const dense = await index.search(tenant, model, { ...query, weights: { dense: 1, keyword: 0 } });
    expect(dense[0]?.document).toBe('d1');
    const withoutVector = await index.search(tenant, model, asking('slipstream', 'hybrid'));
    expect(withoutVector.map(({ document }) => document)).toEqual(['d0']);
  });

  test('reciprocal ranks give the same order, whether anybody asks why or not', async () => {
    const { index, tenant } = await filled();
    const query = asking('slipstream of wings', 'rrf', { vector: direction(0) });
    const explained = await index.search(tenant, model, query);
    const plain = await index.search(tenant, model, { ...query, explain: false });
    expect(explained.map(({ document }) => document)).toEqual(['d0', 'd1', 'd2']);
    expect(plain.map(({ document }) => document)).toEqual(['d0', 'd1', 'd2']);
    expect(explained[0]?.score).toBeCloseTo(2 / 61, 6);
    expect(plain[0]?.score).toBeCloseTo(2 / 61, 6);
    expect(explained[0]?.parts).toMatchObject({ keyword: { rank: 1 }, dense: { rank: 1 } });
  });

  test('a hit has all that was put, and its context is searched', async () => {
    const { index } = await use();
    const tenant = newTenant();
    const facts = { source: 'wiki', author: 'ana', tags: ['law', 'tax'], revision: 'r7' };
    const revision = revisionOf('d', [['The fee is 3 %.', 0]], facts);
    const [chunk] = revision.chunks;
    if (!chunk) throw new Error('no chunk');
    const whole = { ...chunk, context: 'Payments > Brazil', page: 4, parent: { start: 0, end: 99 } };
    await index.put(tenant, model, { ...revision, chunks: [whole] });
    const [hit] = await index.search(tenant, model, asking('payment'));
    const { vector: _, ...text } = whole;
    const { chunks: __, ...rest } = revision;
    expect(hit).toMatchObject({ ...rest, chunk: text });
  });

  test('each document is read in its own language, in one search', async () => {
    const { index } = await use();
    const tenant = newTenant();
    await index.put(
      tenant,
      model,
      revisionOf('pt', [['As reclamações dos clientes', 0]], { language: 'pt-BR' }),
    );
    await index.put(tenant, model, revisionOf('en', [['Complaints of clientes', 0]]));
    const found = async (text: string) =>
      (await index.search(tenant, model, asking(text, 'keyword', { language: 'pt' })))
        .map(({ document }) => document)
        .sort();
    expect(await found('reclamacao de cliente')).toEqual(['en', 'pt']);
    expect(await found('reclamação')).toEqual(['pt']);
  });

  test('a vector of another dimension is refused, and what was there is still found', async () => {
    const { index, tenant } = await filled();
    const wrong = revisionOf('d0', [['Slipstreams', 0]]);
    const chunks = wrong.chunks.map((chunk) => ({ ...chunk, vector: new Float32Array(3).fill(1) }));
    await expect(index.put(tenant, model, { ...wrong, chunks })).rejects.toMatchObject({
      code: 'retrieval.vector-mismatch',
    });
    await expect(
      index.search(tenant, model, asking('x', 'dense', { vector: new Float32Array(5).fill(1) })),
    ).rejects.toMatchObject({ code: 'retrieval.vector-mismatch' });
    expect(await index.search(tenant, model, asking('slipstream'))).toHaveLength(1);
  });

  test('a vector of no direction is near to nothing, and a very long question is answered', async () => {
    const { index, tenant } = await filled();
    for (const nowhere of [Float32Array.of(0, 0), Float32Array.of(Number.NaN, 1)]) {
      await index.put(tenant, model, {
        ...revisionOf('nowhere', [['flaps', 0]]),
        chunks: [{ ordinal: 0, start: 0, end: 5, text: 'flaps', vector: nowhere }],
      });
      const hits = await index.search(tenant, model, asking('', 'dense', { vector: direction(0) }));
      expect(hits.map(({ document }) => document)).toEqual(['d0', 'd1', 'd2']);
      expect(await index.search(tenant, model, asking('', 'dense', { vector: nowhere }))).toEqual([]);
      expect(await index.search(tenant, model, asking('flap'))).toHaveLength(2);
    }
    const long = `${'what of it? '.repeat(10_000)} slabs`;
    const [hit] = await index.search(tenant, model, asking(long, 'hybrid', { vector: direction(80) }));
    expect(hit?.document).toBe('d2');
  });
}
