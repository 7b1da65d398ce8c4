import { type Permission, permissions, type Role } from '../../schemas/roles.ts';

/**
 * How far a permission goes: `self`: what one did and owns oneself; `departments`: one's departments; `tenant`: all
 * of it; `platform`: the installation.
 */
export type Reach = 'self' | 'departments' | 'tenant' | 'platform';

export const reaches: readonly Reach[] = ['self', 'departments', 'tenant', 'platform'];

interface Row {
  readonly means: string;
  readonly roles: Readonly<Partial<Record<Role, Reach>>>;
}

const admins = { 'platform-admin': 'tenant', 'tenant-admin': 'tenant' } as const;
const audited = { ...admins, auditor: 'tenant' } as const;
const everyone = {
  ...audited,
  'department-lead': 'tenant',
  reviewer: 'tenant',
  member: 'tenant',
} as const;

/** Who may do what, and how far. The one table: routes name a permission, and nothing else decides. */
export const permissionTable: Readonly<Record<Permission, Row>> = {
  'me.read': { means: 'see who one is', roles: { ...everyone, service: 'tenant' } },
  'me.password': { means: 'change the password by which one signs in', roles: everyone },
  'models.read': { means: 'list the models', roles: { ...everyone, service: 'tenant' } },
  'models.call': {
    means: 'call models, and read again what one was answered',
    roles: {
      ...admins,
      'department-lead': 'departments',
      reviewer: 'departments',
      member: 'self',
      service: 'tenant',
    },
  },
  'invocations.read': {
    means: 'see calls and why they went where they went',
    roles: { ...audited, 'department-lead': 'departments', member: 'self' },
  },
  'costs.read': {
    means: 'see what was spent',
    roles: { ...audited, 'department-lead': 'departments', member: 'self' },
  },
  'contents.read': {
    means: 'read prompts, answers and profiles, of what one may see',
    roles: { ...admins, 'department-lead': 'departments', member: 'self' },
  },
  'budgets.read': {
    means: 'see budgets and how they stand',
    roles: { ...audited, 'department-lead': 'departments' },
  },
  'budgets.manage': { means: 'set, remove and reset budgets', roles: admins },
  'events.read': { means: 'read and follow the events', roles: audited },
  'workflows.read': { means: 'list versions of workflows', roles: everyone },
  'workflows.open': {
    means: 'read the definitions of workflows',
    roles: { ...admins, 'department-lead': 'tenant', reviewer: 'tenant', member: 'tenant' },
  },
  'workflows.publish': { means: 'publish versions of workflows', roles: admins },
  'messages.read': { means: "read agents' messages", roles: admins },
  'messages.send': { means: 'send messages to agents', roles: admins },
  'routing.read': { means: 'see circuits and providers', roles: audited },
  // How far behind they are counts what all tenants do.
  'projections.read': {
    means: 'see the read models, and for the platform how far they are',
    roles: { ...audited, 'platform-admin': 'platform' },
  },
  'projections.rebuild': { means: 'rebuild read models', roles: { 'platform-admin': 'platform' } },
  'departments.read': {
    means: 'see departments',
    roles: {
      ...audited,
      'department-lead': 'departments',
      reviewer: 'departments',
      member: 'departments',
    },
  },
  'knowledge.read': {
    means: 'see and read a department’s documents',
    roles: {
      ...admins,
      'department-lead': 'departments',
      reviewer: 'departments',
      member: 'departments',
      service: 'tenant',
    },
  },
  'knowledge.write': {
    means: 'upload, replace, index anew and delete a department’s documents',
    roles: { ...admins, 'department-lead': 'departments', service: 'tenant' },
  },
  'knowledge.ask': {
    means: 'ask questions of a department’s knowledge, and read again what one was answered',
    roles: {
      ...admins,
      'department-lead': 'departments',
      reviewer: 'departments',
      member: 'departments',
      service: 'tenant',
    },
  },
  'reviews.read': {
    means: 'see what waits for a person’s decision, and what was decided',
    roles: { ...admins, 'department-lead': 'departments', reviewer: 'departments' },
  },
  'reviews.resolve': {
    means: 'approve, correct and reject what waits for a person’s decision',
    roles: { ...admins, 'department-lead': 'departments', reviewer: 'departments' },
  },
  'departments.manage': { means: 'make, change, archive and restore departments', roles: admins },
  'users.read': { means: 'see people; their profiles need contents.read', roles: audited },
  'users.manage': { means: 'register, change, disable and enable people', roles: admins },
  'members.read': {
    means: 'see who has which role',
    roles: { ...audited, 'department-lead': 'departments' },
  },
  'members.manage': {
    means: 'grant and revoke roles, none above one’s own',
    roles: { ...admins, 'department-lead': 'departments' },
  },
  'keys.read': {
    means: 'list keys, never their secrets',
    roles: { ...audited, 'department-lead': 'departments' },
  },
  'keys.manage': {
    means: 'issue, rotate and revoke keys that may no more than one’s own',
    roles: { ...admins, 'department-lead': 'departments' },
  },
  'data.erase': { means: 'erase a person', roles: admins },
  'audit.read': { means: 'see who did what, and take it along', roles: audited },
  'retention.read': { means: 'see how long what is kept', roles: audited },
  'retention.manage': { means: 'set how long what is kept', roles: admins },
  'data.export': { means: 'take along all that the tenant or a person has, in the clear', roles: admins },
  // What is sealed counts what all tenants do.
  'notary.read': {
    means: 'see the keys that seal the log, and the last checkpoint',
    roles: { 'platform-admin': 'platform' },
  },
  'tenants.manage': {
    means: 'make, change, suspend and resume tenants',
    roles: { 'platform-admin': 'platform' },
  },
};

/** What a role has, less what is not among the scopes; no scopes leave all of it. */
export function permissionsOf(
  role: Role,
  scopes: readonly string[] = [],
  inDepartment = false,
): ReadonlyMap<Permission, Reach> {
  const granted = new Map<Permission, Reach>();
  for (const name of permissions) {
    const reach = permissionTable[name].roles[role];
    if (reach === undefined || (scopes.length > 0 && !scopes.includes(name))) continue;
    // A service of one department calls for that one only.
    granted.set(name, role === 'service' && inDepartment ? 'departments' : reach);
  }
  return granted;
}

/** Whether all of `asked` is within `held`. */
export const covers = (
  held: ReadonlyMap<Permission, Reach>,
  asked: ReadonlyMap<Permission, Reach>,
): boolean =>
  [...asked].every(([name, reach]) => {
    const own = held.get(name);
    return own !== undefined && reaches.indexOf(own) >= reaches.indexOf(reach);
  });
