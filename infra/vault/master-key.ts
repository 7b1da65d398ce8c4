import { createHash, randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hideSecrets } from '../../bounded-contexts/kernel/index.ts';

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
  if (!existsSync(file)) make(dataDir, file);
  const value = readFileSync(file, 'utf8').trim();
  hideSecrets(value);
  return { key: digest(value), source: file };
}

/** Whole or not at all, and once: gateway and worker may come here at the same moment. */
function make(dataDir: string, file: string): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o755 });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, randomBytes(32).toString('base64url'), { mode: 0o600 });
  try {
    linkSync(draft, file);
  } catch (error) {
    if (!existsSync(file)) throw error;
  } finally {
    rmSync(draft);
  }
}

const digest = (value: string) => createHash('sha256').update('daybook master key\0').update(value).digest();
