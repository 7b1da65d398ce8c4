import { createCipheriv, createDecipheriv, type KeyObject, randomFillSync } from 'node:crypto';

const nonceBytes = 12;
const tagBytes = 16;

const pool = Buffer.alloc(nonceBytes * 512);
let used = pool.length;

/** A random nonce, from bytes that are drawn for many at a time: each draw is a call of the system. */
function freshNonce(): Buffer {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += nonceBytes;
  return pool.subarray(used - nonceBytes, used);
}

const none = new Uint8Array();

/**
 * AES-256-GCM: nonce (12 bytes), ciphertext, tag (16 bytes). `bound` is authenticated, not stored; `header` stands
 * before all, as it is.
 */
export function encrypt(key: KeyObject, plain: Uint8Array, bound: string, header: Uint8Array = none): Buffer {
  const nonce = freshNonce();
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(Buffer.from(bound));
  const start = header.length + nonceBytes;
  const sealed = Buffer.allocUnsafe(start + plain.length + tagBytes);
  sealed.set(header, 0);
  sealed.set(nonce, header.length);
  // A stream cipher gives all that it takes: nothing is left for the end.
  sealed.set(cipher.update(plain), start);
  cipher.final();
  sealed.set(cipher.getAuthTag(), start + plain.length);
  return sealed;
}

/** Throws where key, place or bytes are not those of `encrypt`. */
export function decrypt(key: KeyObject, sealed: Uint8Array, bound: string): Buffer {
  if (sealed.length < nonceBytes + tagBytes) throw new RangeError('too short for a sealed value');
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, nonceBytes));
  decipher.setAAD(Buffer.from(bound));
  decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes));
  return Buffer.concat([decipher.update(sealed.subarray(nonceBytes, -tagBytes)), decipher.final()]);
}
