import { generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TokenVerifier } from '../../bounded-contexts/identity/index.ts';
import { identitySchema } from '../../schemas/config/identity.ts';
import { type OidcIssuer, startOidcIssuer } from '../testing/oidc-issuer.ts';
import { tokenVerifier } from './index.ts';

let idp: OidcIssuer;
let now: number;
let verifier: TokenVerifier;

const verifierFor = (more: object = {}): TokenVerifier =>
  tokenVerifier({
    issuers: identitySchema.parse({
      issuers: [{ issuer: idp.issuer, audience: ['daybook', 'other'], tenant: 'acme', ...more }],
    }).issuers,
    clock: () => now,
    timeoutMs: 1_000,
  });

beforeEach(async () => {
  idp = await startOidcIssuer();
  now = Date.now();
  verifier = verifierFor();
});
afterEach(() => idp.close());

const invalid = (message: RegExp) =>
  expect.objectContaining({ code: 'auth.invalid-token', message: expect.stringMatching(message) });

test('a token of a configured issuer says who its user is, and is then known without any request', async () => {
  const token = await idp.token({ name: 'Ana', email: 'ana@example.com' });
  expect(verifier.accepts(token)).toBe(true);
  expect(verifier.remembered(token)).toBeUndefined();
  expect(await verifier.verify(token)).toMatchObject({ tenant: 'acme', subject: 'ana', name: 'Ana' });
  expect(idp.asked).toEqual(['/.well-known/openid-configuration', '/keys']);
  expect(verifier.remembered(token)).toMatchObject({ subject: 'ana' });
  await verifier.verify(await idp.token({ sub: 'ben' }));
  expect(idp.asked).toHaveLength(2);
});

test('what was verified is believed for a minute, and never longer than the token counts', async () => {
  const long = await idp.token();
  const short = await idp.token({}, { expiresIn: 20 });
  await verifier.verify(long);
  await verifier.verify(short);
  now += 49_000;
  expect(verifier.remembered(short)).toBeDefined();
  now += 2_000;
  expect(verifier.remembered(short)).toBeUndefined();
  expect(verifier.remembered(long)).toBeDefined();
  now += 10_000;
  expect(verifier.remembered(long)).toBeUndefined();
});

describe('refuses', () => {
  test.each([
    ['an expired token', {}, { expiresIn: -31 }, /expired/],
    ['one that counts later', {}, { notBefore: 60 }, /nbf/],
    ['one for somebody else', {}, { audience: 'another' }, /aud/],
    ['one of an unknown issuer', { iss: 'https://elsewhere.example' }, {}, /no issuer/],
  ])('%s', async (_name, claims, options, message) => {
    await expect(verifier.verify(await idp.token(claims, options))).rejects.toEqual(invalid(message));
  });

  test('a signature by a key that is not the issuer’s', async () => {
    const { privateKey } = await generateKeyPair('RS256');
    const forged = await new SignJWT({ sub: 'ana' })
      .setProtectedHeader({ alg: 'RS256', kid: 'key-1' })
      .setIssuer(idp.issuer)
      .setAudience('daybook')
      .setExpirationTime('5m')
      .sign(privateKey);
    await expect(verifier.verify(forged)).rejects.toEqual(invalid(/signature/));
  });

  test('no signature at all, and one by a shared secret', async () => {
    const claims = { sub: 'ana', iss: idp.issuer, aud: 'daybook', exp: Math.floor(now / 1000) + 60 };
    await expect(verifier.verify(new UnsecuredJWT(claims).encode())).rejects.toEqual(
      invalid(/algorithm|signature/),
    );
    const shared = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', kid: 'key-1' })
      .sign(new TextEncoder().encode('a secret of at least thirty-two bytes'));
    await expect(verifier.verify(shared)).rejects.toEqual(invalid(/algorithm/));
  });

  test('an algorithm that is not pinned, though the issuer’s key is of it', async () => {
    const strict = verifierFor({ algorithms: ['ES256'] });
    await expect(strict.verify(await idp.token())).rejects.toEqual(invalid(/algorithm/));
  });

  test('claims that were changed after they were signed', async () => {
    const [header, , signature] = (await idp.token()).split('.');
    const claims = { sub: 'root', iss: idp.issuer, aud: 'daybook', exp: Math.floor(now / 1000) + 60 };
    const body = Buffer.from(JSON.stringify(claims)).toString('base64url');
    await expect(verifier.verify(`${header}.${body}.${signature}`)).rejects.toEqual(invalid(/signature/));
  });
});

test.each([['dbk_0123456789ABCDEFGHJKMNPQRSTVWXYZ'], ['eyJ.x'], ['a.b.c'], [`eyJ${'x'.repeat(20_000)}.y.z`]])(
  '%.20s is no token',
  (secret) => {
    expect(verifier.accepts(secret)).toBe(false);
  },
);

test('a clock that is up to half a minute off does no harm', async () => {
  await expect(verifier.verify(await idp.token({}, { expiresIn: -20 }))).resolves.toMatchObject({
    subject: 'ana',
  });
});

test('a new key of the issuer counts once it is found, and one that it took back no more', async () => {
  const before = await idp.token();
  await verifier.verify(before);
  await idp.rotate(false);
  const fresh = verifierFor();
  await expect(fresh.verify(await idp.token())).resolves.toMatchObject({ subject: 'ana' });
  await expect(fresh.verify(before)).rejects.toEqual(invalid(/signature/));
});

test('an issuer that is away is said to be so, is left alone for a while, and counts when it is back', async () => {
  const token = await idp.token();
  idp.fail(500);
  const away = expect.objectContaining({ code: 'auth.issuer-unavailable' });
  await expect(verifier.verify(token)).rejects.toEqual(away);
  await expect(verifier.verify(token)).rejects.toEqual(away);
  expect(idp.asked).toHaveLength(1);
  idp.fail();
  const fresh = verifierFor();
  await expect(fresh.verify(token)).resolves.toMatchObject({ subject: 'ana' });
});

test('a discovery document of another issuer is not believed', async () => {
  idp.say({ issuer: 'https://elsewhere.example' });
  await expect(verifier.verify(await idp.token())).rejects.toMatchObject({ code: 'auth.issuer-unavailable' });
});
