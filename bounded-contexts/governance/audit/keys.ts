import { createPrivateKey, createPublicKey, hash, type KeyObject, sign, verify } from 'node:crypto';

/** A key that checkpoints may be signed with. */
export interface PublicKey {
  /** The first 22 characters of the SHA-256 of the raw key, in base64url. */
  readonly id: string;
  /** The raw 32 bytes in base64url. */
  readonly text: string;
  verifies(signed: Uint8Array, signature: Uint8Array): boolean;
}

export interface SigningKey extends PublicKey {
  sign(bytes: Uint8Array): Buffer;
}

const seedBytes = 32;
/** RFC 8410: what stands before the seed of an Ed25519 key in PKCS #8. */
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');
const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex');

function publicKey(key: KeyObject): PublicKey {
  if (key.asymmetricKeyType !== 'ed25519') throw new RangeError('not an Ed25519 key');
  const raw = key.export({ format: 'der', type: 'spki' }).subarray(spkiPrefix.length);
  return {
    id: hash('sha256', raw, 'base64url').slice(0, 22),
    text: raw.toString('base64url'),
    verifies: (signed, signature) => verify(null, signed, key, signature),
  };
}

/** The key pair of a seed of 32 bytes. */
export function signingKey(seed: Uint8Array): SigningKey {
  if (seed.length !== seedBytes) throw new RangeError('a seed has 32 bytes');
  const key = createPrivateKey({
    key: Buffer.concat([pkcs8Prefix, seed]),
    format: 'der',
    type: 'pkcs8',
  });
  return { ...publicKey(createPublicKey(key)), sign: (bytes) => sign(null, bytes, key) };
}

/** A public key from its raw 32 bytes in base64url, or from PEM. Throws a RangeError where it is neither. */
export function parsePublicKey(text: string): PublicKey {
  const trimmed = text.trim();
  try {
    if (trimmed.startsWith('-----BEGIN')) return publicKey(createPublicKey(trimmed));
    const raw = Buffer.from(trimmed, 'base64url');
    if (raw.length !== seedBytes) throw new RangeError('32 bytes are wanted');
    return publicKey(createPublicKey({ key: Buffer.concat([spkiPrefix, raw]), format: 'der', type: 'spki' }));
  } catch (error) {
    throw new RangeError('not a public key of a notary: 32 bytes in base64url, or PEM', { cause: error });
  }
}

export const pemOf = ({ text }: PublicKey): string =>
  createPublicKey({
    key: Buffer.concat([spkiPrefix, Buffer.from(text, 'base64url')]),
    format: 'der',
    type: 'spki',
  })
    .export({ format: 'pem', type: 'spki' })
    .toString();
