import { z } from 'zod';

/** Who someone is to a tenant, the mightiest first; what each may do is in `bounded-contexts/identity/permissions.ts`. */
export const roles = [
  'platform-admin',
  'tenant-admin',
  'department-lead',
  'reviewer',
  'member',
  'auditor',
  'service',
] as const;
export const role = z.enum(roles);
export type Role = (typeof roles)[number];

/** Roles that a person may have, by membership or by the word of an issuer; `service` is a key's alone. */
export const memberRole = role.exclude(['service']);
export type MemberRole = z.infer<typeof memberRole>;

/** What may be done, each named by the routes that do it. */
export const permissions = [
  'me.read',
  'me.password',
  'models.read',
  'models.call',
  'invocations.read',
  'costs.read',
  'contents.read',
  'budgets.read',
  'budgets.manage',
  'events.read',
  'workflows.read',
  'workflows.open',
  'workflows.publish',
  'messages.read',
  'messages.send',
  'knowledge.read',
  'knowledge.write',
  'knowledge.ask',
  'reviews.read',
  'reviews.resolve',
  'routing.read',
  'projections.read',
  'projections.rebuild',
  'departments.read',
  'departments.manage',
  'users.read',
  'users.manage',
  'members.read',
  'members.manage',
  'keys.read',
  'keys.manage',
  'data.erase',
  'audit.read',
  'retention.read',
  'retention.manage',
  'data.export',
  'notary.read',
  'tenants.manage',
] as const;
export const permission = z.enum(permissions);
export type Permission = (typeof permissions)[number];
