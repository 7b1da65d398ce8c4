import { createReadStream, createWriteStream, renameSync, rmSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { exportArchive, importArchive, readTar } from '../../bounded-contexts/governance/index.ts';
import { type EventLog, subjectOf, systemClock, uuidv7 } from '../../bounded-contexts/kernel/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import { version } from '../../schemas/version.ts';
import { withInfrastructure } from '../launcher/index.ts';
import { exitCodes } from './exit-codes.ts';
import { local, withParts } from './local.ts';
import type { Output } from './output.ts';

/** `export <file> --tenant T [--user U]`: all that a tenant or a person has, of the running Daybook. */
export function exportData(
  file: string,
  { tenant, user }: { tenant: string; user?: string },
  out: Output,
): Promise<number> {
  return withParts(local(), async ({ log, contents, vault, positions }) => {
    if (!(await log.last(subjectOf(tenant, 'tenant', tenant))))
      throw new DaybookError('resource.not-found', `There is no tenant ${tenant}.`);
    const person = user === undefined ? undefined : await vault.knownId(tenant, 'user', user);
    if (user !== undefined && person === undefined)
      throw new DaybookError('resource.not-found', 'Nothing is kept of this person.');
    await sayExported(log, tenant, person);
    const archive = exportArchive(
      { log, contents, vault, clock: systemClock, positions, version },
      { tenant, person },
    );
    // Under its name only once it is whole.
    const draft = `${file}.part`;
    try {
      await pipeline(Readable.from(archive), createWriteStream(draft, { flags: 'wx', mode: 0o600 }));
      renameSync(draft, file);
    } catch (error) {
      rmSync(draft, { force: true });
      throw error;
    }
    const whose = person === undefined ? `the tenant ${tenant}` : 'the person';
    out.result(
      { file, tenant, ...(person === undefined ? {} : { person }) },
      `All that ${whose} has is in ${file}, in the clear: keep it as you keep what it holds.`,
    );
    return exitCodes.ok;
  });
}

async function sayExported(log: EventLog, tenant: string, person: string | undefined): Promise<void> {
  const data = {
    ...(person === undefined ? { what: 'tenant' as const } : { what: 'person' as const, person }),
    format: 'tar',
  };
  const commit = {
    id: uuidv7(),
    at: systemClock(),
    actor: 'cli',
    events: [{ type: 'data.exported' as const, data }],
  };
  await log.append(subjectOf(tenant, 'audit'), commit, 'any');
}

/** `import <file>`: a tenant's archive, into a data directory that Daybook does not run on and that knows it not. */
export function importData(file: string, out: Output): Promise<number> {
  return withInfrastructure(process.env, process.cwd(), async ({ open }) => {
    const { log, vault, close } = await open(undefined, async () => {});
    try {
      const { manifest, commits, contents } = await importArchive(
        { log, contents: log.contents, vault, clock: systemClock },
        () => readTar(createReadStream(file)),
      );
      out.result(
        { tenant: manifest.tenant, commits, contents, ids: manifest.counts.ids },
        `The tenant ${manifest.tenant} is here: ${commits} commits, ${contents} contents. Start Daybook to make its read models.`,
      );
      return exitCodes.ok;
    } finally {
      await close();
    }
  });
}
