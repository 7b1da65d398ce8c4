import { z } from 'zod';
import { idString, plainText, tier } from '../primitives.ts';
import { ratesOverride } from '../rates.ts';
import { memberRole, role } from '../roles.ts';

const tenantId = z.string().regex(/^(t_[A-Za-z0-9_-]{1,70}|[a-z0-9-]{2,40})$/);

export const branding = z.object({
  displayName: plainText(120).optional(),
  logoUrl: z
    .url({ protocol: /^https$/ })
    .max(500)
    .optional(),
  color: z
    .string()
    .regex(/^#[0-9a-fA-F]{6}$/)
    .optional(),
});

export const tenantPolicies = z.object({
  /** All calls go to local models only. */
  privacy: z.literal('local-only').optional(),
  /** Who shares cached answers: all keys of the tenant (the default), or each key its own. */
  cache: z.enum(['key', 'tenant']).optional(),
  /** How often its callers may come, in place of what the configuration says. */
  rates: ratesOverride.optional(),
});

export const departmentSettings = z.object({
  /** Calls of the department go to local models only. */
  privacy: z.literal('local-only').optional(),
});

/** Names of departments may be on the log: they are no personal data. */
const departmentFields = {
  name: plainText(120),
  icon: plainText(40).nullable(),
  description: plainText(1_000).nullable(),
  settings: departmentSettings,
};

/** Whose the key is and what it may at most; empty lists leave all that its role has. */
const keyLimits = {
  /** Names of permissions. */
  scopes: z.array(z.string().max(60)).max(100),
  /** Models, `*` standing for any characters. */
  models: z.array(z.string().max(250)).max(100),
  tiers: z.array(tier).max(4),
  department: idString.nullable(),
  user: idString.nullable(),
  expiresAt: z.iso.datetime().nullable(),
};

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** One aggregate a tenant, department, user, key, and pair of user and department. */
export const identityEvents = {
  'tenant.created': {
    v: 1,
    schema: z.object({ tenant: tenantId, name: plainText(120), region: plainText(60).optional() }),
  },
  /** What it names is new; the rest stays. */
  'tenant.updated': {
    v: 1,
    schema: z.object({
      tenant: tenantId,
      name: plainText(120).optional(),
      region: plainText(60).nullable().optional(),
      branding: branding.optional(),
      policies: tenantPolicies.optional(),
    }),
  },
  'tenant.suspended': { v: 1, schema: z.object({ tenant: tenantId }) },
  'tenant.resumed': { v: 1, schema: z.object({ tenant: tenantId }) },

  'department.created': {
    v: 1,
    schema: z.object({ department: idString, slug: plainText(512), ...departmentFields }),
  },
  'department.updated': {
    v: 1,
    schema: z.object({ department: idString, ...z.object(departmentFields).partial().shape }),
  },
  'department.archived': { v: 1, schema: z.object({ department: idString }) },
  'department.restored': { v: 1, schema: z.object({ department: idString }) },

  /** `profile` is the id of a content under the user's own key; no personal field is in any event. */
  'user.registered': { v: 1, schema: z.object({ user: idString, profile: idString.optional() }) },
  'user.updated': { v: 1, schema: z.object({ user: idString, profile: idString }) },
  'user.disabled': { v: 1, schema: z.object({ user: idString }) },
  'user.enabled': { v: 1, schema: z.object({ user: idString }) },

  /** `department` null: the whole tenant. Granting another role replaces the one before. */
  'membership.granted': {
    v: 1,
    schema: z.object({ user: idString, department: idString.nullable(), role: memberRole }),
  },
  'membership.revoked': { v: 1, schema: z.object({ user: idString, department: idString.nullable() }) },

  /** The key itself is never stored, only its SHA-256. */
  'key.issued': {
    v: 2,
    schema: z.object({
      key: idString,
      name: z.string().max(120),
      hash: sha256,
      role,
      ...keyLimits,
      /** Its calls go to local models only. */
      private: z.boolean().optional(),
      /** Identical requests of it may be answered from the cache of answers. */
      cache: z.boolean().optional(),
    }),
  },
  /** The secret before this one stays in force until then. */
  'key.rotated': { v: 1, schema: z.object({ key: idString, hash: sha256, previousUntil: z.iso.datetime() }) },
  'key.revoked': { v: 1, schema: z.object({ key: idString }) },
  /** Family `signin.<id>`: one stay of a person who gave their password; the hash is that of the cookie's secret. */
  'sign-in.accepted': {
    v: 1,
    schema: z.object({ signIn: idString, user: idString, hash: sha256, expiresAt: z.iso.datetime() }),
  },
  'sign-in.ended': { v: 1, schema: z.object({ signIn: idString }) },
  /** A fact of the family `signin-refusals`: `user` where the name that was given is somebody's. */
  'sign-in.refused': { v: 1, schema: z.object({ user: idString.optional() }) },
  /** The password itself, and its hash, are never on the log. */
  'user.password.set': { v: 1, schema: z.object({ user: idString }) },
  'user.password.removed': { v: 1, schema: z.object({ user: idString }) },
  /** A fact of the family `key-uses`: a gateway says it at most once an hour and key. */
  'key.used': { v: 1, schema: z.object({ key: idString, at: z.iso.datetime() }) },
} as const;
