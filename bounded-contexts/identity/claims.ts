import type { IssuerConfig } from '../../schemas/config/identity.ts';
import { DaybookError } from '../../schemas/errors.ts';
import type { MemberRole } from '../../schemas/roles.ts';

export interface HeldRole {
  readonly role: MemberRole;
  /** By its name; null: in the whole tenant. */
  readonly department: string | null;
}

/** Who somebody is by the word of an issuer whose token was verified. */
export interface ExternalIdentity {
  readonly tenant: string;
  /** As the issuer names the user: made opaque by the vault before it is kept. */
  readonly subject: string;
  readonly roles: readonly HeldRole[];
  readonly name: string | undefined;
  readonly email: string | undefined;
  /** Unix ms after which the token counts no more. */
  readonly expiresAt: number;
}

export type Claims = Readonly<Record<string, unknown>>;

/** A claim by its whole name (which may hold dots, as names that are URLs do), else by the path of names. */
export function claimOf(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  let value: unknown = claims;
  for (const part of name.split('.')) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, part)) return undefined;
    value = Reflect.get(value, part);
  }
  return value;
}

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/** A list as issuers write it: an array, or one string divided by blanks, as scopes are. */
function listOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return value.split(' ').filter(Boolean);
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

/** Of a map that the operator wrote, never of what every object has. */
const meaning = <Value>(map: Readonly<Record<string, Value>>, key: string): Value | undefined =>
  Object.hasOwn(map, key) ? map[key] : undefined;

/** Roles that are held in departments, where the user belongs to any. */
const departmental: ReadonlySet<MemberRole> = new Set(['department-lead', 'reviewer', 'member']);

const refused = (reason: string) => new DaybookError('auth.invalid-token', `The token ${reason}.`);

/**
 * What a token's claims mean in Daybook. `expiresAt` in Unix ms. Throws `auth.invalid-token` where they name no
 * user, a tenant that the issuer may not speak for, or nobody with a role.
 */
export function identityOf(claims: Claims, config: IssuerConfig, expiresAt: number): ExternalIdentity {
  const named = textOf(claimOf(claims, config.userClaim));
  if (named === undefined) throw refused(`names no user: its claim ${config.userClaim} is no text`);
  const subject = `${config.userPrefix}${named}`;
  if (subject.length > 512) throw refused('names its user by more than 512 characters');
  const departments = [
    ...new Set(
      listOf(claimOf(claims, config.departmentsClaim)).flatMap(
        (value) => meaning(config.departments, value) ?? [],
      ),
    ),
  ];
  const given = listOf(claimOf(claims, config.rolesClaim)).flatMap(
    (value) => meaning(config.roles, value) ?? [],
  );
  const held = given.length > 0 ? given : config.defaultRole === null ? [] : [config.defaultRole];
  if (held.length === 0) throw refused('gives no role in Daybook');
  return {
    tenant: tenantOf(claims, config),
    subject,
    roles: [...new Set(held)].flatMap((role): HeldRole[] =>
      departmental.has(role) && departments.length > 0
        ? departments.map((department) => ({ role, department }))
        : [{ role, department: null }],
    ),
    name: textOf(claimOf(claims, config.nameClaim)),
    email: textOf(claimOf(claims, config.emailClaim)),
    expiresAt,
  };
}

function tenantOf(claims: Claims, { tenant, tenantClaim, tenants }: IssuerConfig): string {
  if (tenant !== undefined) return tenant;
  const values = listOf(claimOf(claims, tenantClaim ?? ''));
  const [only, ...more] = new Set(values.flatMap((value) => meaning(tenants ?? {}, value) ?? []));
  if (only === undefined || more.length > 0) throw refused('names no tenant, or several');
  return only;
}
