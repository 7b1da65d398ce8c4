import { createHash, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hideSecrets } from '../../bounded-contexts/kernel/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import { decrypt, encrypt } from './cipher.ts';

/** The keys that wrap all others: the present one, and those before it until nothing is wrapped by them any more. */
export interface MasterKeys {
  /** `environment`, or the file that holds them: said at start. */
  readonly source: string;
  /** By the present key, which is looked up first: another process may have rotated it. */
  wrap(plain: Uint8Array, bound: string): Buffer;
  /**
   * By whichever key fits. `old`: it is not the present one. Throws `config.invalid` where none does, also after
   * another look at where they come from.
   */
  unwrap(wrapped: Uint8Array, bound: string): { readonly plain: Buffer; readonly old: boolean };
  /** Looks where they come from: `old` is then said by what is there now. */
  refresh(): void;
}

/** Of texts of any length, the present one first; `read` is asked again where no key fits. */
export function masterKeysOf(source: string, read: () => readonly string[]): MasterKeys {
  let keys: readonly KeyObject[] = [];
  const look = () => {
    const texts = read();
    hideSecrets(...texts);
    keys = texts.map((text) => createSecretKey(digest(text)));
  };
  look();

  function opened(wrapped: Uint8Array, bound: string) {
    for (const [index, key] of keys.entries()) {
      try {
        return { plain: decrypt(key, wrapped, bound), old: index > 0 };
      } catch {
        // Another key's, perhaps.
      }
    }
    return undefined;
  }

  return {
    source,
    refresh: look,
    wrap(plain, bound) {
      look();
      const [present] = keys;
      if (!present) throw new DaybookError('config.invalid', `${source} holds no master key.`);
      return encrypt(present, plain, bound);
    },
    unwrap(wrapped, bound) {
      const first = opened(wrapped, bound);
      if (first) return first;
      look();
      const second = opened(wrapped, bound);
      if (second) return second;
      throw new DaybookError(
        'config.invalid',
        'A key in the vault does not open: the master key (DAYBOOK_MASTER_KEY, or master.key beside the data) is not the one that this data was made with.',
      );
    },
  };
}

const fileOf = (dataDir: string) => join(dataDir, 'master.key');

const linesOf = (file: string): string[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);

/**
 * SHA-256 of `DAYBOOK_MASTER_KEY` (and, while it is changed, of `DAYBOOK_MASTER_KEY_PREVIOUS`), or of the lines of
 * `<data>/master.key` (mode 600), the present one first. Without them nothing that was sealed can ever be read.
 */
export function masterKeys(
  given: { readonly present: string | undefined; readonly previous: string | undefined },
  dataDir: string,
): MasterKeys {
  const { present, previous } = given;
  if (present !== undefined) {
    const texts = previous === undefined ? [present] : [present, previous];
    return masterKeysOf('environment', () => texts);
  }
  const file = fileOf(dataDir);
  if (!existsSync(file)) make(dataDir, file);
  return masterKeysOf(file, () => linesOf(file));
}

/** Puts a new key before those of the file. What they have wrapped opens as before. */
export function addMasterKey(dataDir: string): void {
  replace(fileOf(dataDir), [newKey(), ...linesOf(fileOf(dataDir))]);
}

/** Leaves the present key alone in the file: whatever the others have wrapped is lost. */
export function dropOldMasterKeys(dataDir: string): void {
  replace(fileOf(dataDir), linesOf(fileOf(dataDir)).slice(0, 1));
}

const newKey = () => randomBytes(32).toString('base64url');

function replace(file: string, lines: readonly string[]): void {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${lines.join('\n')}\n`, { mode: 0o600, flush: true });
  renameSync(draft, file);
}

/** Whole or not at all, and once: gateway and worker may come here at the same moment. */
function make(dataDir: string, file: string): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o755 });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, newKey(), { mode: 0o600 });
  try {
    linkSync(draft, file);
  } catch (error) {
    if (!existsSync(file)) throw error;
  } finally {
    rmSync(draft);
  }
}

const digest = (value: string) => createHash('sha256').update('daybook master key\0').update(value).digest();
