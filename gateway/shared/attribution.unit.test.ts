import { expect, test } from 'vitest';
import type { Vault } from '../../bounded-contexts/kernel/index.ts';
import { attributionOf } from './attribution.ts';

/** Says what it was asked to make opaque. */
const vault: Pick<Vault, 'opaqueId'> = {
  opaqueId: async (_tenant: string, kind: string, raw: string) => `${kind}:${raw}`,
};
const principal = { tenant: 't', key: 'k_1', role: 'service' } as const;
const of = (headers: Record<string, string>, user?: string) => attributionOf(vault, principal, headers, user);

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
