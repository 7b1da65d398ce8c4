import type { CommittedEvent } from '../../bounded-contexts/kernel/index.ts';
import type { History } from './history.ts';

export const keyUse = (h: History): CommittedEvent => ({
  type: 'key.used',
  data: { key: `key_${h.below(3)}`, at: new Date(h.now()).toISOString() },
});

/** A tenant, a department, a person and a role, each with all that can happen to it. */
export async function appendIdentity(
  append: (family: string, id: string, event: CommittedEvent) => Promise<unknown>,
  h: History,
  tenant: string,
): Promise<void> {
  const department = `d_${h.below(1_000_000)}`;
  const user = `u_${h.below(1_000_000)}`;
  const policies = { cache: 'key' } as const;
  const fields = { name: 'A "name"', icon: null, description: 'What \\ it does', settings: {} };
  const ofTenant: CommittedEvent[] = [
    { type: 'tenant.created', data: { tenant, name: tenant, region: 'eu' } },
    { type: 'tenant.updated', data: { tenant, policies, region: null, branding: { color: '#102030' } } },
    { type: 'tenant.suspended', data: { tenant } },
    { type: 'tenant.resumed', data: { tenant } },
  ];
  const ofDepartment: CommittedEvent[] = [
    { type: 'department.created', data: { department, slug: 'legal', ...fields } },
    { type: 'department.updated', data: { department, settings: { privacy: 'local-only' }, icon: 'x' } },
    { type: 'department.archived', data: { department } },
    { type: 'department.restored', data: { department } },
  ];
  const ofUser: CommittedEvent[] = [
    { type: 'user.registered', data: { user, profile: h.id() } },
    { type: 'user.updated', data: { user, profile: h.id() } },
    { type: 'user.disabled', data: { user } },
    { type: 'user.enabled', data: { user } },
  ];
  const ofMembership: CommittedEvent[] = [
    { type: 'membership.granted', data: { user, department, role: 'member' } },
    { type: 'membership.revoked', data: { user, department } },
    { type: 'membership.granted', data: { user, department, role: 'department-lead' } },
  ];
  for (const event of ofTenant) await append('tenant', tenant, event);
  for (const event of ofDepartment) await append('department', department, event);
  for (const event of ofUser) await append('user', user, event);
  for (const event of ofMembership) await append('membership', `${user}_${department}`, event);
}
