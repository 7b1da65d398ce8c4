import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { issueKey, type KeyView } from '../../bounded-contexts/identity/index.ts';
import type { Clock, EventLog } from '../../bounded-contexts/kernel/index.ts';
import { cliKeyFile } from './data-dir.ts';

/** The one tenant of an installation until identity brings more. */
export const defaultTenant = 'default';

export interface FirstKeys {
  /** Where it was made just now. */
  readonly adminKey: string | undefined;
  /** The principal's own key for the CLI on this machine; it is in a file of mode 600. */
  readonly cliKey: string;
}

/**
 * Makes sure that the operator's key is in force: the one from the environment, or, where there is no key at
 * all yet, a new one. The CLI of the same machine has a key of its own beside the data.
 */
export async function ensureKeys(
  log: EventLog,
  clock: Clock,
  view: KeyView,
  given: string | undefined,
  dataDir: string,
): Promise<FirstKeys> {
  const issue = (name: string, secret?: string) =>
    issueKey(log, clock, {
      tenant: defaultTenant,
      name,
      role: 'admin',
      actor: 'launcher',
      ...(secret === undefined ? {} : { secret }),
    });
  let adminKey: string | undefined;
  if (given !== undefined) {
    if (!view.authenticate(given)) await issue('admin (environment)', given);
  } else if (view.size === 0) {
    adminKey = (await issue('admin')).secret;
  }
  const file = cliKeyFile(dataDir);
  const before = existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
  if (before !== undefined && view.authenticate(before)) return { adminKey, cliKey: before };
  const { secret } = await issue('command line of this machine');
  writeFileSync(file, `${secret}\n`, { mode: 0o600 });
  return { adminKey, cliKey: secret };
}
