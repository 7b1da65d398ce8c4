import {
  type PublicKey,
  parsePublicKey,
  type SigningKey,
  signingKey,
} from '../../bounded-contexts/governance/index.ts';
import type { PostgresVault } from '../vault/index.ts';

/** The notary's keys: the seed of each is a secret of the vault, wrapped by the master key. */
export interface NotaryKeys {
  /** The one that signs now; made on first use. */
  current(): Promise<SigningKey>;
  /** All that ever signed, the present one last. Makes none. */
  all(): Promise<readonly PublicKey[]>;
  /** From now on another key signs; the earlier ones stay trusted for what they signed. */
  rotate(): Promise<SigningKey>;
}

const prefix = 'audit.signing.';

export function notaryKeys(vault: Pick<PostgresVault, 'secret' | 'secretNames'>): NotaryKeys {
  const keyOf = async (generation: number) => signingKey(await vault.secret(`${prefix}${generation}`));
  const generations = async () =>
    (await vault.secretNames(prefix)).map((name) => Number(name.slice(prefix.length))).sort((a, b) => a - b);
  let known: { readonly generation: number; readonly key: SigningKey } | undefined;

  return {
    async current() {
      const generation = (await generations()).at(-1) ?? 1;
      if (known?.generation !== generation) known = { generation, key: await keyOf(generation) };
      return known.key;
    },
    async all() {
      const keys = await Promise.all((await generations()).map(keyOf));
      // Only what may be shown: whoever asks for public keys must not get private ones along.
      return keys.map(({ text }) => parsePublicKey(text));
    },
    rotate: async () => keyOf(((await generations()).at(-1) ?? 0) + 1),
  };
}
