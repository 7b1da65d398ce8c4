import { z } from 'zod';
import { memberRole } from '../roles.ts';

/** Signatures that a public key verifies; a shared secret (HS…) is never accepted, nor `none`. */
export const tokenAlgorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
] as const;

/** A claim by its name, or by a path of names such as `realm_access.roles`. */
const claim = z.string().min(1).max(200);
const tenantId = z.string().regex(/^[a-z0-9_-]{1,40}$/, 'the id of a tenant');

/** An OpenID Connect issuer whose tokens are accepted, and what its claims mean. */
const issuer = z.strictObject({
  /** Exactly as it stands in its tokens; its keys are found by discovery below it. */
  issuer: z.url({ protocol: /^https?$/, error: 'a URL such as https://id.example.com/realms/acme' }),
  /** One of them must be among the token's audiences. */
  audience: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]),
  algorithms: z.array(z.enum(tokenAlgorithms)).min(1).default(['RS256', 'ES256', 'EdDSA']),
  /** How far its clock may be from ours. */
  clockSkewSeconds: z.number().int().min(0).max(300).default(30),
  /** The tenant of all its users … */
  tenant: tenantId.optional(),
  /** … or the claim that says it, and which tenant each of its values means. Other values are refused. */
  tenantClaim: claim.optional(),
  tenants: z.record(z.string(), tenantId).optional(),
  /** The claim that names the user; what it says is made opaque before it is kept. */
  userClaim: claim.default('sub'),
  /** Put before the name of each user: two issuers of one tenant may not name different people alike. */
  userPrefix: z.string().max(40).default(''),
  nameClaim: claim.default('name'),
  emailClaim: claim.default('email'),
  rolesClaim: claim.default('roles'),
  /** Which role each value of `rolesClaim` gives; others give none. */
  roles: z.record(z.string(), memberRole).default({}),
  departmentsClaim: claim.default('groups'),
  /** The department that each value of `departmentsClaim` means; others mean none. */
  departments: z.record(z.string(), z.string().min(1).max(80)).default({}),
  /** The role of a user to whom no value gives one; null refuses them. */
  defaultRole: memberRole.nullable().default('member'),
});

export const identitySchema = z.strictObject({
  issuers: z.array(issuer).max(64).default([]),
  /** How long a person who gave their password stays signed in. */
  signInHours: z.number().positive().max(720).default(12),
});

export type IdentityConfig = z.infer<typeof identitySchema>;
export type IssuerConfig = IdentityConfig['issuers'][number];

/** What no single field of `identity` shows. */
export function identityContradictions({ issuers }: IdentityConfig): string[] {
  const problems: string[] = [];
  const named = new Map<string, number>();
  const people = new Map<string, number>();
  issuers.forEach((one, index) => {
    const at = `identity.issuers[${index}]`;
    if ((one.tenant === undefined) === (one.tenantClaim === undefined))
      problems.push(`${at}: wants either tenant, or tenantClaim with tenants`);
    if ((one.tenantClaim === undefined) !== (one.tenants === undefined))
      problems.push(`${at}.tenants: wants to stand beside tenantClaim, and only there`);
    if (named.has(one.issuer)) problems.push(`${at}.issuer: ${JSON.stringify(one.issuer)} is defined twice`);
    named.set(one.issuer, index);
    for (const tenant of new Set([one.tenant ?? [], Object.values(one.tenants ?? {})].flat())) {
      const other = people.get(`${tenant} ${one.userPrefix}`);
      if (other !== undefined)
        problems.push(
          `${at}.userPrefix: wants to differ from that of issuers[${other}], since both name users of ${tenant}`,
        );
      people.set(`${tenant} ${one.userPrefix}`, index);
    }
  });
  return problems;
}
