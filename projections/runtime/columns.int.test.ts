import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { connectReadStore, migrate } from '../../infra/read-store/index.ts';
import { atEnd, testDatabase } from '../../infra/testing/index.ts';
import type { Session } from '../ports.ts';
import { insertRows, type Table } from './columns.ts';

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

const awkward: Table = {
  name: 'awkward',
  columns: [
    ['tenant_id', 'text'],
    ['n', 'numeric'],
    ['b', 'boolean'],
    ['d', 'double precision'],
    ['j', 'text'],
    ['row', 'int'],
  ],
  key: [],
  indexes: [],
};

test('every value that is written as a part of a literal comes back from Postgres as it was', async () => {
  const columns = awkward.columns.map(([name, type]) => `${name} ${type}`).join(', ');
  await session.query(`create table read.awkward (${columns})`);
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 20 }), async (rows) => {
      await session.query('truncate read.awkward');
      await insertRows(
        session,
        awkward,
        'read.awkward',
        rows.map((values, index) => [...values, index]),
      );
      const result = await session.query<{ t: string; n: string; b: boolean; d: number; j: string }>(
        'select tenant_id as t, n, b, d, j from read.awkward order by row',
      );
      const back = result.rows.map(({ t, n, b, d, j }) => [t, n === null ? null : BigInt(n), b, d, j]);
      // There is no negative zero in a literal that says 0.
      expect(back).toEqual(rows.map(([t, n, b, d, j]) => [t, n, b, d === null ? null : d + 0, j]));
    }),
    { numRuns: 100 },
  );
});
