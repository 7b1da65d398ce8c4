import { createHmac, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import type pg from 'pg';
import {
  type Clock,
  type IdKind,
  redacted,
  type SealContext,
  type SuppliedId,
  systemClock,
  type Vault,
} from '../../bounded-contexts/kernel/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import { kindOfField } from '../../schemas/retention.ts';
import { tenantDoor } from '../tenant-door/index.ts';
import { boundedCache } from './bounded-cache.ts';
import { decrypt, encrypt } from './cipher.ts';
import { type FetchedKey, fetched } from './fetched-key.ts';
import type { MasterKeys } from './master-key.ts';
import {
  dayOf,
  derivation,
  headerBytes,
  type Period,
  periodCache,
  periodOf,
  startOfDay,
} from './period-keys.ts';

export interface PostgresVault extends Vault {
  /** A random value of 32 bytes that stays the same for the installation's life, made on first use. */
  secret(name: string): Promise<Uint8Array>;
  /** The names of the secrets that were made, of those that begin with `prefix`. */
  secretNames(prefix: string): Promise<string[]>;
  /** Forgets what it holds in memory of one subject: to be called when another process erased it. */
  forget(tenant: string, subject: string): void;
}

const prefixes: Readonly<Record<IdKind, string>> = {
  user: 'u_',
  department: 'd_',
  agent: 'a_',
  session: 's_',
  run: 'r_',
  key: 'k_',
};

/** Keys in memory at most; the rest is read again from Postgres. */
const cachedSubjects = 50_000;

/** Ids of one step of a walk through all. */
const idsOfPage = 1_000;

/** What wraps other keys: the master keys, or a tenant's key. */
interface Wrapping {
  wrap(plain: Uint8Array, bound: string): Buffer;
  unwrap(wrapped: Uint8Array, bound: string): { readonly plain: Buffer };
}

const wrapping = (key: KeyObject): Wrapping => ({
  wrap: (plain, bound) => encrypt(key, plain, bound),
  unwrap: (wrapped, bound) => ({ plain: decrypt(key, wrapped, bound) }),
});

/** The vault in Postgres, schema `vault`. All failures of Postgres are `vault.unavailable`. */
export function postgresVault(pool: pg.Pool, master: MasterKeys, clock: Clock = systemClock): PostgresVault {
  // Key objects: handing bytes to a cipher costs more than the cipher itself.
  const tenantKeys = new Map<string, Promise<KeyObject>>();
  const subjectKeys = boundedCache<FetchedKey>(cachedSubjects);
  const opaqueIds = boundedCache<Promise<string>>(cachedSubjects);
  const subjectsOfIds = boundedCache<string>(cachedSubjects);
  const periods = periodCache();
  const derive = derivation();

  const door = tenantDoor(pool);

  /** Of one tenant, or (null) of the installation. */
  async function query<Row extends pg.QueryResultRow>(
    tenant: string | null,
    sql: string,
    values: unknown[],
  ): Promise<Row[]> {
    try {
      return tenant === null
        ? (await pool.query<Row>(sql, values)).rows
        : await door.query<Row>(tenant, sql, values);
    } catch (error) {
      throw new DaybookError('vault.unavailable', undefined, {}, { cause: error });
    }
  }

  /** The stored value, or ours where there was none: whoever comes first wins, all see the same. */
  async function wrapped(
    tenant: string | null,
    select: string,
    insert: string | null,
    values: unknown[],
    key: Wrapping,
    bound: string,
  ): Promise<Buffer | null> {
    const found = await query<{ wrapped: Buffer | null }>(tenant, select, values);
    if (found[0]) return found[0].wrapped ? key.unwrap(found[0].wrapped, bound).plain : null;
    if (insert === null) return null;
    await query(tenant, insert, [...values, key.wrap(randomBytes(32), bound)]);
    const [row] = await query<{ wrapped: Buffer | null }>(tenant, select, values);
    return row?.wrapped ? key.unwrap(row.wrapped, bound).plain : null;
  }

  function tenantKey(tenant: string): Promise<KeyObject> {
    let key = tenantKeys.get(tenant);
    if (!key) {
      key = wrapped(
        tenant,
        'select wrapped from vault.tenant_keys where tenant_id = $1',
        'insert into vault.tenant_keys (tenant_id, wrapped) values ($1, $2) on conflict do nothing',
        [tenant],
        master,
        `tenant\0${tenant}`,
      ).then((bytes) => {
        if (!bytes) throw new DaybookError('vault.redacted', 'The tenant has no key.');
        return createSecretKey(bytes);
      });
      tenantKeys.set(tenant, key);
      key.catch(() => tenantKeys.delete(tenant));
    }
    return key;
  }

  function subjectKey(tenant: string, subject: string, make: boolean): Promise<KeyObject | null> {
    const name = `${tenant}\0${subject}`;
    const cached = subjectKeys.get(name);
    if (cached) return cached.made;
    const key = tenantKey(tenant).then((outer) =>
      wrapped(
        tenant,
        'select wrapped from vault.subject_keys where tenant_id = $1 and subject = $2',
        make
          ? 'insert into vault.subject_keys (tenant_id, subject, wrapped) values ($1, $2, $3) on conflict do nothing'
          : null,
        [tenant, subject],
        wrapping(outer),
        `subject\0${tenant}\0${subject}`,
      ).then((bytes) => bytes && createSecretKey(bytes)),
    );
    subjectKeys.set(
      name,
      fetched(key, () => subjectKeys.delete(name)),
    );
    return key;
  }

  /** Null where the period has ended, or (unless `make`) nothing was ever sealed in it. */
  const periodKey = (tenant: string, period: Period, make: boolean): Promise<KeyObject | null> =>
    periods.key(tenant, period, async () => {
      const outer = await tenantKey(tenant);
      const { kind, day } = period;
      const bytes = await wrapped(
        tenant,
        'select wrapped from vault.period_keys where tenant_id = $1 and kind = $2 and day = $3',
        make
          ? `insert into vault.period_keys (tenant_id, kind, day, wrapped) select $1, $2, $3::int, $4::bytea
             where not exists (
               select from vault.period_floors where tenant_id = $1 and kind = $2 and before > $3::int
             ) on conflict do nothing`
          : null,
        [tenant, kind, day],
        wrapping(outer),
        `period\0${tenant}\0${kind}\0${day}`,
      );
      return bytes && createSecretKey(bytes);
    });

  async function digestOf(tenant: string, kind: IdKind, raw: string): Promise<Buffer> {
    return createHmac('sha256', await tenantKey(tenant))
      .update(`${kind}\0${raw}`)
      .digest();
  }

  async function knownId(tenant: string, kind: IdKind, raw: string): Promise<string | undefined> {
    const [row] = await query<{ opaque: string }>(
      tenant,
      'select opaque from vault.opaque_ids where tenant_id = $1 and kind = $2 and digest = $3',
      [tenant, kind, await digestOf(tenant, kind, raw)],
    );
    return row?.opaque;
  }

  async function makeId(tenant: string, kind: IdKind, raw: string): Promise<string> {
    const known = await knownId(tenant, kind, raw);
    if (known !== undefined) return known;
    return keepId(tenant, { kind, raw, opaque: `${prefixes[kind]}${randomBytes(12).toString('base64url')}` });
  }

  /** Returns what stands for it: ours, unless somebody was faster. */
  async function keepId(tenant: string, { opaque, kind, raw }: SuppliedId): Promise<string> {
    const key = await subjectKey(tenant, opaque, true);
    if (!key) throw new DaybookError('vault.redacted');
    await query(
      tenant,
      `insert into vault.opaque_ids (tenant_id, kind, digest, opaque, sealed_raw) values ($1, $2, $3, $4, $5)
       on conflict do nothing`,
      [
        tenant,
        kind,
        await digestOf(tenant, kind, raw),
        opaque,
        encrypt(key, Buffer.from(raw), `id\0${tenant}\0${opaque}`),
      ],
    );
    const stored = await knownId(tenant, kind, raw);
    if (stored === undefined) throw new DaybookError('vault.unavailable');
    return stored;
  }

  async function* suppliedIds(tenant: string): AsyncGenerator<SuppliedId[]> {
    for (let after = ''; ; ) {
      const rows = await query<{ opaque: string; kind: IdKind; sealed_raw: Buffer }>(
        tenant,
        `select opaque, kind, sealed_raw from vault.opaque_ids
         where tenant_id = $1 and opaque > $2 order by opaque limit ${idsOfPage}`,
        [tenant, after],
      );
      const page: SuppliedId[] = [];
      for (const { opaque, kind, sealed_raw: sealed } of rows) {
        const key = await subjectKey(tenant, opaque, false);
        if (!key) continue;
        page.push({ opaque, kind, raw: decrypt(key, sealed, `id\0${tenant}\0${opaque}`).toString() });
      }
      yield page;
      if (rows.length < idsOfPage) return;
      after = rows.at(-1)?.opaque ?? '';
    }
  }

  function forget(tenant: string, subject: string): void {
    subjectKeys.delete(`${tenant}\0${subject}`);
    const name = subjectsOfIds.get(`${tenant}\0${subject}`);
    if (name !== undefined) opaqueIds.delete(name);
    subjectsOfIds.delete(`${tenant}\0${subject}`);
  }

  /** Fetches the keys, or makes them. */
  async function sealOnce(
    context: SealContext,
    plain: Uint8Array,
    period: Period | undefined,
  ): Promise<Uint8Array> {
    const key = await subjectKey(context.tenant, context.subject, true);
    if (!key)
      throw new DaybookError('vault.redacted', 'The data subject was erased; nothing new is kept of it.');
    const ofPeriod = period && (await periodKey(context.tenant, period, true));
    if (period && !ofPeriod)
      throw new DaybookError('vault.redacted', 'What is of this day has ended; nothing is added to it.');
    return sealWith(context, plain, key, period, ofPeriod ?? undefined);
  }

  function sealWith(
    context: SealContext,
    plain: Uint8Array,
    key: KeyObject,
    period: Period | undefined,
    ofPeriod: KeyObject | undefined,
  ): Uint8Array {
    if (!period || !ofPeriod) return encrypt(key, plain, boundTo(context));
    const seal = derive(key, ofPeriod, period);
    return encrypt(seal.key, plain, boundTo(context) + seal.bound, seal.header);
  }

  const boundTo = ({ tenant, subject, id, field }: SealContext) => `${tenant}\0${subject}\0${id}\0${field}`;

  return {
    knownId,
    forget,
    opaqueId(tenant, kind, raw) {
      const name = `${tenant}\0${kind}\0${raw}`;
      const cached = opaqueIds.get(name);
      if (cached) return cached;
      const made = makeId(tenant, kind, raw);
      opaqueIds.set(name, made);
      made.then(
        (opaque) => subjectsOfIds.set(`${tenant}\0${opaque}`, name),
        () => opaqueIds.delete(name),
      );
      return made;
    },
    suppliedIds,
    async adoptId(tenant, id) {
      if ((await keepId(tenant, id)) !== id.opaque)
        throw new DaybookError('command.rejected', 'An id of the archive stands for something else here.');
    },
    periodStart(sealed) {
      const period = periodOf(sealed);
      return period && startOfDay(period.day);
    },
    async reveal(tenant, opaque) {
      const rows = await query<{ opaque: string; sealed_raw: Buffer }>(
        tenant,
        'select opaque, sealed_raw from vault.opaque_ids where tenant_id = $1 and opaque = any($2)',
        [tenant, [...new Set(opaque)]],
      );
      const revealed = new Map<string, string>();
      for (const row of rows) {
        const key = await subjectKey(tenant, row.opaque, false);
        if (key)
          revealed.set(row.opaque, decrypt(key, row.sealed_raw, `id\0${tenant}\0${row.opaque}`).toString());
      }
      return revealed;
    },
    seal(context, plain, at) {
      const { tenant, subject, field } = context;
      const kind = kindOfField(field);
      const period = kind && { kind, day: dayOf(at ?? clock()) };
      const key = subjectKeys.get(`${tenant}\0${subject}`)?.key;
      const ofPeriod = key && period && periods.atHand(tenant, period);
      if (key && (ofPeriod || !period)) return sealWith(context, plain, key, period, ofPeriod);
      return sealOnce(context, plain, period);
    },
    async open(context, sealed) {
      const key = await subjectKey(context.tenant, context.subject, false);
      if (!key) return redacted;
      const period = periodOf(sealed);
      if (!period) return decrypt(key, sealed, boundTo(context));
      const ofPeriod = await periodKey(context.tenant, period, false);
      if (!ofPeriod) return redacted;
      const seal = derive(key, ofPeriod, period);
      return decrypt(seal.key, sealed.subarray(headerBytes), boundTo(context) + seal.bound);
    },
    async erase(tenant, subject) {
      await query(
        tenant,
        `insert into vault.subject_keys (tenant_id, subject, wrapped, erased_at) values ($1, $2, null, now())
         on conflict (tenant_id, subject) do update set wrapped = null, erased_at = coalesce(vault.subject_keys.erased_at, now())`,
        [tenant, subject],
      );
      await query(tenant, 'delete from vault.passwords where tenant_id = $1 and subject = $2', [
        tenant,
        subject,
      ]);
      await query(tenant, 'delete from vault.opaque_ids where tenant_id = $1 and opaque = $2', [
        tenant,
        subject,
      ]);
      forget(tenant, subject);
    },
    async endPeriods(tenant, kind, before) {
      const day = dayOf(Date.parse(before));
      await query(
        tenant,
        `insert into vault.period_floors (tenant_id, kind, before) values ($1, $2, $3)
         on conflict (tenant_id, kind) do update set before = greatest(vault.period_floors.before, excluded.before)`,
        [tenant, kind, day],
      );
      await query(tenant, 'delete from vault.period_keys where tenant_id = $1 and kind = $2 and day < $3', [
        tenant,
        kind,
        day,
      ]);
      periods.end(tenant, kind, day);
    },
    async secret(name) {
      const bytes = await wrapped(
        null,
        'select wrapped from vault.secrets where name = $1',
        'insert into vault.secrets (name, wrapped) values ($1, $2) on conflict do nothing',
        [name],
        master,
        `secret\0${name}`,
      );
      if (!bytes) throw new DaybookError('vault.unavailable');
      return bytes;
    },
    async secretNames(prefix) {
      const rows = await query<{ name: string }>(
        null,
        'select name from vault.secrets where starts_with(name, $1) order by name',
        [prefix],
      );
      return rows.map(({ name }) => name);
    },
  };
}
