import { z } from '@hono/zod-openapi';
import { branding, departmentSettings, tenantPolicies } from '../events/identity.ts';
import { plainText, tier } from '../primitives.ts';
import { memberRole, permission, role } from '../roles.ts';
import { afterParam, suppliedId } from './management.ts';

/** Bodies and parameters of tenants, departments, people, roles and keys. */

const strict = <Shape extends z.ZodRawShape>({ shape }: z.ZodObject<Shape>) => z.strictObject(shape);
const time = z.iso.datetime();
const position = z.string();

export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  cursor: z.string().max(400).optional(),
  after: afterParam,
});
export const afterQuery = z.object({ after: afterParam });

export const conditionHeaders = z.object({
  'if-match': z.string().max(100).optional().openapi({ description: 'Only while this is its ETag.' }),
});
export const creationHeaders = z.object({
  'idempotency-key': z
    .string()
    .min(1)
    .max(200)
    .optional()
    .openapi({ description: 'Repeating the same key changes nothing more.' }),
});

export const tenantId = z
  .string()
  .regex(/^(t_[A-Za-z0-9_-]{1,70}|[a-z0-9-]{2,40})$/, 'small letters, digits and "-", 2 to 40 of them');

export const tenantBody = z
  .strictObject({
    tenant: tenantId.optional().openapi({ description: 'Default: an opaque id.' }),
    name: plainText(120),
    region: plainText(60).optional(),
  })
  .openapi('TenantBody');

export const tenantPatch = z
  .strictObject({
    name: plainText(120).optional(),
    region: plainText(60).nullable().optional(),
    branding: strict(branding).optional(),
    policies: strict(tenantPolicies).optional(),
  })
  .openapi('TenantPatch');

export const tenant = z
  .object({
    tenant: z.string(),
    name: z.string(),
    region: z.string().nullable(),
    branding,
    policies: tenantPolicies,
    status: z.enum(['active', 'suspended']),
    position,
  })
  .openapi('Tenant');

export const departmentBody = z
  .strictObject({
    slug: plainText(200).openapi({ description: 'What callers name it by, as in `Daybook-Department`.' }),
    name: plainText(120).optional().openapi({ description: 'Default: the slug.' }),
    icon: plainText(40).nullable().default(null),
    description: plainText(1_000).nullable().default(null),
    settings: strict(departmentSettings).default({}),
  })
  .openapi('DepartmentBody');

export const departmentPatch = z
  .strictObject({
    name: plainText(120).optional(),
    icon: plainText(40).nullable().optional(),
    description: plainText(1_000).nullable().optional(),
    settings: strict(departmentSettings).optional(),
  })
  .openapi('DepartmentPatch');

export const department = z
  .object({
    department: z.string(),
    slug: z.string(),
    name: z.string(),
    icon: z.string().nullable(),
    description: z.string().nullable(),
    settings: departmentSettings,
    status: z.enum(['active', 'archived']),
    position,
  })
  .openapi('Department');

export const profileBody = z
  .strictObject({
    displayName: plainText(200).optional(),
    email: z.email().max(320).optional(),
  })
  .openapi('Profile');

export const userBody = z
  .strictObject({
    id: suppliedId.openapi({ description: 'What the identity provider, or you, call the person.' }),
    ...profileBody.shape,
  })
  .openapi('UserBody');

export const user = z
  .object({
    user: z.string(),
    id: z.string().openapi({ description: 'As it was given; the opaque id where the person was erased.' }),
    status: z.enum(['active', 'disabled']),
    position,
  })
  .openapi('User');

export const profile = z
  .union([z.object({ redacted: z.literal(true) }), profileBody])
  .nullable()
  .openapi({ description: 'Null where there is none, or where you may not read contents.' });

export const memberBody = z.strictObject({ role: memberRole }).openapi('MemberBody');

export const member = z
  .object({
    user: z.string(),
    department: z.string().openapi({ description: '`-` is the whole tenant.' }),
    role: memberRole,
    position,
  })
  .openapi('Member');

export const keyBody = z
  .strictObject({
    name: plainText(120),
    role: role.default('service'),
    scopes: z
      .array(permission)
      .max(100)
      .default([])
      .openapi({ description: 'Empty: all that its role has.' }),
    models: z
      .array(plainText(250))
      .max(100)
      .default([])
      .openapi({ description: 'Models that it may call, `*` standing for any characters. Empty: all.' }),
    tiers: z.array(tier).max(4).default([]).openapi({ description: 'Empty: all.' }),
    department: suppliedId.optional().openapi({ description: 'The one that its calls are attributed to.' }),
    user: suppliedId.optional().openapi({ description: 'The one person that it acts for.' }),
    expiresAt: time.optional(),
    private: z.boolean().default(false).openapi({ description: 'Its calls go to local models only.' }),
    cache: z
      .boolean()
      .default(false)
      .openapi({ description: 'Identical requests of it may be answered from the cache of answers.' }),
  })
  .openapi('KeyBody');

export const key = z
  .object({
    key: z.string(),
    name: z.string(),
    role,
    scopes: z.array(z.string()),
    models: z.array(z.string()),
    tiers: z.array(z.number()),
    department: z.string().nullable(),
    user: z.string().nullable(),
    private: z.boolean(),
    cache: z.boolean(),
    issuedAt: time,
    expiresAt: time.nullable(),
    rotatedAt: time.nullable(),
    previousUntil: time.nullable(),
    revokedAt: time.nullable(),
    lastUsedAt: time.nullable().openapi({ description: 'To the hour or so.' }),
    position,
  })
  .openapi('Key');

export const rotateBody = z
  .strictObject({
    overlapSeconds: z
      .number()
      .int()
      .min(0)
      .max(30 * 86_400)
      .default(86_400)
      .openapi({ description: 'How long the secret before stays in force.' }),
  })
  .openapi('RotateBody');

export const me = z
  .object({
    tenant: z.object({ tenant: z.string(), name: z.string(), branding, policies: tenantPolicies }),
    key: z.string(),
    source: z.enum(['key', 'token', 'sign-in']),
    role,
    user: z.string().nullable(),
    department: z.string().nullable(),
    departments: z.array(z.string()),
    permissions: z.record(z.string(), z.enum(['self', 'departments', 'tenant', 'platform'])),
    limits: z.object({
      models: z.array(z.string()),
      tiers: z.array(z.number()),
      private: z.boolean(),
      expiresAt: time.nullable(),
    }),
  })
  .openapi('Me');

export const signInBody = z
  .strictObject({
    tenant: z.string().min(1).max(80).default('default').openapi({
      description: 'Whose person it is; it decides whose password is looked at, and nothing else.',
    }),
    user: suppliedId.openapi({ description: 'As the tenant calls them: what `POST /users` was given.' }),
    password: z.string().min(1).max(1_024),
  })
  .openapi('SignInBody');

export const signInAnswer = z
  .object({ signIn: z.string(), tenant: z.string(), expiresAt: z.iso.datetime() })
  .openapi('SignIn');
