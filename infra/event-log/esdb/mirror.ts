import { NO_STREAM, type RecordedEvent } from '@eventstore/db-client';
import {
  type EventLog,
  encodeCommit,
  everything,
  type Position,
  parsePosition,
  type Recorded,
} from '../../../bounded-contexts/kernel/index.ts';
import { DaybookError, isDaybookError } from '../../../schemas/errors.ts';
import { type ProgressReport, progress } from '../progress.ts';
import { type EsdbClient, esdbClient } from './client.ts';
import { epochMade } from './epoch.ts';
import { aboutEvent, commitOf, eventsOf, holdsCommits, streamOf } from './form.ts';

export interface MirrorOptions {
  readonly from: EventLog;
  /** `esdb://…`. Whatever it holds of another log is left alone only if it is none of ours. */
  readonly url: string;
  /** Goes on with what is appended, until the signal. Default: to the end as it is now. */
  readonly follow?: AbortSignal;
  /** Afterwards reads both and compares them event by event. Default true. */
  readonly verify?: boolean;
  readonly onProgress?: (report: ProgressReport) => void;
}

export interface MirrorResult {
  /** Commits that were written now; what was there before is not among them. */
  readonly commits: number;
  readonly events: number;
  /** Commits that were compared. */
  readonly verified: number;
}

/** Commits of different aggregates that are on their way together. */
const window = 64;
/** Aggregates whose end in the mirror is remembered. */
const mostKnown = 100_000;

const changed = (message: string) => new DaybookError('log.history-changed', message);

/** The end of an aggregate in the mirror. */
interface End {
  readonly revision: bigint | null;
  /** Of the commit that ends there, on its source stream. */
  readonly sequence: number;
}

/**
 * Writes each commit to the stream of its aggregate, all its events at once and with the revision that its stream must
 * have. Can be ended and begun again at any point: what is there already is passed over, and nothing is written twice.
 * Contents stay where they are. Throws `log.history-changed` where the mirror holds anything else.
 */
export async function esdbMirror(options: MirrorOptions): Promise<MirrorResult> {
  const { from, url, follow, verify = true, onProgress } = options;
  const client = esdbClient(url);
  try {
    const { epoch, streams } = await from.info();
    if ((await epochMade(client, epoch)) !== epoch)
      throw changed(`What lies there mirrors another log than that of epoch ${epoch}.`);
    const written = await copyInto(
      client,
      from,
      streams.map(({ last }) => last),
      follow,
      onProgress,
    );
    const verified = verify ? await compare(client, from, onProgress) : 0;
    return { ...written, verified };
  } finally {
    await client.close();
  }
}

async function copyInto(
  client: EsdbClient,
  from: EventLog,
  ends: readonly (Position | null)[],
  follow: AbortSignal | undefined,
  onProgress: MirrorOptions['onProgress'],
): Promise<Omit<MirrorResult, 'verified'>> {
  const total = ends.reduce((sum, last) => sum + (last === null ? 0 : parsePosition(last).sequence), 0);
  const step = progress('mirror', follow ? undefined : total, onProgress);
  const known = new Map<string, End>();
  const reached = ends.map(() => 0);
  const done = () =>
    !follow && ends.every((last, n) => last === null || (reached[n] ?? 0) >= parsePosition(last).sequence);
  let commits = 0;
  let events = 0;

  async function endOf(stream: string): Promise<End> {
    const before = known.get(stream);
    if (before) return before;
    const [event] = await client.stream(stream, undefined, 1);
    const at = event && aboutEvent(event)?.position;
    if (event && at === undefined)
      throw changed(`The stream ${stream} holds something that is none of this mirror.`);
    return { revision: event?.revision ?? null, sequence: at === undefined ? 0 : parsePosition(at).sequence };
  }

  async function write({ subject, commit, position, sequence }: Recorded): Promise<void> {
    const stream = streamOf(subject);
    const end = await endOf(stream);
    if (end.sequence >= sequence) {
      known.set(stream, end);
      return;
    }
    const made = eventsOf(subject, commit, position, position);
    const { revision } = await insistently(() => client.append(stream, made, end.revision ?? NO_STREAM));
    if (revision === undefined) throw changed(`Somebody else writes to the stream ${stream}.`);
    if (known.size >= mostKnown) known.clear();
    known.set(stream, { revision, sequence });
    commits++;
    events += made.length;
  }

  if (done()) return { commits, events };
  const subscription = from.subscribe(everything, []);
  follow?.addEventListener('abort', () => void subscription.stop(), { once: true });
  for await (const { stream, commits: run, through } of subscription) {
    // Commits of one aggregate in their order; those of others beside them.
    const busy = new Map<string, Promise<void>>();
    const open = new Set<Promise<void>>();
    for (const recorded of run) {
      const before = busy.get(recorded.subject) ?? Promise.resolve();
      const own = before.then(() => write(recorded));
      busy.set(recorded.subject, own);
      open.add(own);
      own.then(
        () => open.delete(own),
        () => {},
      );
      if (open.size >= window) await Promise.race(open);
    }
    await Promise.all(open);
    step.add(run.length);
    reached[stream] = parsePosition(through).sequence;
    if (done() || follow?.aborted) break;
  }
  await subscription.stop();
  step.end();
  return { commits, events };
}

/** The same bytes again: EventStoreDB keeps what it has under their ids. */
async function insistently<T>(send: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await send();
    } catch (error) {
      const passing = isDaybookError(error, 'log.timeout') || isDaybookError(error, 'log.unavailable');
      if (!passing || tries >= 20) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

const readAtOnce = 512;

/** The commits of one stream of the mirror, in order. */
async function* commitsOf(client: EsdbClient, stream: string) {
  let next = 0n;
  let open: RecordedEvent[] = [];
  for (;;) {
    const events = await client.stream(stream, next, readAtOnce);
    for (const event of events) {
      next = event.revision + 1n;
      open.push(event);
      const about = aboutEvent(event);
      if (!about) throw changed(`The stream ${stream} holds something that is none of this mirror.`);
      if (about.index < about.count - 1) continue;
      yield { ...commitOf(open), position: about.position };
      open = [];
    }
    if (events.length < readAtOnce) return;
  }
}

/** Both, event by event: what the log had when this began must be in the mirror, and nothing else before its end. */
async function compare(
  client: EsdbClient,
  from: EventLog,
  onProgress: MirrorOptions['onProgress'],
): Promise<number> {
  const { streams } = await from.info();
  const ends = streams.map(({ last }) => (last === null ? 0 : parsePosition(last).sequence));
  const step = progress(
    'verify mirror',
    ends.reduce((sum, end) => sum + end, 0),
    onProgress,
  );
  const mirrors = new Map<string, ReturnType<typeof commitsOf>>();
  const reached = ends.map(() => 0);
  let verified = 0;
  const done = () => ends.every((end, stream) => (reached[stream] ?? 0) >= end);
  if (!done()) {
    const subscription = from.subscribe(everything, []);
    for await (const { stream, commits, through } of subscription) {
      for (const { subject, sequence, position, commit } of commits) {
        if (sequence > (ends[stream] ?? 0)) break;
        const name = streamOf(subject);
        const mirror = mirrors.get(name) ?? commitsOf(client, name);
        mirrors.set(name, mirror);
        const { value: theirs } = await mirror.next();
        if (
          !theirs ||
          theirs.position !== position ||
          !Buffer.from(encodeCommit(theirs.commit)).equals(encodeCommit(commit))
        )
          throw changed(`Commit ${sequence} of stream ${stream} (${name}) differs in the mirror.`);
        verified++;
      }
      step.add(commits.length);
      reached[stream] = parsePosition(through).sequence;
      if (done()) break;
    }
    await subscription.stop();
  }
  let held = 0;
  for await (const event of client.all(null)) {
    if (!holdsCommits(event.streamId)) continue;
    const about = aboutEvent(event);
    const at = about?.position === undefined ? undefined : parsePosition(about.position);
    if (about?.index === 0 && at && at.sequence <= (ends[at.stream] ?? 0)) held++;
  }
  if (held !== verified)
    throw changed(`The mirror holds ${held} commits of this log, which has ${verified}.`);
  step.end();
  return verified;
}
