import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { connectReadStore, migrate } from '../../infra/read-store/index.ts';
import { atEnd, testDatabase } from '../../infra/testing/index.ts';
import type { Session } from '../ports.ts';
import { unnested } from './columns.ts';

let session: Session;

beforeAll(async () => {
  const url = await testDatabase();
  await migrate(url);
  const store = connectReadStore({ url });
  session = await store.session();
  atEnd(async () => {
    await session.end();
    await store.close();
  });
});

// Postgres text holds every character but NUL.
const text = fc.string({ unit: 'binary' }).map((value) => value.replaceAll('\0', ''));
const row = fc.tuple(
  fc.option(fc.oneof(text, fc.constantFrom('', 'NULL', 'null', '{}', ',', '"', '\\', ' a ', 'a"b\\c\n'))),
  fc.option(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n })),
  fc.option(fc.boolean()),
  fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })),
  fc.option(fc.json()),
);

test('every value that is written as an array literal comes back from Postgres as it was', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 20 }), async (rows) => {
      const { sql, values } = unnested(['text', 'numeric', 'boolean', 'double precision', 'text'], rows);
      const result = await session.query<{ t: string; n: string; b: boolean; d: number; j: string }>(
        `select * from ${sql} as x (t, n, b, d, j)`,
        values,
      );
      const back = result.rows.map(({ t, n, b, d, j }) => [t, n === null ? null : BigInt(n), b, d, j]);
      // There is no negative zero in a literal that says 0.
      expect(back).toEqual(rows.map(([t, n, b, d, j]) => [t, n, b, d === null ? null : d + 0, j]));
    }),
    { numRuns: 100 },
  );
});
