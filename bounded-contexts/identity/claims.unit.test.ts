import { describe, expect, test } from 'vitest';
import { type IssuerConfig, identitySchema } from '../../schemas/config/identity.ts';
import { claimOf, identityOf } from './claims.ts';

const configured = (more: object): IssuerConfig => {
  const base = { issuer: 'https://id.example.com', audience: 'daybook', tenant: 'acme' };
  const [issuer] = identitySchema.parse({ issuers: [{ ...base, ...more }] }).issuers;
  return issuer as IssuerConfig;
};
const of = (claims: object, more: object = {}) =>
  identityOf({ sub: 'ana', ...claims }, configured(more), 1_000);

describe('a claim is found', () => {
  test.each([
    ['by its name', { roles: ['a'] }, 'roles', ['a']],
    ['by a path', { realm_access: { roles: ['a'] } }, 'realm_access.roles', ['a']],
    ['by a name that has dots', { 'https://x.example/roles': 1 }, 'https://x.example/roles', 1],
    ['not where a part of the path is missing', { realm_access: 'x' }, 'realm_access.roles.more', undefined],
    ['not in what every object has', {}, 'constructor.name', undefined],
  ])('%s', (_name, claims, name, value) => {
    expect(claimOf(claims, name)).toEqual(value);
  });
});

describe('roles', () => {
  const roles = { 'daybook-admin': 'tenant-admin', 'daybook-lead': 'department-lead' };
  const departments = { '/legal': 'legal', '/hr': 'people' };

  test('are what the configuration says that values mean, and no others', () => {
    expect(of({ roles: ['daybook-admin', 'tenant-admin', 'root'] }, { roles }).roles).toEqual([
      { role: 'tenant-admin', department: null },
    ]);
  });

  test('of departments are held in each department that is claimed', () => {
    expect(
      of({ roles: ['daybook-lead'], groups: ['/legal', '/hr', '/other'] }, { roles, departments }).roles,
    ).toEqual([
      { role: 'department-lead', department: 'legal' },
      { role: 'department-lead', department: 'people' },
    ]);
  });

  test('of the tenant are held in no department', () => {
    expect(of({ roles: 'daybook-admin other', groups: ['/legal'] }, { roles, departments }).roles).toEqual([
      { role: 'tenant-admin', department: null },
    ]);
  });

  test('are the default one where no value gives any', () => {
    expect(of({}).roles).toEqual([{ role: 'member', department: null }]);
    expect(() => of({}, { defaultRole: null })).toThrow(
      expect.objectContaining({ code: 'auth.invalid-token' }),
    );
  });

  test('are never given by names that every object has', () => {
    expect(() => of({ roles: ['constructor', '__proto__'] }, { defaultRole: null })).toThrow(/no role/);
  });
});

describe('the tenant', () => {
  const more = { tenant: undefined, tenantClaim: 'org', tenants: { Acme: 'acme', Beta: 'beta' } };

  test('is the one that the configuration gives a claimed value', () => {
    expect(of({ org: 'Beta' }, more).tenant).toBe('beta');
  });

  test.each([
    ['a value that is not listed', { org: 'default' }],
    ['none', {}],
    ['two', { org: ['Acme', 'Beta'] }],
    ['what every object has', { org: 'toString' }],
  ])('is never guessed from %s', (_name, claims) => {
    expect(() => of(claims, more)).toThrow(expect.objectContaining({ code: 'auth.invalid-token' }));
  });
});

test.each([
  ['missing', { sub: undefined }],
  ['empty', { sub: '' }],
  ['no text', { sub: 7 }],
  ['endless', { sub: 'x'.repeat(600) }],
])('a user whose name is %s is refused', (_name, claims) => {
  expect(() => of(claims)).toThrow(expect.objectContaining({ code: 'auth.invalid-token' }));
});

test('users of several issuers are told apart by their prefix', () => {
  expect(of({}, { userPrefix: 'partner:' }).subject).toBe('partner:ana');
});
