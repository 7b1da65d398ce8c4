import { afterAll, expect, test } from 'vitest';
import { asking, direction, model, newTenant, revisionOf } from './contract/support.ts';
import { vectorsContract } from './contract.ts';
import { embeddedIndex, qdrantIndex } from './index.ts';
import { startQdrant } from './testing/qdrant-server.ts';

vectorsContract('embedded', async () => {
  const index = embeddedIndex();
  return { index, close: () => index.close() };
});

const live = process.env['QDRANT_URL'];
const standIn = await startQdrant();
afterAll(() => standIn.close());

vectorsContract(
  standIn.validates
    ? 'Qdrant, a stand-in that holds every request to its OpenAPI description'
    : 'Qdrant, a stand-in; its OpenAPI description is not here, so requests are not held to it',
  async () => {
    const index = qdrantIndex({ url: standIn.url, prefix: 'test-' });
    return {
      index,
      async close() {
        await index.close();
        expect(standIn.violations).toEqual([]);
      },
    };
  },
);

if (live)
  vectorsContract('Qdrant, a live server', async () => {
    const index = qdrantIndex({ url: live, prefix: `test-${newTenant()}-` });
    return { index, close: () => index.close() };
  });

test('a revision of many chunks goes in batches, and reciprocal ranks without reasons are the server’s', async () => {
  const index = qdrantIndex({ url: standIn.url, prefix: 'many-' });
  const tenant = newTenant();
  const from = standIn.requests.length;
  await index.put(
    tenant,
    model,
    revisionOf(
      'd',
      Array.from({ length: 300 }, (_, at) => [`wing ${at}`, at] as const),
    ),
  );
  const puts = standIn.requests.slice(from).filter((one) => /^PUT .*\/points$/.test(one));
  // Three of chunks, one of the head.
  expect(puts).toHaveLength(4);
  const query = asking('wing', 'rrf', { vector: direction(0), k: 200, explain: false });
  expect(await index.search(tenant, model, query)).toHaveLength(200);
  expect(standIn.requests.some((one) => one.endsWith('/points/query'))).toBe(true);
  expect(await index.count(tenant, model, { departments: ['hr'] })).toEqual({ documents: 1, chunks: 300 });
});

test('a document that is replaced, or removed, while its search is on its way is not lost', async () => {
  const index = qdrantIndex({ url: standIn.url, prefix: 'race-' });
  const tenant = newTenant();
  await index.put(tenant, model, revisionOf('d', [['wing one', 0]]));
  const seen = async () =>
    (await index.search(tenant, model, asking('wing'))).map(({ revision }) => revision);
  standIn.meanwhile(() => index.put(tenant, model, revisionOf('d', [['wing two', 0]], { revision: '2' })));
  expect(await seen()).toEqual(['2']);
  standIn.meanwhile(() => index.remove(tenant, model, 'd'));
  expect(await seen()).toEqual([]);
});

test('a put that was cut off is never seen, and is swept away by one that comes an hour later', async () => {
  let now = Date.now();
  let left = Number.POSITIVE_INFINITY;
  const tenant = newTenant();
  const clock = () => {
    // The second reading of the clock is that of the head: the process dies there.
    if (--left === 0) throw new Error('killed');
    return now;
  };
  const index = qdrantIndex({ url: standIn.url, prefix: 'cut-', clock });
  await index.put(tenant, model, revisionOf('d', [['wing one', 0]]));
  left = 2;
  await expect(
    index.put(tenant, model, revisionOf('d', [['wing two', 0]], { revision: '2' })),
  ).rejects.toMatchObject({
    code: 'vectors.unavailable',
  });
  left = Number.POSITIVE_INFINITY;
  const seen = async () =>
    (await index.search(tenant, model, asking('wing'))).map(({ revision }) => revision);
  expect(await seen()).toEqual(['1']);
  expect((await index.count(tenant, model, { departments: ['hr'] })).chunks).toBe(2);
  now += 2 * 3_600_000;
  await index.put(tenant, model, revisionOf('d', [['wing three', 0]], { revision: '3' }));
  expect(await seen()).toEqual(['3']);
  expect(await index.count(tenant, model, { departments: ['hr'] })).toEqual({ documents: 1, chunks: 1 });
});

test('a server that is away is told as such', async () => {
  const index = qdrantIndex({ url: 'http://127.0.0.1:9', timeoutMs: 500 });
  await expect(index.search('t', model, asking('x'))).rejects.toMatchObject({ code: 'vectors.unavailable' });
});
