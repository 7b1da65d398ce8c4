import { DaybookError } from '../../schemas/errors.ts';
import { copyLog, verifyLog } from '../event-log/index.ts';
import { type Profile, withInfrastructure, writeProfile } from '../launcher/index.ts';
import { migrate } from '../read-store/index.ts';
import { auditOf, auditText, evidenceOf, prove, type VerifyFlags, verifyExport } from './audit.ts';
import { exitCodes } from './exit-codes.ts';
import { local, withParts } from './local.ts';
import { type CopyFlags, openPlace, placeOf } from './log-place.ts';
import { isMirror, mirror } from './mirror.ts';
import { copyProgress, type Output, table } from './output.ts';

/** `log info`: what the log runs on, and how much is on it. */
export function info(out: Output): Promise<number> {
  return withParts(local(), async ({ log }) => {
    const found = await log.info();
    const rows = found.streams.map(({ name, commits, bytes, last }) => [
      name,
      String(commits),
      `${(bytes / 1_048_576).toFixed(1)} MiB`,
      last ?? 'empty',
    ]);
    out.result(
      found,
      `${found.adapter} ${found.version} at ${found.address}, epoch ${found.epoch}\n${found.durability}\n\n${table(['stream', 'commits', 'size', 'last position'], rows)}`,
    );
    return exitCodes.ok;
  });
}

/**
 * `log verify`: reads every commit, and holds the stored bytes against the signed checkpoints; ends with 1 where
 * something is wrong, and names each place.
 */
export function verify(flags: VerifyFlags, out: Output): Promise<number> {
  if (flags.export !== undefined) return verifyExport(flags.export, flags, out);
  return withParts(local(), async (parts) => {
    const evidence = await evidenceOf(parts);
    if (flags.proof !== undefined) return prove(evidence, flags, out);
    const audit = await auditOf(evidence, flags);
    const result = await verifyLog(parts.log, copyProgress(out));
    const { firstBreak, commits, events, sha256, voided } = result;
    const text = firstBreak
      ? `Stream ${firstBreak.stream}, commit ${firstBreak.sequence}: ${firstBreak.reason}`
      : `${commits} commits with ${events} events are whole${voided > 0 ? `; ${voided} are void, decided on another history` : ''}. SHA-256 ${sha256}`;
    out.result({ ...result, audit }, `${text}\n${auditText(audit)}`);
    return firstBreak || audit.findings.length > 0 ? exitCodes.found : exitCodes.ok;
  });
}

/**
 * `log copy --from … --to …`: moves a stopped Daybook's log to another place, position by position, and compares
 * both. It goes on where an earlier copy ended. Afterwards the data directory remembers the new place.
 */
export async function copy(flags: CopyFlags, out: Output): Promise<number> {
  if (isMirror(flags.to)) return mirror(flags, out);
  if (flags.follow) throw new DaybookError('config.invalid', '--follow is for --to esdb://… only.');
  if (flags.from === undefined) throw new DaybookError('config.invalid', '--from: where the log is now.');
  const from = placeOf('from', flags.from);
  const to = placeOf('to', flags.to);
  const needNats = [from, to].some((place) => place.kind === 'nats' && place.url === undefined);
  return withInfrastructure(
    process.env,
    process.cwd(),
    async (parts) => {
      if (to.kind === 'postgres' && to.url !== undefined) await migrate(to.url);
      const source = await openPlace(from, parts);
      const { epoch } = await source.info();
      const target = await openPlace(to, parts, epoch);
      try {
        const result = await copyLog({
          from: source,
          to: target,
          onProgress: copyProgress(out),
          verify: flags.verify ?? true,
        });
        const log: Profile['log'] =
          to.kind === 'postgres' ? 'postgres' : to.url === undefined ? 'nats-private' : 'nats-url';
        if (!flags.stay) writeProfile(parts.configuration.dataDir, { ...parts.profile, log });
        const then = flags.stay
          ? ''
          : to.kind === 'nats' && to.url !== undefined
            ? ' Start Daybook with NATS_URL set to it.'
            : ' Daybook uses it from its next start.';
        const compared = result.sha256 === undefined ? '' : ` and compared (SHA-256 ${result.sha256})`;
        out.result(
          result,
          `${result.commits} commits, ${result.contents} contents and ${result.checkpoints} checkpoints copied${compared}.${then}`,
        );
        return exitCodes.ok;
      } finally {
        await source.close();
        await target.close();
      }
    },
    needNats,
  );
}
