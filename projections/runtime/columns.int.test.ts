import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { connectReadStore, migrate } from '../../infra/read-store/index.ts';
import { atEnd, testDatabase } from '../../infra/testing/index.ts';
import type { Session } from '../ports.ts';
import { insertNew, insertRows, type Table } from './columns.ts';

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

test('inserts what is not there yet and returns that, of rows with one key the first', async () => {
  const notes: Table = {
    name: 'notes',
    columns: [
      ['tenant_id', 'text not null'],
      ['n', 'int not null'],
      ['note', 'text'],
    ],
    key: ['tenant_id', 'n'],
    indexes: [],
  };
  await session.query('create table read.notes (tenant_id text not null, n int not null, note text)');
  await session.query('create unique index on read.notes (tenant_id, n)');
  const insert = (rows: [string, number, string | null][]) =>
    session.transaction(() => insertNew(session, notes, 'read.notes', rows));
  const tenant = 'say "a\\b"';
  expect(await insert([])).toEqual([]);
  expect(await insert([[tenant, 1, 'first']])).toEqual([[tenant, 1, 'first']]);
  const mixed = await insert([
    [tenant, 2, null],
    [tenant, 1, 'again'],
    [tenant, 3, 'third'],
    [tenant, 3, 'third again'],
  ]);
  expect(mixed).toEqual([
    [tenant, 2, null],
    [tenant, 3, 'third'],
  ]);
  // Several statements, of which only one meets a key that is there.
  const many = Array.from({ length: 1200 }, (_, n): [string, number, string] => ['other', n, 'many']);
  expect(await insert([...many, ['other', 3, 'again']])).toEqual(many);
  const { rows } = await session.query<{ note: string }>(
    `select note from read.notes where note <> 'many' order by n`,
  );
  expect(rows.map(({ note }) => note)).toEqual(['first', 'third']);
});
