import { text } from 'node:stream/consumers';
import { overdue, removeSecret, sayRotated, setSecret } from '../../bounded-contexts/governance/index.ts';
import { systemClock } from '../../bounded-contexts/kernel/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import type { Parts } from '../launcher/index.ts';
import { addMasterKey, dropOldMasterKeys, noteRotation, rewrapVault } from '../vault/index.ts';
import { exitCodes } from './exit-codes.ts';
import { local, withParts } from './local.ts';
import { type Output, table } from './output.ts';

const actor = 'cli';
const portsOf = ({ log, secrets }: Parts) => ({ log, secrets, clock: systemClock });

/** `secrets set <name>`: the value comes by standard input, so that it stands in no list of processes or commands. */
export async function set(name: string, out: Output): Promise<number> {
  if (process.stdin.isTTY)
    out.say('The value, then Ctrl-D (it is shown as you type; better: printf %s … | daybook secrets set …):');
  const value = (await text(process.stdin)).replace(/\r?\n$/, '');
  return withParts(local(), async (parts) => {
    await setSecret(portsOf(parts), { name, value, actor });
    out.result({ name }, `${name} is set. Configuration names it as \${secret:${name}}.`);
    return exitCodes.ok;
  });
}

/** `secrets list`: names and ages; ends with 1 where one is overdue. Never a value. */
export function list(out: Output): Promise<number> {
  return withParts(local(), async ({ secrets }) => {
    const all = await secrets.list();
    const late = overdue(all, Date.now());
    const rows = all.map(({ name, rotatedAt }) => [
      name,
      rotatedAt.toISOString(),
      late.some((one) => one.name === name) ? 'change it' : '',
    ]);
    out.result({ data: all, overdue: late }, table(['secret', 'last changed', ''], rows));
    return late.length > 0 ? exitCodes.found : exitCodes.ok;
  });
}

export function remove(name: string, out: Output): Promise<number> {
  return withParts(local(), async (parts) => {
    await removeSecret(portsOf(parts), { name, actor });
    out.result({ name }, `${name} is gone.`);
    return exitCodes.ok;
  });
}

/**
 * Whoever was about to write by the old key has written by then: a statement ends after 5 s. Then all is looked at
 * once more before the old key goes.
 */
const lastWriterMs = 6_000;

/**
 * `secrets rotate`: another master key, while everything runs. Processes find the new key where they look for it, and
 * go on with both until nothing is wrapped by the old one.
 */
export function rotate(out: Output): Promise<number> {
  const here = local();
  const { env, dataDir } = here.configuration;
  return withParts(here, async (parts) => {
    const inFile = parts.masterKeys.source !== 'environment';
    if (inFile) addMasterKey(dataDir);
    else if (env.DAYBOOK_MASTER_KEY_PREVIOUS === undefined)
      throw new DaybookError(
        'config.invalid',
        'The master key is in the environment: set DAYBOOK_MASTER_KEY to a new one and DAYBOOK_MASTER_KEY_PREVIOUS to the old one, start each process again with them, then run this again.',
      );
    let rewrapped = await rewrapVault(parts.pool, parts.masterKeys);
    if (inFile) {
      out.say('Waiting for whoever writes by the old key at this moment …');
      await new Promise((resolve) => setTimeout(resolve, lastWriterMs));
      // Not before a whole look has found nothing: what only the old key opens would be lost with it.
      for (let left = -1; left !== 0; rewrapped += left)
        left = await rewrapVault(parts.pool, parts.masterKeys);
      dropOldMasterKeys(dataDir);
    }
    await noteRotation(parts.pool);
    await sayRotated(portsOf(parts), actor, rewrapped);
    out.result(
      { rewrapped },
      `${rewrapped} keys and secrets are wrapped by the new master key.${inFile ? ' Keep a copy of master.key elsewhere: backups made before open by the old one only.' : ' Take DAYBOOK_MASTER_KEY_PREVIOUS away and start each process again.'}`,
    );
    return exitCodes.ok;
  });
}
