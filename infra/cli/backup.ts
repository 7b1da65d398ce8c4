import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { z } from 'zod';
import {
  decodeCheckpoint,
  reapplyErasures,
  reapplyRetention,
  witnessOf,
} from '../../bounded-contexts/governance/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import { postgresWitness } from '../audit/index.ts';
import { copyBlobs, countBlobs } from '../blobs/index.ts';
import { copyLog, openArchive, writeArchive } from '../event-log/index.ts';
import { withInfrastructure } from '../launcher/index.ts';
import { dumpVault, fillVault, vaultRow } from '../vault/index.ts';
import { exitCodes } from './exit-codes.ts';
import { local, withParts } from './local.ts';
import { copyProgress, type Output, progressBar } from './output.ts';

const manifestSchema = z.object({
  format: z.literal('daybook-backup-1'),
  at: z.iso.datetime(),
  /** Whether the key that opens the contents is in the backup. */
  masterKey: z.enum(['included', 'left out', 'environment']),
  commits: z.number(),
  contents: z.number(),
  vaultRows: z.number(),
  /** Files, and what was made of them. Absent in backups from before there were any. */
  blobs: z.number().default(0),
});

const blobsIn = (dir: string): string => join(dir, 'blobs');

/**
 * `backup <folder>`: log, contents, vault and blobs of the running Daybook, in that order, so that no event is kept
 * without the keys and files that it needs. Read models are not: they are made from the log.
 */
export async function backup(folder: string, flags: { masterKey?: boolean }, out: Output): Promise<number> {
  const dir = resolve(folder);
  emptyFolder(dir);
  const here = local();
  return withParts(here, async (parts) => {
    const start = performance.now();
    const log = await writeArchive(
      { ...parts.log, contents: parts.contents, audit: parts.audit },
      dir,
      ({ done, total }) => {
        const rate = done / ((performance.now() - start) / 1000);
        out.progress(progressBar({ done, total, rate, etaSeconds: (total - done) / Math.max(rate, 1) }));
      },
    );
    const rows = await dumpVault(parts.pool);
    writeFileSync(join(dir, 'vault.jsonl.gz'), gzipSync(rows.map((row) => JSON.stringify(row)).join('\n')), {
      mode: 0o600,
    });
    const blobs = await copyBlobs(blobsIn(here.configuration.dataDir), blobsIn(dir));
    const keyFile = join(here.configuration.dataDir, 'master.key');
    const own = parts.masterKeys.source !== 'environment';
    const included = own && flags.masterKey !== false;
    if (included) copyFileSync(keyFile, join(dir, 'master.key'));
    const manifest: z.infer<typeof manifestSchema> = {
      format: 'daybook-backup-1',
      at: new Date().toISOString(),
      masterKey: included ? 'included' : own ? 'left out' : 'environment',
      commits: log.streams.reduce((sum, { commits }) => sum + commits, 0),
      contents: log.streams.reduce((sum, { contents }) => sum + contents, 0),
      vaultRows: rows.length,
      blobs,
    };
    writeFileSync(join(dir, 'backup.json'), `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 });
    const warning = included
      ? '\nThe master key is in it: whoever has this folder can read every content.'
      : '\nThe master key is not in it: without it no content can be read again.';
    out.result(
      manifest,
      `${manifest.commits} commits, ${manifest.contents} contents, ${manifest.vaultRows} rows of the vault and ${blobs} blobs in ${dir}.${warning}`,
    );
    return exitCodes.ok;
  });
}

/**
 * `restore <folder>`: into an empty data directory (and an empty database or NATS account, where URLs name
 * them). Positions and epoch stay what they were; erasures on the log are applied to the vault before anything
 * is served; read models are rebuilt at the next start.
 */
export async function restore(folder: string, out: Output): Promise<number> {
  const dir = resolve(folder);
  const parsed = manifestSchema.safeParse(
    existsSync(join(dir, 'backup.json')) ? JSON.parse(readFileSync(join(dir, 'backup.json'), 'utf8')) : null,
  );
  if (!parsed.success) throw new DaybookError('config.invalid', `${dir} holds no backup of Daybook.`);
  if ((await countBlobs(blobsIn(dir))) !== parsed.data.blobs)
    throw new DaybookError(
      'config.invalid',
      `The backup in ${dir} is damaged: blobs are missing or too many.`,
    );
  const archive = await openArchive(dir);
  const { epoch } = await archive.info();
  const rows = gunzipSync(readFileSync(join(dir, 'vault.jsonl.gz')))
    .toString()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => vaultRow.parse(JSON.parse(line)));

  return withInfrastructure(process.env, process.cwd(), async ({ configuration, open }) => {
    const target = join(configuration.dataDir, 'master.key');
    if (parsed.data.masterKey === 'included') {
      if (existsSync(target))
        throw new DaybookError(
          'config.invalid',
          `${configuration.dataDir} is not empty: it has a master key of its own.`,
        );
      copyFileSync(join(dir, 'master.key'), target);
    } else if (
      parsed.data.masterKey === 'environment' &&
      configuration.env.DAYBOOK_MASTER_KEY === undefined
    ) {
      throw new DaybookError(
        'config.invalid',
        'The backup was made under a DAYBOOK_MASTER_KEY: set the same one.',
      );
    }
    const { log, pool, vault, close } = await open(epoch, (own) => fillVault(own, rows));
    try {
      const info = await log.info();
      if (info.streams.some(({ commits }) => commits > 0))
        throw new DaybookError('config.invalid', 'The log to restore into is not empty.');
      // Before the events that name them.
      const blobs = await copyBlobs(blobsIn(dir), blobsIn(configuration.dataDir));
      const { commits, contents, checkpoints, sha256 } = await copyLog({
        from: archive,
        to: log,
        onProgress: copyProgress(out),
      });
      // Remembered is what the backup holds: what was signed after it is not lost here.
      const last = await log.audit.last();
      const checkpoint = last && decodeCheckpoint(last.body);
      if (checkpoint) await postgresWitness(pool).save(epoch, witnessOf(checkpoint));
      const erased = await reapplyErasures({ log, vault });
      await reapplyRetention({ log, vault });
      out.result(
        { commits, contents, checkpoints, sha256, blobs, erasuresApplied: erased },
        `${commits} commits, ${contents} contents, ${checkpoints} checkpoints and ${blobs} blobs restored and compared (SHA-256 ${sha256}); ${erased} erasures applied. Start Daybook to rebuild its read models.`,
      );
      return exitCodes.ok;
    } finally {
      await close();
    }
  });
}

function emptyFolder(dir: string): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  if (readdirSync(dir).length > 0) throw new DaybookError('config.invalid', `${dir} is not empty.`);
}
