import { type EventLog, parsePosition, type StoredCommits } from '../../../bounded-contexts/kernel/index.ts';
import { DaybookError } from '../../../schemas/errors.ts';
import { type Progress, type ProgressReport, progress } from '../progress.ts';
import { pause } from '../subscription.ts';
import { addressOf, type EsdbClient, esdbClient } from './client.ts';
import { epochMade } from './epoch.ts';
import { markReached, reachedBefore } from './mirror-mark.ts';
import { verifyMirror } from './mirror-verify.ts';
import { type MirrorWriter, mirrorWriter } from './mirror-writer.ts';
import { type Patience, passing, patiently } from './patience.ts';

export interface MirrorOptions {
  readonly from: EventLog & StoredCommits;
  /** `esdb://…`. What it holds beside this log is left alone, but for another log of ours. */
  readonly url: string;
  /** Goes on with what is appended, until the signal, over restarts of either side. Default: to the present end. */
  readonly follow?: boolean;
  /** Ends it, with what it has done so far as the result. */
  readonly signal?: AbortSignal;
  /** Compares both event by event: all that there is, and with `follow` each commit from then on. Default true. */
  readonly verify?: boolean;
  readonly onProgress?: (report: ProgressReport) => void;
}

export interface MirrorResult {
  /** Where the mirror is, without who signs in. */
  readonly to: string;
  /** Written now; what was there before is not among them. */
  readonly commits: number;
  readonly events: number;
  /** Commits that were compared. */
  readonly verified: number;
}

interface Mirror {
  readonly from: EventLog & StoredCommits;
  readonly client: EsdbClient;
  readonly writer: MirrorWriter;
  /** By source stream, the sequence up to which all is written. */
  readonly reached: number[];
  readonly patience: Patience;
}

/** How often the log is asked whether it has grown, in ms. */
const lookMs = 250;
/** How often the mirror notes how far it reaches, in ms. */
const markMs = 2_000;

const changed = (message: string) => new DaybookError('log.history-changed', message);

/**
 * Writes each commit to the stream of its aggregate, all its events at once and with the revision that its stream must
 * have. Can be ended and begun again at any point: what is there already is passed over, and nothing is written twice.
 * Contents and checkpoints stay where they are. Throws `log.history-changed` where the mirror holds anything else.
 */
export async function esdbMirror(options: MirrorOptions): Promise<MirrorResult> {
  const { from, url, follow = false, signal, verify = true, onProgress } = options;
  const client = esdbClient(url);
  try {
    const { epoch, streams } = await from.info();
    if ((await epochMade(client, epoch)) !== epoch)
      throw changed(`What lies there is another log, not that of epoch ${epoch}.`);
    const reached = await reachedBefore(client, streams.length);
    const ends = await endsOf(from);
    if (reached.some((sequence, stream) => sequence > (ends[stream] ?? 0)))
      throw changed('The mirror reaches further than the log, which lost its tail.');

    const patience = { endless: follow, signal };
    const writer = mirrorWriter(client, epoch, patience);
    const mirror: Mirror = { from, client, writer, reached, patience };
    let compared = 0;
    try {
      const missing = ends.reduce((sum, end, stream) => sum + end - (reached[stream] ?? 0), 0);
      const step = progress('mirror', missing, onProgress);
      await catchUp(mirror, ends, false, step);
      step.end();
      if (verify && !signal?.aborted)
        compared = await verifyMirror({ from, client, epoch, ends, signal, onProgress });
      if (follow) await keepUp(mirror, verify, onProgress);
    } catch (error) {
      // Asked to end while a server is away: what was written is written.
      if (!signal?.aborted || !passing(error)) throw error;
    }
    const { commits, events } = writer.written;
    return { to: addressOf(url), commits, events, verified: compared + writer.written.compared };
  } finally {
    await client.close();
  }
}

async function endsOf(log: EventLog): Promise<number[]> {
  const { streams } = await log.info();
  return streams.map(({ last }) => (last === null ? 0 : parsePosition(last).sequence));
}

/** Writes what lies between `reached` and `ends`; ends sooner at the signal, with all noted that is written. */
async function catchUp(
  { from, client, writer, reached, patience }: Mirror,
  ends: readonly number[],
  readBack: boolean,
  step: Progress,
): Promise<void> {
  const { signal } = patience;
  let markedAt = performance.now();
  const before = reached.join();
  for (const [stream, end] of ends.entries()) {
    if (end === (reached[stream] ?? 0)) continue;
    for await (const run of from.stored(stream, (reached[stream] ?? 0) + 1, end)) {
      let expected = reached[stream] ?? 0;
      for (const { sequence } of run)
        if (sequence !== ++expected) throw changed(`The log lacks commit ${expected} of stream ${stream}.`);
      await writer.write(run, readBack);
      reached[stream] = expected;
      step.add(run.length);
      if (signal?.aborted) break;
      if (performance.now() - markedAt > markMs) {
        await patiently(() => markReached(client, reached), patience);
        markedAt = performance.now();
      }
    }
    if (signal?.aborted) break;
    if (reached[stream] !== end) throw changed(`The log ends before ${end} in stream ${stream}.`);
  }
  if (reached.join() !== before) await patiently(() => markReached(client, reached), patience);
}

/** Goes on with what is appended, until the signal. */
async function keepUp(
  mirror: Mirror,
  readBack: boolean,
  onProgress: MirrorOptions['onProgress'],
): Promise<void> {
  const { from, reached, patience } = mirror;
  const signal = patience.signal ?? new AbortController().signal;
  const step = progress('follow', undefined, onProgress);
  while (!signal.aborted) {
    try {
      const ends = await endsOf(from);
      if (ends.some((end, stream) => end < (reached[stream] ?? 0)))
        throw changed('The log ends before what was mirrored of it: it lost its tail.');
      await catchUp(mirror, ends, readBack, step);
    } catch (error) {
      if (!passing(error)) throw error;
    }
    await pause(lookMs, signal);
  }
  step.end();
}
