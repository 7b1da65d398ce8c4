import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isMistyped, newKeySecret } from './secret.ts';

test('secrets are of 32 random characters and a checksum, and no two are the same', () => {
  const secrets = Array.from({ length: 200 }, newKeySecret);
  for (const secret of secrets) {
    expect(secret).toMatch(/^dbk_[0-9A-HJKMNP-TV-Z]{38}$/);
    expect(isMistyped(secret)).toBe(false);
  }
  expect(new Set(secrets).size).toBe(secrets.length);
});

test('one wrong character, or two that changed places, are a typo', () => {
  const at = fc.integer({ min: 4, max: 41 });
  const character = fc.constantFrom(...'0123456789ABCDEFGHJKMNPQRSTVWXYZ');
  fc.assert(
    fc.property(fc.constant(null).map(newKeySecret), at, character, (secret, place, other) => {
      const wrong = `${secret.slice(0, place)}${other}${secret.slice(place + 1)}`;
      expect(isMistyped(wrong)).toBe(wrong !== secret);
      if (place === 41) return;
      const swapped = `${secret.slice(0, place)}${secret[place + 1]}${secret[place]}${secret.slice(place + 2)}`;
      expect(isMistyped(swapped)).toBe(swapped !== secret);
    }),
  );
});

test.each([
  'dbk_0123456789ABCDEFGHJKMNPQRSTVWXYZ',
  'test-admin-key-0123456789',
  'dbk_of-an-operator-who-likes-this-beginning',
])('a key without a checksum is no typo: %s', (secret) => expect(isMistyped(secret)).toBe(false));
