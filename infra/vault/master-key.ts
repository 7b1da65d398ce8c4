import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface MasterKey {
  readonly key: Uint8Array;
  /** `environment`, or the file that holds it: said at start. */
  readonly source: string;
}

/**
 * The key that wraps all others: SHA-256 of `DAYBOOK_MASTER_KEY`, or of a random value kept in
 * `<data>/master.key` (mode 600). Without it nothing that was sealed can ever be read.
 */
export function masterKey(fromEnvironment: string | undefined, dataDir: string): MasterKey {
  if (fromEnvironment !== undefined) return { key: digest(fromEnvironment), source: 'environment' };
  const file = join(dataDir, 'master.key');
  if (!existsSync(file)) {
    mkdirSync(dataDir, { recursive: true, mode: 0o755 });
    writeFileSync(file, randomBytes(32).toString('base64url'), { mode: 0o600, flag: 'wx' });
  }
  return { key: digest(readFileSync(file, 'utf8').trim()), source: file };
}

const digest = (value: string) => createHash('sha256').update('daybook master key\0').update(value).digest();
