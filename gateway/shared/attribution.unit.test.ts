import { expect, test } from 'vitest';
import { principalFrom } from '../../bounded-contexts/identity/index.ts';
import type { Vault } from '../../bounded-contexts/kernel/index.ts';
import { attributionOf } from './attribution.ts';

/** Says what it was asked to make opaque. */
const vault: Pick<Vault, 'opaqueId'> = {
  opaqueId: async (_tenant: string, kind: string, raw: string) => `${kind}:${raw}`,
};
const service = { tenant: 't', key: 'k_1', role: 'service' } as const;
const of = (
  headers: Record<string, string>,
  user?: string,
  principal: Parameters<typeof principalFrom>[0] = service,
) => attributionOf(vault, principalFrom(principal), headers, user);
const forbidden = (param: string) => ({ code: 'auth.forbidden', fields: { param } });

test('the header wins over the body; what is not said is not there', async () => {
  expect(await of({ 'daybook-user': 'c' }, 'a')).toEqual({ key: 'k_1', user: 'user:c' });
  expect(await of({}, 'a')).toEqual({ key: 'k_1', user: 'user:a' });
  expect(await of({})).toEqual({ key: 'k_1' });
});

test('a name is the same in a header, in UTF-8 or in Latin-1, and in the body', async () => {
  const wanted = await of({}, 'João');
  expect(await of({ 'daybook-user': Buffer.from('João').toString('latin1') })).toEqual(wanted);
  expect(await of({ 'daybook-user': 'João' })).toEqual(wanted);
});

test('an id of more than 512 characters is refused by the name of its header', async () => {
  await expect(of({ 'daybook-run': 'x'.repeat(513) })).rejects.toMatchObject({
    code: 'request.invalid',
    fields: { param: 'daybook-run' },
  });
});

test('a key of a person or a department speaks for these alone, named or not', async () => {
  const own = { ...service, user: 'user:ana', department: 'department:legal' };
  const wanted = { key: 'k_1', user: 'user:ana', department: 'department:legal' };
  expect(await of({}, undefined, own)).toEqual(wanted);
  expect(await of({ 'daybook-department': 'legal' }, 'ana', own)).toEqual(wanted);
  await expect(of({}, 'bob', own)).rejects.toMatchObject(forbidden('daybook-user'));
  await expect(of({ 'daybook-user': 'bob' }, 'ana', own)).rejects.toMatchObject(forbidden('daybook-user'));
  const other = of({ 'daybook-department': 'sales' }, undefined, own);
  await expect(other).rejects.toMatchObject(forbidden('daybook-department'));
});

test('whoever has a role in some departments calls for one of them; in one, for that one', async () => {
  const lead = {
    ...service,
    role: 'department-lead' as const,
    departments: ['department:a', 'department:b'],
  };
  expect(await of({ 'daybook-department': 'b' }, undefined, lead)).toMatchObject({
    department: 'department:b',
  });
  expect(await of({}, undefined, lead)).toEqual({ key: 'k_1' });
  expect(await of({}, undefined, { ...lead, departments: ['department:a'] })).toMatchObject({
    department: 'department:a',
  });
  const other = of({ 'daybook-department': 'c' }, undefined, lead);
  await expect(other).rejects.toMatchObject(forbidden('daybook-department'));
});
