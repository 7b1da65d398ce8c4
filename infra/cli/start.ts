import { DaybookError } from '../../schemas/errors.ts';
import { type Daybook, partsTable, startDaybook } from '../launcher/index.ts';
import { exitCodes } from './exit-codes.ts';
import type { Output } from './output.ts';

export interface StartFlags {
  readonly port?: string;
  readonly dataDir?: string;
  readonly profile?: string;
  readonly role?: string[];
}

const roles = ['gateway', 'worker'] as const;

function rolesOf(names: readonly string[] | undefined): (typeof roles)[number][] {
  if (!names || names.length === 0) return [...roles];
  return names.map((name) => {
    // Projectors run in the worker, beside the settler and the reaper.
    const role = roles.find((one) => one === (name === 'projector' ? 'worker' : name));
    if (!role)
      throw new DaybookError(
        'config.invalid',
        `--role: got ${JSON.stringify(name)}, wants gateway, projector or worker.`,
      );
    return role;
  });
}

/** `daybook start`: runs until Ctrl-C or SIGTERM, then ends everything that it started. */
export async function start(flags: StartFlags, out: Output): Promise<number> {
  const variables = {
    ...process.env,
    ...(flags.port === undefined ? {} : { DAYBOOK_PORT: flags.port }),
    ...(flags.dataDir === undefined ? {} : { DAYBOOK_DATA_DIR: flags.dataDir }),
    ...(flags.profile === undefined ? {} : { DAYBOOK_PROFILE: flags.profile }),
  };
  const began = performance.now();
  let signalled = false;
  const asked = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        if (signalled && signal === 'SIGINT') out.say('Still stopping …');
        signalled = true;
        resolve();
      });
    }
  });
  const daybook = await startDaybook({
    variables,
    cwd: process.cwd(),
    roles: rolesOf(flags.role),
    onChange: (what) => out.say(`daybook: ${what}`),
  });
  out.result(
    { url: daybook.url, adminKey: daybook.adminKey, parts: daybook.parts, notices: daybook.notices },
    greeting(daybook, performance.now() - began),
  );
  await asked;
  out.say('Stopping …');
  await daybook.stop();
  out.say('Stopped.');
  return exitCodes.ok;
}

function greeting(daybook: Daybook, ms: number): string {
  const width = process.stdout.columns ?? 120;
  const key =
    daybook.adminKey === undefined
      ? ''
      : `\n  Admin key (shown this once, kept only as a hash):\n\n    ${daybook.adminKey}\n`;
  const notices = daybook.notices.map((notice) => `  ${notice}`).join('\n');
  const url =
    daybook.url === undefined
      ? ''
      : `\n  Daybook is ready at ${daybook.url} after ${(ms / 1000).toFixed(1)} s. Its API is described at ${daybook.url}/docs.\n`;
  return `${url}${key}\n${partsTable(daybook.parts, width)}\n${notices === '' ? '' : `\n${notices}\n`}\n  Ctrl-C stops everything.\n`;
}
