import { expect, test } from 'vitest';
import type { Vault } from '../../bounded-contexts/kernel/index.ts';
import { chatRequest } from '../../schemas/http/chat.ts';
import { attributionOf } from './attribution.ts';

/** Says what it was asked to make opaque. */
const vault: Pick<Vault, 'opaqueId'> = {
  opaqueId: async (_tenant: string, kind: string, raw: string) => `${kind}:${raw}`,
};
const principal = { tenant: 't', key: 'k_1', role: 'service' } as const;
const of = (headers: Record<string, string>, body: object = {}) =>
  attributionOf(
    vault,
    principal,
    headers,
    chatRequest.parse({ model: 'm', messages: [{ role: 'user' }], ...body }),
  );

test('the header wins over safety_identifier, and that over user; what is not said is not there', async () => {
  const body = { user: 'a', safety_identifier: 'b' };
  expect(await of({ 'daybook-user': 'c' }, body)).toEqual({ key: 'k_1', user: 'user:c' });
  expect(await of({}, body)).toEqual({ key: 'k_1', user: 'user:b' });
  expect(await of({}, { user: 'a' })).toEqual({ key: 'k_1', user: 'user:a' });
  expect(await of({})).toEqual({ key: 'k_1' });
});

test('a name is the same in a header, in UTF-8 or in Latin-1, and in the body', async () => {
  const wanted = await of({}, { user: 'João' });
  expect(await of({ 'daybook-user': Buffer.from('João').toString('latin1') })).toEqual(wanted);
  expect(await of({ 'daybook-user': 'João' })).toEqual(wanted);
});

test('an id of more than 512 characters is refused by the name of its header', async () => {
  await expect(of({ 'daybook-run': 'x'.repeat(513) })).rejects.toMatchObject({
    code: 'request.invalid',
    fields: { param: 'daybook-run' },
  });
});
