import { hash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const withChecksum = /^dbk_[0-9A-HJKMNP-TV-Z]{38}$/;

/** The first 30 bits of the CRC-32 as six characters. Written out, since each call of a model passes here. */
function checksumOf(random: string): string {
  const sum = crc32(random) >>> 2;
  const at = (shift: number) => alphabet.charAt((sum >>> shift) & 31);
  return at(25) + at(20) + at(15) + at(10) + at(5) + at(0);
}

/**
 * `dbk_`, 32 random characters (160 bits) of Crockford's base 32, and 6 that are their checksum. Shown once, never
 * stored.
 */
export function newKeySecret(): string {
  const random = Array.from(randomBytes(32), (byte) => alphabet[byte & 31]).join('');
  return `dbk_${random}${checksumOf(random)}`;
}

/** Whether a secret of our own form is mistyped. Older keys have no checksum, and an operator's own no form. */
export const isMistyped = (secret: string): boolean =>
  secret.length === 42 && withChecksum.test(secret) && checksumOf(secret.slice(4, 36)) !== secret.slice(36);

/** SHA-256 in hex: all that is kept of a key. Keys are random, so no salt and no slow hash are needed. */
export const hashKey = (secret: string): string => hash('sha256', secret, 'hex');
