/**
 * Passwords of those who sign in without an issuer: the adapter of identity's port `Passwords`. Slow hashes
 * (scrypt, RFC 7914) in the vault, and never on the log.
 */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import type pg from 'pg';
import type { Passwords } from '../../bounded-contexts/identity/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import { tenantDoor } from '../tenant-door/index.ts';

/** What OWASP asks of scrypt at 32 MiB: N = 2^15, r = 8, p = 3; about 0.1 s of one core. */
const cost = { log2N: 15, r: 8, p: 3 };
const keyBytes = 32;

function derive(password: string, salt: Buffer, { log2N, r, p }: typeof cost): Promise<Buffer> {
  const N = 2 ** log2N;
  return new Promise((resolve, reject) =>
    // The same text may be typed as different sequences of code points.
    scrypt(password.normalize('NFKC'), salt, keyBytes, { N, r, p, maxmem: 256 * N * r }, (error, key) =>
      error ? reject(error) : resolve(key),
    ),
  );
}

async function hashOf(password: string): Promise<string> {
  const salt = randomBytes(16);
  const key = await derive(password, salt, cost);
  const { log2N, r, p } = cost;
  return ['scrypt', log2N, r, p, salt.toString('base64url'), key.toString('base64url')].join('$');
}

async function fits(password: string, stored: string): Promise<boolean> {
  const [kind, log2N, r, p, salt = '', key = ''] = stored.split('$');
  if (kind !== 'scrypt') throw new DaybookError('internal', 'A stored password is of no known kind.');
  const expected = Buffer.from(key, 'base64url');
  const own = await derive(password, Buffer.from(salt, 'base64url'), {
    log2N: Number(log2N),
    r: Number(r),
    p: Number(p),
  });
  return expected.length === own.length && timingSafeEqual(expected, own);
}

export function postgresPasswords(pool: pg.Pool): Passwords {
  const door = tenantDoor(pool);
  const query = async (tenant: string, sql: string, values: unknown[]) => {
    try {
      return await door.query<{ hash: string }>(tenant, sql, values);
    } catch (error) {
      throw new DaybookError('vault.unavailable', undefined, {}, { cause: error });
    }
  };
  // Who has none is looked at as long as who has one.
  const nobodys = hashOf(randomBytes(16).toString('hex'));
  return {
    async set(tenant, user, password) {
      await query(
        tenant,
        `insert into vault.passwords (tenant_id, subject, hash) values ($1, $2, $3)
         on conflict (tenant_id, subject) do update set hash = excluded.hash, set_at = now()`,
        [tenant, user, await hashOf(password)],
      );
    },
    async check(tenant, user, password) {
      const [row] =
        user === undefined
          ? []
          : await query(tenant, 'select hash from vault.passwords where tenant_id = $1 and subject = $2', [
              tenant,
              user,
            ]);
      const right = await fits(password, row?.hash ?? (await nobodys));
      return row !== undefined && right;
    },
    async remove(tenant, user) {
      const gone = await query(
        tenant,
        'delete from vault.passwords where tenant_id = $1 and subject = $2 returning hash',
        [tenant, user],
      );
      return gone.length > 0;
    },
  };
}
