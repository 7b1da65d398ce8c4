import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import {
  changeTenant,
  type Directory,
  defaultTenant,
  isMistyped,
  issueKey,
} from '../../bounded-contexts/identity/index.ts';
import type { Clock, EventLog } from '../../bounded-contexts/kernel/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import { cliKeyFile } from './data-dir.ts';

export interface FirstKeys {
  /** Where it was made just now. */
  readonly adminKey: string | undefined;
  /** The principal's own key for the CLI on this machine; it is in a file of mode 600. */
  readonly cliKey: string;
}

/**
 * Makes sure that the tenant `default` is there and the operator's key in force: the one from the environment, or,
 * where there is no key at all yet, a new one. The CLI of the same machine has a key of its own beside the data.
 */
export async function ensureKeys(
  ports: { readonly log: EventLog; readonly clock: Clock },
  known: Pick<Directory, 'authenticate' | 'size' | 'tenant'>,
  given: string | undefined,
  dataDir: string,
): Promise<FirstKeys> {
  const asked = { tenant: defaultTenant, actor: 'launcher' };
  const inForce = (secret: string) => typeof known.authenticate(secret) !== 'string';
  const issue = (name: string, secret?: string) =>
    issueKey(ports, asked, {
      name,
      role: 'platform-admin',
      ...(secret === undefined ? {} : { secret }),
    });
  if (!known.tenant(defaultTenant))
    await changeTenant(ports, asked, { kind: 'create', tenant: defaultTenant, name: 'Default' });
  let adminKey: string | undefined;
  if (given !== undefined) {
    if (isMistyped(given))
      throw new DaybookError(
        'config.invalid',
        'DAYBOOK_ADMIN_KEY has the form of a key of Daybook, yet its checksum is wrong: it is mistyped.',
      );
    if (!inForce(given)) await issue('admin (environment)', given);
  } else if (known.size === 0) {
    adminKey = (await issue('admin')).secret;
  }
  const file = cliKeyFile(dataDir);
  const before = existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
  if (before !== undefined && inForce(before)) return { adminKey, cliKey: before };
  const { secret } = await issue('command line of this machine');
  writeFileSync(file, `${secret}\n`, { mode: 0o600 });
  return { adminKey, cliKey: secret };
}
