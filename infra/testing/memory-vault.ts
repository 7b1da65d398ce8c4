import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { redacted, type SealContext, type Vault } from '../../bounded-contexts/kernel/index.ts';
import { decrypt, encrypt } from '../vault/cipher.ts';

/** The vault's cipher with keys in memory, for tests of what stands around it; `forget` destroys a subject's key. */
export function memoryVault(): Pick<Vault, 'seal' | 'open'> & {
  forget(tenant: string, subject: string): void;
} {
  const keys = new Map<string, KeyObject>();
  const nameOf = ({ tenant, subject }: Pick<SealContext, 'tenant' | 'subject'>) => `${tenant}/${subject}`;
  return {
    async seal(context, plain) {
      const key = keys.get(nameOf(context)) ?? createSecretKey(randomBytes(32));
      keys.set(nameOf(context), key);
      return encrypt(key, plain, JSON.stringify(context));
    },
    async open(context, sealed) {
      const key = keys.get(nameOf(context));
      return key ? decrypt(key, sealed, JSON.stringify(context)) : redacted;
    },
    forget: (tenant, subject) => void keys.delete(nameOf({ tenant, subject })),
  };
}
