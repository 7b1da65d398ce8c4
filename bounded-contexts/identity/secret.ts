import { hash, randomBytes } from 'node:crypto';

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** `dbk_` and 32 random characters (160 bits) of Crockford's base 32. Shown once, never stored. */
export function newKeySecret(): string {
  return `dbk_${Array.from(randomBytes(32), (byte) => alphabet[byte & 31]).join('')}`;
}

/** SHA-256 in hex: all that is kept of a key. Keys are random, so no salt and no slow hash are needed. */
export const hashKey = (secret: string): string => hash('sha256', secret, 'hex');
