import { expect, test } from 'vitest';
import { permissions, roles } from '../../schemas/roles.ts';
import { objectionToGrant, objectionToKey } from './may-issue.ts';
import { covers, permissionsOf, permissionTable } from './permissions.ts';
import { principalFrom } from './principal.ts';

test('docs/reference/permissions.md says exactly what the table says', async () => {
  const rows = permissions.map((name) => {
    const { means, roles: having } = permissionTable[name];
    return `| \`${name}\` | ${means} | ${roles.map((role) => having[role] ?? '').join(' | ')} |`;
  });
  const page = [
    '# Permissions',
    '',
    'Who may do what. Every route of `/api/v1` and `/v1` names its permission in the OpenAPI document as `x-daybook-permission`;',
    'a key with scopes has those of them that its role has. How far a permission goes:',
    '',
    '- *platform*: the whole installation; *tenant*: all of one’s own tenant;',
    '- *departments*: the departments in which one has that role, or the one that the key is of;',
    '- *self*: what is one’s own, as the person that the key acts for.',
    '',
    `| permission | lets | ${roles.join(' | ')} |`,
    `| --- | --- |${' --- |'.repeat(roles.length)}`,
    ...rows,
    '',
  ].join('\n');
  await expect(page).toMatchFileSnapshot('../../docs/reference/permissions.md');
});

test('only a platform administrator has all; an auditor changes nothing and reads no content', () => {
  for (const role of roles) expect(covers(permissionsOf('platform-admin'), permissionsOf(role))).toBe(true);
  expect(covers(permissionsOf('tenant-admin'), permissionsOf('platform-admin'))).toBe(false);
  const audited = [...permissionsOf('auditor').keys()];
  // But for their own password.
  expect(audited.filter((name) => !name.endsWith('.read'))).toEqual(['me.password']);
  expect(audited).not.toContain('contents.read');
});

test('scopes leave of a role what they name, and add nothing', () => {
  expect([...permissionsOf('service', ['models.call', 'keys.manage'])]).toEqual([['models.call', 'tenant']]);
});

const admin = principalFrom({ tenant: 't', key: 'k_1', role: 'tenant-admin' });
const lead = principalFrom({ tenant: 't', key: 'k_2', role: 'department-lead', department: 'd_1' });
const limited = principalFrom({
  tenant: 't',
  key: 'k_3',
  role: 'tenant-admin',
  models: ['openai/*'],
  tiers: [0, 1],
  expiresAt: Date.parse('2026-12-01T00:00:00Z'),
  private: 'key',
});
const within = { name: 'x', role: 'service', models: ['openai/gpt-4o'], tiers: [1], private: true } as const;
const inTime = { ...within, expiresAt: '2026-11-30T00:00:00.000Z' };

test.each([
  ['a tenant-admin a service key', admin, { name: 'x', role: 'service' }, true],
  ['a tenant-admin a platform-admin key', admin, { name: 'x', role: 'platform-admin' }, false],
  ['a lead one of its department', lead, { name: 'x', role: 'service', department: 'd_1' }, true],
  ['a lead one of no department', lead, { name: 'x', role: 'service' }, false],
  ['a lead one of another department', lead, { name: 'x', role: 'service', department: 'd_2' }, false],
  [
    'a lead one that acts for another',
    lead,
    { name: 'x', role: 'member', department: 'd_1', user: 'u_1' },
    false,
  ],
  ['a lead a tenant-admin key', lead, { name: 'x', role: 'tenant-admin', department: 'd_1' }, false],
  ['a limited key one within its limits', limited, inTime, true],
  ['a limited key one without end', limited, within, false],
  ['a limited key one of any model', limited, { ...inTime, models: [] }, false],
  ['a limited key one of more models', limited, { ...inTime, models: ['*'] }, false],
  ['a limited key one of more tiers', limited, { ...inTime, tiers: [2] }, false],
  ['a limited key one that is not private', limited, { ...inTime, private: false }, false],
] as const)('%s: allowed %#', (_what, issuer, wanted, allowed) => {
  const objection = objectionToKey(issuer, {
    ...wanted,
    models: [...('models' in wanted ? wanted.models : [])],
    tiers: [...('tiers' in wanted ? wanted.tiers : [])],
  });
  expect(objection === undefined).toBe(allowed);
});

test('nobody grants more than they have, nor where they have nothing', () => {
  expect(objectionToGrant(admin, { role: 'tenant-admin', department: null })).toBeUndefined();
  expect(objectionToGrant(admin, { role: 'platform-admin', department: null })).toMatch(/more than you/);
  expect(objectionToGrant(lead, { role: 'reviewer', department: 'd_1' })).toBeUndefined();
  expect(objectionToGrant(lead, { role: 'reviewer', department: 'd_2' })).toMatch(/departments of yours/);
  expect(objectionToGrant(lead, { role: 'member', department: null })).toMatch(/departments of yours/);
  expect(objectionToGrant(lead, { role: 'auditor', department: null })).toMatch(/more than you/);
});
