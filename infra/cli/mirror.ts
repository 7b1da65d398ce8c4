import { DaybookError, isDaybookError } from '../../schemas/errors.ts';
import { type CopyableLog, esdbMirror, type MirrorOptions, type ProgressReport } from '../event-log/index.ts';
import {
  type Configuration,
  loadConfiguration,
  readProfile,
  readRunning,
  withInfrastructure,
} from '../launcher/index.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { withParts } from './local.ts';
import { type CopyFlags, openPlace, placeOf } from './log-place.ts';
import { copyProgress, explain, type Output } from './output.ts';

export const isMirror = (to: string): boolean => to === 'esdb' || /^esdb(\+discover)?:\/\//.test(to);

/** How often a mirror that follows looks whether its Daybook still runs where it did, in ms. */
const lookMs = 1_000;

/**
 * `log copy --to esdb://…`: mirrors a log into EventStoreDB, of a Daybook that runs or that is stopped. Nothing of
 * Daybook changes by it. Ctrl-C ends it, with a summary; the same command goes on where it was.
 */
export async function mirror(flags: CopyFlags, out: Output): Promise<ExitCode> {
  const configuration = loadConfiguration(process.env, process.cwd());
  const url = flags.to === 'esdb' ? configuration.env.EVENTSTORE_URL : flags.to;
  if (url === undefined)
    throw new DaybookError('config.invalid', '--to esdb wants EVENTSTORE_URL to say where that is.');
  const running = readRunning(configuration.dataDir);
  const stopping = new AbortController();
  const end = () => stopping.abort();
  process.once('SIGINT', end).once('SIGTERM', end);
  const write = (from: MirrorOptions['from'], gone: () => boolean) =>
    mirrorFrom(from, { ...flags, url, stopping, gone }, out);
  try {
    if (running?.databaseUrl === undefined) return await ofStopped(configuration, flags, write);
    if (flags.from !== undefined)
      throw new DaybookError(
        'config.invalid',
        `Daybook runs on ${configuration.dataDir}: leave --from away, and its log is mirrored; or stop it first.`,
      );
    const { databaseUrl, natsUrl } = running;
    const gone = () => {
      const now = readRunning(configuration.dataDir);
      return now?.databaseUrl !== databaseUrl || now.natsUrl !== natsUrl;
    };
    return await withParts({ configuration, running }, ({ log }) => write(log, gone));
  } finally {
    process.off('SIGINT', end).off('SIGTERM', end);
  }
}

async function ofStopped(
  { dataDir }: Configuration,
  flags: CopyFlags,
  write: (from: CopyableLog, gone: () => boolean) => Promise<ExitCode>,
): Promise<ExitCode> {
  if (flags.follow)
    throw new DaybookError(
      'config.invalid',
      `--follow: no Daybook runs on ${dataDir}, so nothing would come. Start it first.`,
    );
  const profile = readProfile(dataDir);
  if (flags.from === undefined && !profile)
    throw new DaybookError(
      'config.invalid',
      `There is no Daybook in ${dataDir}. Set DAYBOOK_DATA_DIR, or name its log with --from.`,
    );
  const place = flags.from === undefined ? undefined : placeOf('from', flags.from);
  const needNats = place?.kind === 'nats' && place.url === undefined;
  return withInfrastructure(
    process.env,
    process.cwd(),
    async (parts) => {
      const own = { kind: parts.urls.nats === undefined ? 'postgres' : 'nats', url: undefined } as const;
      const log = await openPlace(place ?? own, parts);
      try {
        return await write(log, () => false);
      } finally {
        await log.close();
      }
    },
    needNats,
  );
}

interface Work extends CopyFlags {
  readonly url: string;
  readonly stopping: AbortController;
  /** Whether the Daybook whose log this is has ended, or runs elsewhere now. */
  readonly gone: () => boolean;
}

async function mirrorFrom(from: MirrorOptions['from'], work: Work, out: Output): Promise<ExitCode> {
  const { url, stopping, gone, follow = false, verify = true } = work;
  let left = false;
  const looking = setInterval(() => {
    left ||= gone();
    if (left) stopping.abort();
  }, lookMs);
  const progress = copyProgress(out);
  const onProgress = (report: ProgressReport) => {
    progress(report);
    if (follow && report.ended && report.step === (verify ? 'verify mirror' : 'mirror'))
      out.say('Up to date; following. Ctrl-C ends it.');
  };
  try {
    const result = await esdbMirror({ from, url, follow, verify, signal: stopping.signal, onProgress });
    const ended = stopping.signal.aborted;
    const compared = verify ? `, ${result.verified} commits compared` : '';
    out.result(
      { ...result, ended: left ? 'daybook-stopped' : ended ? 'asked' : 'complete' },
      `${result.commits} commits with ${result.events} events written to ${result.to}${compared}.${ended ? ' The same command goes on from here.' : ''}`,
    );
    if (left) {
      out.say('daybook: Daybook was stopped meanwhile.');
      return exitCodes.unavailable;
    }
    return ended && !follow ? exitCodes.interrupted : exitCodes.ok;
  } catch (error) {
    if (!isDaybookError(error, 'log.history-changed')) throw error;
    out.say(explain(error));
    return exitCodes.found;
  } finally {
    clearInterval(looking);
  }
}
