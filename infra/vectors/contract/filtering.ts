import { expect, test } from 'vitest';
import type { ChunkQuery, Filter } from '../../../bounded-contexts/knowledge/index.ts';
import { asking, direction, type Harness, model, newTenant, revisionOf } from './support.ts';

export function filteringContract(use: () => Promise<Harness>): void {
  test('every filter acts before the search, and the preview counts the same', async () => {
    const { index } = await use();
    const tenant = newTenant();
    const put = (document: string, facts: object) =>
      index.put(
        tenant,
        model,
        revisionOf(
          document,
          [
            ['one wing', 10],
            ['two wings', 20],
          ],
          facts,
        ),
      );
    await put('a', {
      type: 'pdf',
      source: 'wiki',
      tags: ['law', 'tax'],
      author: 'ana',
      date: '2026-01-01T00:00:00Z',
    });
    await put('b', {
      type: 'csv',
      source: 'mail',
      tags: ['tax'],
      author: 'bia',
      date: '2026-02-01T00:00:00Z',
    });
    await put('c', { department: 'it', privacy: 'secret', language: 'pt', date: '2026-03-01T00:00:00Z' });
    const all = ['hr', 'it'];
    const cases: readonly (readonly [Partial<Filter>, readonly string[]])[] = [
      [{}, ['a', 'b', 'c']],
      [{ departments: ['it'] }, ['c']],
      [{ departments: ['none'] }, []],
      [{ types: ['pdf', 'csv'] }, ['a', 'b']],
      [{ sources: ['mail'] }, ['b']],
      [{ tags: ['law'] }, ['a']],
      [{ tags: ['law', 'tax'] }, ['a', 'b']],
      [{ privacy: ['internal'] }, ['a', 'b']],
      [{ authors: ['bia'] }, ['b']],
      [{ languages: ['pt'] }, ['c']],
      [{ documents: ['a', 'c'] }, ['a', 'c']],
      [{ from: '2026-02-01T00:00:00Z' }, ['b', 'c']],
      [{ from: '2026-01-01T00:00:00Z', to: '2026-02-01T00:00:00Z' }, ['a']],
      [{ tags: ['tax'], authors: ['ana'], types: ['csv'] }, []],
    ];
    for (const [asked, expected] of cases) {
      const filter = { departments: all, ...asked };
      for (const mode of ['keyword', 'dense', 'hybrid', 'rrf'] as const) {
        const hits = await index.search(
          tenant,
          model,
          asking('wing', mode, { vector: direction(0), filter }),
        );
        expect([asked, mode, [...new Set(hits.map(({ document }) => document))].sort()]).toEqual([
          asked,
          mode,
          expected,
        ]);
      }
      expect(await index.count(tenant, model, filter)).toEqual({
        documents: expected.length,
        chunks: 2 * expected.length,
      });
    }
  });

  test('a question that cannot be meant is refused before anything is asked', async () => {
    const { index } = await use();
    const tenant = newTenant();
    const wrong: readonly Partial<ChunkQuery>[] = [
      { filter: { departments: [] } },
      { filter: { departments: ['hr'], from: 'yesterday' } },
      { k: 0 },
      { k: 1_001 },
      { k: 1.5 },
      { overFetch: 0.5 },
      { weights: { dense: -1, keyword: 1 } },
      { weights: { dense: 0, keyword: 0 } },
    ];
    for (const rest of wrong) {
      const asked = index.search(tenant, model, asking('x', 'hybrid', rest));
      await expect(asked).rejects.toMatchObject({ code: 'request.invalid' });
    }
    const counted = index.count(tenant, model, { departments: [] });
    await expect(counted).rejects.toMatchObject({ code: 'request.invalid' });
  });

  test('what may not be seen leaves no trace in a score: other tenants, departments, privacy levels, models', async () => {
    const { index } = await use();
    const [tenant, other] = [newTenant(), newTenant()];
    for (const [at, text] of ['rare wing', 'common wing', 'common heat'].entries())
      await index.put(tenant, model, revisionOf(`d${at}`, [[text, 10 * at]]));
    const filter = { departments: ['hr'], privacy: ['internal'] };
    const ask = async () =>
      (
        await index.search(tenant, model, asking('rare common', 'hybrid', { vector: direction(5), filter }))
      ).map(({ document, score, parts }) => [document, score.toFixed(6), parts.keyword?.score.toFixed(6)]);
    const before = await ask();
    for (let at = 0; at < 5; at++) {
      const text = [['rare rare rare', 5]] as const;
      await index.put(other, model, revisionOf(`o${at}`, text));
      await index.put(tenant, model, revisionOf(`i${at}`, text, { department: 'it' }));
      await index.put(tenant, model, revisionOf(`s${at}`, text, { privacy: 'secret' }));
      await index.put(tenant, 'test/other', revisionOf(`m${at}`, text));
    }
    expect(await ask()).toEqual(before);
    expect(before).toHaveLength(3);
    expect(await index.count(other, model, filter)).toEqual({ documents: 5, chunks: 5 });
  });
}
