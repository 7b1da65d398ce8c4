import { z } from 'zod';
import { DaybookError } from '../../schemas/errors.ts';
import { durationOf } from './duration.ts';
import { exitCodes } from './exit-codes.ts';
import { api, local } from './local.ts';
import { type Output, table } from './output.ts';
import { allRows } from './pages.ts';

const issued = z.object({ key: z.string(), secret: z.string() }).loose();
const rotated = issued.extend({ previousUntil: z.iso.datetime() });
const row = z
  .object({
    key: z.string(),
    name: z.string(),
    role: z.string(),
    department: z.string().nullable(),
    user: z.string().nullable(),
    expiresAt: z.string().nullable(),
    revokedAt: z.string().nullable(),
    lastUsedAt: z.string().nullable(),
  })
  .loose();

export interface IssueFlags {
  readonly role?: string;
  readonly scope?: string[];
  readonly model?: string[];
  readonly tier?: string[];
  readonly department?: string;
  readonly user?: string;
  readonly expires?: string;
  readonly private?: boolean;
  readonly cache?: boolean;
  readonly tenant?: string;
}

const shownOnce = ({ key, secret }: { key: string; secret: string }) => `${key}, shown this once:\n${secret}`;

/** `keys issue <name>`; with `--tenant` another administrator's key of that tenant. */
export async function issueKey(name: string, flags: IssueFlags, out: Output): Promise<number> {
  const { tenant, expires, scope, model, tier, ...rest } = flags;
  if (tenant !== undefined && Object.keys(flags).length > 1)
    throw new DaybookError(
      'request.invalid',
      '--tenant: issues a key of the tenant’s administrator, who issues the others; leave the other options out.',
    );
  const path =
    tenant === undefined ? '/api/v1/keys' : `/api/v1/tenants/${encodeURIComponent(tenant)}/admin-keys`;
  const body = {
    ...rest,
    name,
    ...(scope ? { scopes: scope } : {}),
    ...(model ? { models: model } : {}),
    ...(tier ? { tiers: tier.map(Number) } : {}),
    ...(expires === undefined
      ? {}
      : { expiresAt: new Date(Date.now() + durationOf(expires, '--expires')).toISOString() }),
  };
  const answer = await api(local(), 'POST', path, tenant === undefined ? body : undefined);
  const key = issued.parse(await answer.json());
  out.result(key, shownOnce(key));
  return exitCodes.ok;
}

/** `keys rotate <key>`. */
export async function rotateKey(key: string, flags: { overlap?: string }, out: Output): Promise<number> {
  const body =
    flags.overlap === undefined
      ? {}
      : { overlapSeconds: Math.round(durationOf(flags.overlap, '--overlap') / 1000) };
  const answer = await api(local(), 'POST', `/api/v1/keys/${encodeURIComponent(key)}/rotate`, body);
  const next = rotated.parse(await answer.json());
  out.result(next, `${shownOnce(next)}\nThe secret before it is in force until ${next.previousUntil}.`);
  return exitCodes.ok;
}

/** `keys revoke <key>`. */
export async function revokeKey(key: string, out: Output): Promise<number> {
  const answer = await api(local(), 'DELETE', `/api/v1/keys/${encodeURIComponent(key)}`);
  out.result(await answer.json(), `${key} is revoked.`);
  return exitCodes.ok;
}

/** `keys list`. */
export async function listKeys(out: Output): Promise<number> {
  const rows = await allRows(local(), '/api/v1/keys', row);
  const cells = rows.map((one) => [
    one.key,
    one.name,
    one.role,
    one.department ?? '',
    one.user ?? '',
    one.lastUsedAt ?? '',
    one.revokedAt ? 'revoked' : one.expiresAt ? `until ${one.expiresAt}` : 'in force',
  ]);
  out.result(rows, table(['key', 'name', 'role', 'department', 'user', 'last used', 'state'], cells));
  return exitCodes.ok;
}
