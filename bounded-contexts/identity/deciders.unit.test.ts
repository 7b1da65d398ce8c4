import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DaybookEvent } from '../../schemas/events/index.ts';
import type { Decider } from '../kernel/index.ts';
import { type DepartmentCommand, departmentDecider } from './department.ts';
import { type KeyCommand, keyDecider } from './key.ts';
import { type MembershipCommand, membershipDecider, membershipId } from './membership.ts';
import { hashKey } from './secret.ts';
import { type TenantCommand, tenantDecider } from './tenant.ts';
import { userDecider } from './user.ts';

/** `given(decider)(command, …)` has happened; `.when(command)` is what follows. */
function given<C, S, E extends DaybookEvent>(decider: Decider<C, S, E>, ...commands: NoInfer<C>[]) {
  let state = decider.initial();
  const when = (command: C): readonly E[] => {
    const events = decider.decide(command, state);
    for (const event of events) state = decider.evolve(state, event, 0);
    return events;
  };
  commands.forEach(when);
  return { when, state: () => state };
}

const rejected = expect.objectContaining({ code: 'command.rejected' });
const notFound = expect.objectContaining({ code: 'resource.not-found' });

describe('a tenant', () => {
  const create: TenantCommand = { kind: 'create', tenant: 'acme', name: 'Acme', region: 'eu' };
  const update = (changes: Extract<TenantCommand, { kind: 'update' }>['changes']): TenantCommand => ({
    kind: 'update',
    tenant: 'acme',
    changes,
  });

  test('is changed by what is new, and that alone is said', () => {
    expect(given(tenantDecider, create).when(update({ name: 'Acme', region: null }))).toEqual([
      { type: 'tenant.updated', data: { tenant: 'acme', region: null } },
    ]);
    expect(given(tenantDecider, create).when(update({ policies: { privacy: 'local-only' } }))).toEqual([
      { type: 'tenant.updated', data: { tenant: 'acme', policies: { privacy: 'local-only' } } },
    ]);
  });

  test('is suspended and resumed, keeping all else', () => {
    const acme = given(tenantDecider, create, update({ branding: { color: '#00ff00' } }));
    expect(acme.when({ kind: 'suspend', tenant: 'acme' })).toEqual([
      { type: 'tenant.suspended', data: { tenant: 'acme' } },
    ]);
    acme.when({ kind: 'resume', tenant: 'acme' });
    expect(acme.state()).toMatchObject({ status: 'active', branding: { color: '#00ff00' }, region: 'eu' });
  });

  test('of the same id is not made twice over, and `default` is never suspended', () => {
    expect(() => given(tenantDecider, create).when({ ...create, name: 'Other' })).toThrow(rejected);
    const own = given(tenantDecider, { kind: 'create', tenant: 'default', name: 'D' });
    expect(() => own.when({ kind: 'suspend', tenant: 'default' })).toThrow(rejected);
    expect(() => given(tenantDecider).when({ kind: 'suspend', tenant: 'acme' })).toThrow(notFound);
  });
});

describe('a department', () => {
  const create: DepartmentCommand = {
    kind: 'create',
    department: 'd_1',
    slug: 'legal',
    name: 'Legal',
    icon: null,
    description: null,
    settings: {},
  };

  test('is archived and restored with all that it was', () => {
    const legal = given(departmentDecider, create, { kind: 'archive', department: 'd_1' });
    expect(legal.state().status).toBe('archived');
    legal.when({ kind: 'restore', department: 'd_1' });
    expect(legal.state()).toMatchObject({ status: 'active', slug: 'legal', name: 'Legal' });
  });

  test('says what changed; an icon can be taken away', () => {
    const legal = given(departmentDecider, { ...create, icon: 'scale' });
    const changes = { name: 'Legal', icon: null };
    expect(legal.when({ kind: 'update', department: 'd_1', changes })).toEqual([
      { type: 'department.updated', data: { department: 'd_1', icon: null } },
    ]);
    expect(legal.state()).toMatchObject({ icon: null, name: 'Legal' });
  });
});

describe('a membership', () => {
  const grant = (role: Extract<MembershipCommand, { kind: 'grant' }>['role'], department: string | null) =>
    ({ kind: 'grant', user: 'u_1', department, role }) as const;

  test('granted with another role replaces the one before', () => {
    const one = given(membershipDecider, grant('member', 'd_1'));
    expect(one.when(grant('department-lead', 'd_1'))).toHaveLength(1);
    expect(one.state().role).toBe('department-lead');
    one.when({ kind: 'revoke', user: 'u_1', department: 'd_1' });
    expect(one.state().role).toBe(null);
  });

  test('is of a department or of the whole tenant, as its role is', () => {
    expect(() => given(membershipDecider).when(grant('tenant-admin', 'd_1'))).toThrow(rejected);
    expect(() => given(membershipDecider).when(grant('department-lead', null))).toThrow(rejected);
    expect(given(membershipDecider).when(grant('auditor', null))).toHaveLength(1);
  });

  test('that never was cannot be revoked; ids of pairs are tokens of their own', () => {
    const revoke = { kind: 'revoke', user: 'u_1', department: null } as const;
    expect(() => given(membershipDecider).when(revoke)).toThrow(notFound);
    expect(membershipId({ user: 'u_1', department: null })).toBe('u_1_-');
  });
});

describe('a key', () => {
  const issue: KeyCommand = {
    kind: 'issue',
    key: 'k_1',
    name: 'CI',
    hash: hashKey('s'),
    role: 'service',
    scopes: [],
    models: ['openai/*'],
    tiers: [],
    department: null,
    user: null,
    expiresAt: null,
  };
  const rotate: KeyCommand = {
    kind: 'rotate',
    key: 'k_1',
    hash: hashKey('t'),
    previousUntil: '2026-11-20T12:00:00.000Z',
  };

  test('is issued with its hash, and without itself', () => {
    const { kind: _, ...data } = issue;
    expect(given(keyDecider).when(issue)).toEqual([{ type: 'key.issued', data }]);
  });

  test('rotated has two secrets until the overlap ends, and keeps all that it may', () => {
    const state = given(keyDecider, issue, rotate).state();
    expect(state).toMatchObject({
      issued: { hash: hashKey('t'), models: ['openai/*'] },
      previous: { hash: hashKey('s'), until: Date.parse('2026-11-20T12:00:00Z') },
    });
  });

  test('revoked has no secret before this one, and is not rotated any more', () => {
    const gone = given(keyDecider, issue, rotate, { kind: 'revoke', key: 'k_1' });
    expect(gone.state()).toMatchObject({ status: 'revoked', previous: null });
    expect(() => gone.when({ ...rotate, hash: hashKey('u') })).toThrow(rejected);
  });

  test('keeps its id for ever, and one that was never issued is not found', () => {
    expect(() => given(keyDecider, issue).when({ ...issue, hash: hashKey('other') })).toThrow(rejected);
    expect(() => given(keyDecider).when({ kind: 'revoke', key: 'k_1' })).toThrow(notFound);
  });
});

describe('repeating any command at once yields nothing new', () => {
  const repeated = <C, S, E extends DaybookEvent>(
    decider: Decider<C, S, E>,
    command: fc.Arbitrary<NoInfer<C>>,
  ) =>
    fc.assert(
      fc.property(fc.array(command, { maxLength: 12 }), (commands) => {
        let state = decider.initial();
        for (const one of commands) {
          let events: readonly E[];
          try {
            events = decider.decide(one, state);
          } catch {
            continue;
          }
          for (const event of events) state = decider.evolve(state, event, 0);
          expect(decider.decide(one, state)).toEqual([]);
        }
      }),
    );
  const name = fc.constantFrom('A', 'B');

  test('of tenants', () => {
    const changes = fc.record(
      { name, policies: fc.constantFrom({}, { cache: 'key' as const }) },
      { requiredKeys: [] },
    );
    repeated(
      tenantDecider,
      fc.oneof(
        fc.record({ kind: fc.constant('create' as const), tenant: fc.constant('t1'), name }),
        fc.record({ kind: fc.constant('update' as const), tenant: fc.constant('t1'), changes }),
        fc.record({
          kind: fc.constantFrom('suspend' as const, 'resume' as const),
          tenant: fc.constant('t1'),
        }),
      ),
    );
  });

  test('of departments', () => {
    const department = fc.constant('d_1');
    const icon = fc.constantFrom(null, 'x');
    const fields = { name, icon, description: fc.constant(null), settings: fc.constant({}) };
    repeated(
      departmentDecider,
      fc.oneof(
        fc.record({ kind: fc.constant('create' as const), department, slug: fc.constant('s'), ...fields }),
        fc.record({
          kind: fc.constant('update' as const),
          department,
          changes: fc.record(fields, { requiredKeys: [] }),
        }),
        fc.record({ kind: fc.constantFrom('archive' as const, 'restore' as const), department }),
      ),
    );
  });

  test('of users', () => {
    const user = fc.constant('u_1');
    const profile = fc.constantFrom('p1', 'p2');
    repeated(
      userDecider,
      fc.oneof(
        fc.record({ kind: fc.constant('register' as const), user, profile }),
        fc.record({ kind: fc.constant('update' as const), user, profile }),
        fc.record({ kind: fc.constantFrom('disable' as const, 'enable' as const), user }),
      ),
    );
  });

  test('of memberships', () => {
    const user = fc.constant('u_1');
    const department = fc.constantFrom(null, 'd_1');
    const role = fc.constantFrom('tenant-admin' as const, 'department-lead' as const, 'member' as const);
    repeated(
      membershipDecider,
      fc.oneof(
        fc.record({ kind: fc.constant('grant' as const), user, department, role }),
        fc.record({ kind: fc.constant('revoke' as const), user, department }),
      ),
    );
  });
});
