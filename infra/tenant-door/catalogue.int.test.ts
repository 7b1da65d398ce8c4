import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { projectors } from '../../projections/index.ts';
import { createGeneration, createIndexes } from '../../projections/runtime/generations.ts';
import { connectReadStore, migrate } from '../read-store/index.ts';
import { atEnd, testDatabase } from '../testing/index.ts';

/**
 * What has a tenant and no row-level security, each with its reason. Everything else must have it, also what is
 * not made yet.
 */
const exempt: Readonly<Record<string, string>> = {
  'log.contents': 'the embedded log is read by our own processes, which follow all tenants, as on JetStream',
};

const roles = [
  'daybook_app',
  'daybook_projector',
  'daybook_vault',
  'daybook_backup',
  'daybook_sweeper',
] as const;
type Role = (typeof roles)[number];
const verbs = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'] as const;

interface Table {
  readonly name: string;
  readonly owner: string;
  readonly forced: boolean;
  readonly policies: number;
  readonly indexes: readonly string[];
  readonly columns: readonly {
    readonly name: string;
    readonly type: string;
    readonly check: string | null;
  }[];
}

/** Every table that has a tenant, with all that protects it; views see what their tables let them see. */
const catalogue = `
  select n.nspname || '.' || c.relname as name, pg_get_userbyid(c.relowner) as owner, c.relrowsecurity and c.relforcerowsecurity as forced,
    (select count(*)::int from pg_policy p where p.polrelid = c.oid) as policies,
    array(select pg_get_indexdef(i.indexrelid, 1, true) from pg_index i where i.indrelid = c.oid) as indexes,
    (select json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, null), 'check',
       (select pg_get_constraintdef(k.oid) from pg_constraint k
        where k.conrelid = c.oid and k.contype = 'c' and a.attnum = any (k.conkey) limit 1)) order by a.attnum)
     from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema')
    and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname in ('tenant_id', 'tenant'))
  order by 1`;

/** Values that name a row of another table. */
const references: Readonly<Record<string, unknown>> = {
  'read.dead_letters.projector': 'keys',
  'read.dead_letters.generation': 1,
};

/** A value that the column takes. Rows of a test differ in their texts, so that no key is there twice. */
function valueFor(
  table: string,
  { name, type, check }: Table['columns'][number],
  tenant: string,
  salt: string,
): unknown {
  const reference = references[`${table}.${name}`];
  if (reference !== undefined) return reference;
  if (name === 'tenant_id') return tenant;
  const allowed = /'([^']+)'/.exec(check ?? '')?.[1];
  if (allowed !== undefined) return allowed;
  if (type.endsWith('[]')) return [];
  if (type === 'bytea') return Buffer.from(salt);
  if (type === 'jsonb' || type === 'json') return '{}';
  if (type === 'boolean') return false;
  if (type === 'date' || type.startsWith('timestamp')) return '2026-11-20T00:00:00Z';
  return /int|numeric|double|real/.test(type) ? 1 : salt;
}

/** A database whose tables belong to `owner`: the server's superuser, or somebody with no rights but that. */
async function databaseOf(owner: 'superuser' | 'plain'): Promise<string> {
  const admin = await testDatabase();
  if (owner === 'superuser') {
    await migrate(admin);
    return admin;
  }
  // What an administrator of a Postgres server does once: see docs/guides/operation.md.
  await migrate(await testDatabase());
  const name = `owner_${randomBytes(6).toString('hex')}`;
  const password = randomBytes(12).toString('hex');
  const url = new URL(admin);
  const client = new pg.Client({ connectionString: admin });
  await client.connect();
  atEnd(async () => {
    await client.query(`reassign owned by ${name} to current_user; drop owned by ${name}; drop role ${name}`);
    await client.end();
  });
  await client.query(`create role ${name} login nosuperuser nobypassrls password '${password}'`);
  await client.query(`grant daybook_app, daybook_vault, daybook_backup, daybook_sweeper to ${name} with inherit false;
    grant daybook_projector to ${name}; grant create on database "${url.pathname.slice(1)}" to ${name};
    grant create on schema public to ${name}`);
  url.username = name;
  url.password = password;
  await migrate(url.toString());
  return url.toString();
}

describe.each(['superuser', 'plain'] as const)(
  'row-level security where the tables belong to a %s',
  (owner) => {
    let client: pg.Client;
    let tables: readonly Table[] = [];

    beforeAll(async () => {
      const url = await databaseOf(owner);
      client = new pg.Client({ connectionString: url });
      await client.connect();
      const store = connectReadStore({ url });
      const session = await store.session();
      for (const projector of projectors) {
        const { generation, complete } = await createGeneration(session, projector, 'live');
        if (!complete) for (const table of projector.tables) await createIndexes(session, table, generation);
      }
      await session.end();
      await store.close();
      tables = (await client.query<Table>(catalogue)).rows.filter(({ name }) => exempt[name] === undefined);
    }, 60_000);
    afterAll(() => client.end());

    function insertion(table: Table, tenant: string, salt: string): [sql: string, values: unknown[]] {
      const names = table.columns.map(({ name }) => `"${name}"`).join(', ');
      const places = table.columns.map((_, index) => `$${index + 1}`).join(', ');
      return [
        `insert into ${table.name} (${names}) values (${places})`,
        table.columns.map((column) => valueFor(table.name, column, tenant, salt)),
      ];
    }

    /**
     * In a table with a row of each of two tenants runs one statement as `role` (undefined: as who signed in) of
     * `tenant`, and takes everything back. Returns how many rows it saw or changed.
     */
    async function outcome(
      table: Table,
      role: Role | undefined,
      tenant: string,
      [sql, values]: readonly [sql: string, values: unknown[]],
    ): Promise<number | 'denied' | null> {
      await client.query('begin');
      try {
        // A projector's tables belong to the projector.
        const tableOwner = roles.find((one) => one === table.owner);
        if (tableOwner) await client.query(`set local role ${tableOwner}`);
        await client.query(`alter table ${table.name} disable row level security`);
        // A key may be the tenant alone: what is inserted must not be there yet.
        if (!sql.startsWith('insert'))
          for (const one of ['acme', 'globex']) await client.query(...insertion(table, one, `row of ${one}`));
        await client.query(`alter table ${table.name} enable row level security`);
        await client.query(role === undefined ? 'reset role' : `set local role ${role}`);
        await client.query(`select set_config('app.tenant_id', $1, true)`, [tenant]);
        try {
          return (await client.query(sql, values)).rowCount;
        } catch (error) {
          if (error instanceof Error && 'code' in error && error.code === '42501') return 'denied';
          throw error;
        }
      } finally {
        await client.query('rollback; reset role');
      }
    }

    function statement(table: Table, verb: (typeof verbs)[number], target: string): [string, unknown[]] {
      switch (verb) {
        case 'SELECT':
          return [`select from ${table.name} where tenant_id = $1`, [target]];
        case 'INSERT':
          return insertion(table, target, `new row of ${target}`);
        case 'UPDATE':
          return [`update ${table.name} set tenant_id = tenant_id where tenant_id = $1`, [target]];
        case 'DELETE':
          return [`delete from ${table.name} where tenant_id = $1`, [target]];
      }
    }

    const may = async (role: Role, verb: string, table: string): Promise<boolean> =>
      (
        await client.query<{ may: boolean }>('select has_table_privilege($1, $2, $3) as may', [
          role,
          table,
          verb,
        ])
      ).rows[0]?.may === true;
    /** Roles that a policy binds to one tenant; the others follow all tenants, and may not be taken for one. */
    const bound: readonly Role[] = ['daybook_app', 'daybook_vault'];

    test('is on and forced on every table with a tenant, which has a policy and indexes that begin with it', () => {
      expect(tables.length).toBeGreaterThan(15);
      for (const { name, forced, policies, indexes } of tables) {
        expect({ name, forced, some: policies > 0 }).toEqual({ name, forced: true, some: true });
        expect({ name, leads: indexes.includes('tenant_id') }).toEqual({ name, leads: true });
      }
    });

    test('names no role that could pass by it or sign in', async () => {
      const { rows } = await client.query(
        `select rolname from pg_roles where rolname = any ($1) and (rolbypassrls or rolsuper or rolcanlogin)`,
        [roles],
      );
      expect(rows).toEqual([]);
    });

    test('on every table and for every verb lets a tenant at its own rows, and never at another’s', async () => {
      for (const table of tables) {
        let cases = 0;
        for (const role of bound) {
          for (const verb of verbs) {
            const allowed = await may(role, verb, table.name);
            if (allowed) cases++;
            const elsewhere = !allowed || verb === 'INSERT' ? 'denied' : 0;
            const at = { table: table.name, role, verb };
            expect({
              ...at,
              own: await outcome(table, role, 'acme', statement(table, verb, 'acme')),
              other: await outcome(table, role, 'acme', statement(table, verb, 'globex')),
              none: await outcome(table, role, '', statement(table, verb, 'acme')),
            }).toEqual({ ...at, own: allowed ? 1 : 'denied', other: elsewhere, none: elsewhere });
          }
        }
        expect({ table: table.name, usedByNobody: cases === 0 }).toEqual({
          table: table.name,
          usedByNobody: false,
        });
      }
    }, 60_000);

    test('shows nothing to a process that took on no role, unless it is the superuser', async () => {
      for (const table of tables.filter(({ owner: of }) => !roles.some((one) => one === of))) {
        const seen = await outcome(table, undefined, 'acme', [`select from ${table.name}`, []]);
        expect({ table: table.name, seen }).toEqual({
          table: table.name,
          seen: owner === 'superuser' ? 2 : 0,
        });
      }
    });
  },
);
