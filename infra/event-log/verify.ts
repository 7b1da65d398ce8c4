import { createHash } from 'node:crypto';
import {
  type EventLog,
  encodeCommit,
  type Position,
  parsePosition,
  position,
} from '../../bounded-contexts/kernel/index.ts';
import { isDaybookError } from '../../schemas/errors.ts';
import { eventCatalogue } from '../../schemas/events/index.ts';
import { type ProgressReport, progress } from './progress.ts';

export interface LogBreak {
  readonly stream: number;
  readonly sequence: number;
  readonly reason: string;
}

export interface LogVerification {
  readonly commits: number;
  readonly events: number;
  /** SHA-256 over position, subject and canonical bytes of each commit, in order. */
  readonly sha256: string;
  /** Commits whose `prev` is not the last that counted: void for every reader, and no damage. */
  readonly voided: number;
  /** The first break, or null where there is none. */
  readonly firstBreak: LogBreak | null;
}

/**
 * Reads the whole log: positions without gaps, every event valid by its schema, each aggregate's `prev` an
 * earlier commit of its own. Ends at the end, or at the first break of each stream.
 */
export async function verifyLog(
  log: EventLog,
  onProgress?: (report: ProgressReport) => void,
): Promise<LogVerification> {
  const info = await log.info();
  const ends = info.streams.map(({ last }) => (last === null ? 0 : parsePosition(last).sequence));
  const step = progress(
    'verify log',
    ends.reduce((sum, end) => sum + end, 0),
    onProgress,
  );
  const sums = ends.map(() => createHash('sha256'));
  /** By aggregate, its last commit that counted. */
  const counted = new Map<string, Position>();
  const reached = ends.map(() => 0);
  let commits = 0;
  let events = 0;
  let voided = 0;
  let firstBreak: LogBreak | null = null;

  const finished = () => ends.every((end, stream) => (reached[stream] ?? 0) >= end);
  try {
    if (!finished()) {
      for await (const batch of log.subscribe('es.>', [])) {
        for (const { stream, sequence, subject, position: at, commit } of batch.commits) {
          const broken = (reason: string) => {
            firstBreak ??= { stream, sequence, reason };
          };
          if (sequence > (ends[stream] ?? 0)) break;
          const expected = (reached[stream] ?? 0) + 1;
          if (sequence !== expected) broken(`commit ${expected} is missing`);
          reached[stream] = sequence;
          for (const event of commit.events) {
            const result = eventCatalogue[event.type].schema.safeParse(event.data);
            if (!result.success) broken(`${event.type}: ${result.error.issues[0]?.message}`);
            events++;
          }
          // A fact has no `prev`; an aggregate's first has null.
          if (commit.prev !== undefined) {
            const last = counted.get(subject) ?? null;
            if (commit.prev === last) counted.set(subject, at);
            else if (commit.prev !== null && isLater(commit.prev, at))
              broken('prev is not an earlier commit');
            else voided++;
          }
          sums[stream]?.update(`${at} ${subject} `).update(encodeCommit(commit));
          commits++;
          step.add(1);
        }
        const through = parsePosition(batch.through).sequence;
        const end = ends[batch.stream] ?? 0;
        if (batch.caughtUp && firstBreak === null && (reached[batch.stream] ?? 0) < Math.min(end, through)) {
          firstBreak = {
            stream: batch.stream,
            sequence: (reached[batch.stream] ?? 0) + 1,
            reason: 'the log ends before its own end',
          };
        }
        if (firstBreak !== null || finished()) break;
      }
    }
  } catch (error) {
    // A commit that cannot be read, or a log that lacks its beginning, is what we look for.
    const unreadable =
      error instanceof RangeError || error instanceof SyntaxError || error instanceof TypeError;
    if (!unreadable && !isDaybookError(error, 'log.history-changed')) throw error;
    const stream = ends.findIndex((end, index) => (reached[index] ?? 0) < end);
    const from = (reached[stream] ?? 0) + 1;
    firstBreak = (await firstUnreadable(log, info.epoch, stream, from, ends[stream] ?? 0)) ?? {
      stream,
      sequence: from,
      reason: error.message,
    };
  }
  step.end();
  const sha256 = createHash('sha256');
  for (const sum of sums) sha256.update(sum.digest());
  return { commits, events, voided, firstBreak, sha256: sha256.digest('hex') };
}

/** A batch is read as a whole; one at a time says which of it is missing or cannot be read. */
async function firstUnreadable(
  log: EventLog,
  epoch: string,
  stream: number,
  from: number,
  end: number,
): Promise<LogBreak | null> {
  for (let sequence = from; sequence <= end; sequence++) {
    try {
      if (!(await log.at(position(epoch, stream, sequence)))) {
        return { stream, sequence, reason: `commit ${sequence} is missing` };
      }
    } catch (error) {
      return { stream, sequence, reason: error instanceof Error ? error.message : String(error) };
    }
  }
  return null;
}

const isLater = (prev: Position, than: Position): boolean => {
  const [a, b] = [parsePosition(prev), parsePosition(than)];
  return a.stream !== b.stream || a.sequence >= b.sequence;
};
