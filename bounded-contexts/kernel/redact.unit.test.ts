import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { errorCatalogue } from '../../schemas/errors.ts';
import { hideSecrets, redact } from './redact.ts';

const alphabet = [...'ABCDEFGHJKMNPQRSTVWXYZabcdefghjkmnpqrstvwxyz0123456789'];
const random = (length: number) =>
  fc.string({ unit: fc.constantFrom(...alphabet), minLength: length, maxLength: length });
const { privateKey } = generateKeyPairSync('ed25519', {
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});

/** Each: how a secret stands in a text. The secret itself is random, and must not be in what comes out. */
const kinds: Readonly<Record<string, (secret: string) => string>> = {
  'a key of ours': (secret) => `the key dbk_${secret} is revoked`,
  'a key of OpenAI': (secret) => `Incorrect API key provided: sk-proj-${secret}.`,
  'a key of Anthropic': (secret) => `sk-ant-api03-${secret}`,
  'a key of Fireworks': (secret) => `fw_${secret}`,
  'a bearer token': (secret) => `curl -H 'Authorization: Bearer ${secret}'`,
  'a basic header': (secret) =>
    `proxy-authorization: Basic ${Buffer.from(`ana:${secret}`).toString('base64')}`,
  'a header of Anthropic’s': (secret) => `x-api-key: ${secret}`,
  'a cookie': (secret) => `cookie: theme=dark; session=${secret}; last=1`,
  'a cookie that is set': (secret) => `Set-Cookie: session=${secret}; HttpOnly`,
  'a cookie in JSON': (secret) => JSON.stringify({ headers: { cookie: `a=b; session=${secret}` } }),
  'headers in an error in JSON': (secret) =>
    JSON.stringify({ message: JSON.stringify({ authorization: secret, 'set-cookie': [`s=${secret}`] }) }),
  'a password in a URL': (secret) =>
    `connect ECONNREFUSED postgres://daybook:${secret}@db.local:5432/x?ssl=1`,
  'a token in a query': (secret) => `GET https://example.com/x?access_token=${secret}&page=2 failed`,
  'a password in an object': (secret) => `{ host: 'db', password: '${secret}', user: 'ana' }`,
  'a password in a sentence': (secret) => `password: ${secret}1 was refused by the server`,
  'a password at the end': (secret) => `secret = ${secret}`,
  'a secret in JSON': (secret) => JSON.stringify({ clientSecret: secret, id: 7 }),
  'a JSON Web Token': (secret) => `eyJhbGciOiJFUzI1NiJ9.${secret}.${secret}`,
};

describe.each(Object.entries(kinds))('%s', (_name, kind) => {
  test('is nowhere in what comes out, and the rest is', () => {
    fc.assert(
      fc.property(random(32), (secret) => {
        const clean = redact(`before ${kind(secret)}`);
        expect(clean).not.toContain(secret);
        expect(clean).not.toContain(Buffer.from(`ana:${secret}`).toString('base64'));
        expect(clean).toMatch(/^before .*\[redacted\]/);
      }),
    );
  });

  test('in a line of JSON leaves it JSON', () => {
    fc.assert(
      fc.property(random(32), (secret) => {
        const line = JSON.stringify({
          level: 50,
          error: { stack: kind(secret), of: [kind(secret)] },
          last: true,
        });
        expect(JSON.parse(redact(line))).toMatchObject({ level: 50, last: true });
        expect(redact(line)).not.toContain(secret);
      }),
    );
  });
});

test('a private key is gone whole, also with its line breaks escaped', () => {
  const middle = privateKey.split('\n')[1] ?? '';
  expect(middle.length).toBeGreaterThan(40);
  for (const text of [privateKey, JSON.stringify({ key: privateKey }), privateKey.slice(0, 60)])
    expect(redact(text)).not.toContain(middle.slice(0, 20));
});

test('what the configuration holds is gone whatever it looks like, encoded too', () => {
  const secret = 'correct horse/"battery" staple';
  hideSecrets(secret, undefined, 'short');
  const texts = [secret, JSON.stringify({ said: secret }), `https://x/?q=${encodeURIComponent(secret)}`];
  for (const text of texts) expect(redact(text)).not.toMatch(/horse/);
  expect(redact('in short: all is well')).toBe('in short: all is well');
});

test('what is no secret stays as it is, every sentence of the catalogue included', () => {
  const texts = [
    ...Object.values(errorCatalogue).map(({ advice }) => advice),
    'prompt_tokens: 12, completion_tokens: 5, max_tokens: 4096',
    'model "openai/gpt-4o" costs 0.0025; see https://example.com/docs?page=2#keys',
    'k_0123456789abcdef was issued; u_0123456789abcdef is a user',
    'Basic authentication and bearer bonds',
    'password: Too small: expected string to have more characters.',
    'providers[0].apiKey: got a secret in the clear, wants a reference such as ${OPENAI_API_KEY}.',
    JSON.stringify({ key: 'k_1', usage: { input_tokens: 3 }, position: 'abc' }),
  ];
  for (const text of texts) expect(redact(text)).toBe(text);
});

test('hostile text is cleaned in time that grows with its length', () => {
  const start = performance.now();
  for (const text of [
    'a.'.repeat(50_000),
    'cookie: '.repeat(20_000),
    '\\"'.repeat(50_000),
    '-----BEGIN PRIVATE KEY-----'.repeat(4_000),
    'sk-'.repeat(40_000),
    'password="'.repeat(10_000),
    'eyJaaaaaaaa.'.repeat(10_000),
  ])
    redact(text);
  expect(performance.now() - start).toBeLessThan(2_000);
});
