import type { AuditEntry, StoredCommit } from '../../kernel/index.ts';
import { type CheckedCheckpoint, chainCheck, type Witness } from './chain.ts';
import { type Comparison, compareRange } from './compare.ts';
import { cursorOver } from './cursor.ts';
import { differencesIn } from './differences.ts';
import type { Finding } from './findings.ts';
import type { PublicKey } from './keys.ts';

export interface AuditInput {
  readonly epoch: string;
  /** How many streams the log has. */
  readonly streams: number;
  /** All checkpoints, in order. */
  readonly entries: AsyncIterable<AuditEntry> | Iterable<AuditEntry>;
  /** All that lies on a stream, in order. */
  readonly records: (stream: number) => AsyncIterable<readonly StoredCommit[]>;
  readonly keys: readonly PublicKey[];
  readonly witnesses?: readonly Witness[];
}

export interface SealedStream {
  readonly stream: number;
  /** The last sequence that a trusted checkpoint seals; 0 for none. */
  readonly sealedTo: number;
  /** Commits after it: the next checkpoint will seal them. */
  readonly notSealedYet: number;
}

export interface AuditVerification {
  readonly checkpoints: number;
  readonly streams: readonly SealedStream[];
  /** By stream and sequence; none: all that was sealed is on the log as it was. */
  readonly findings: readonly Finding[];
  /** Further ones that are not named: after the first thousand of a stream. */
  readonly more: number;
}

/**
 * Holds a log against its checkpoints, reading both once. What lies between was sealed and is proven, or is named.
 * What comes after the last checkpoint is only counted, and looked through for gaps.
 */
export async function verifyAudit(input: AuditInput): Promise<AuditVerification> {
  const { epoch, keys, witnesses = [] } = input;
  const chain = chainCheck(epoch, keys, witnesses);
  const streams = Array.from({ length: input.streams }, (_, stream): StreamWork => {
    const cursor = cursorOver(input.records(stream));
    const with_ = { cursor, differences: differencesIn(stream), offset: 0, ended: false };
    return { stream, with_, waiting: undefined, sealedTo: 0 };
  });
  /** Streams that were sealed and that the log does not have, with the first sequence of each. */
  const gone = new Map<number, number>();
  try {
    for await (const entry of input.entries) {
      const taken = chain.take(entry);
      if (!taken) continue;
      const work = streams[taken.checkpoint.stream];
      if (!work) {
        gone.set(taken.checkpoint.stream, gone.get(taken.checkpoint.stream) ?? taken.checkpoint.from);
        continue;
      }
      // One behind: whether a range's last commit was removed, the first leaf after it tells.
      await settle(work, taken.leaves?.[0]);
      work.waiting = taken;
    }
    chain.end();
    const findings = [...chain.findings];
    for (const [stream, sequence] of gone)
      findings.push({ kind: 'truncated', stream, sequence, reason: `the log has no stream ${stream}` });
    const sealed: SealedStream[] = [];
    let more = 0;
    for (const work of streams) {
      await settle(work, undefined);
      sealed.push({ stream: work.stream, sealedTo: work.sealedTo, notSealedYet: await countRest(work) });
      const found = work.with_.differences.end();
      findings.push(...found.findings);
      more += found.more;
    }
    findings.sort((a, b) => a.stream - b.stream || a.sequence - b.sequence);
    return { checkpoints: chain.checked, streams: sealed, findings, more };
  } finally {
    for (const { with_ } of streams) await with_.cursor.close();
  }
}

interface StreamWork {
  readonly stream: number;
  readonly with_: Comparison;
  /** A checkpoint whose range has not been compared. */
  waiting: CheckedCheckpoint | undefined;
  sealedTo: number;
}

async function settle(work: StreamWork, following: Uint8Array | undefined): Promise<void> {
  const { waiting, with_ } = work;
  if (!waiting) return;
  const { from, to } = waiting.checkpoint;
  // Also what a missing checkpoint sealed: nobody can say any more whether it was changed.
  if (waiting.leaves === null) return;
  if (from > work.sealedTo + 1) await skipTo(with_, from - 1);
  // What was sealed twice is compared once, by whoever came first.
  if (from <= work.sealedTo) return;
  work.sealedTo = to;
  await compareRange(with_, { from, leaves: waiting.leaves, following });
}

async function skipTo({ cursor, offset }: Comparison, sequence: number): Promise<void> {
  for (;;) {
    await cursor.ready();
    if (!cursor.current || cursor.current.sequence > sequence + offset) return;
    cursor.skip();
  }
}

async function countRest({ with_, sealedTo }: StreamWork): Promise<number> {
  const { cursor, differences, offset } = with_;
  let count = 0;
  for (let expected = sealedTo + offset + 1; !with_.ended; expected++) {
    await cursor.ready();
    const { current } = cursor;
    if (!current) break;
    if (current.sequence > expected) {
      differences.tell('removed', expected, `commit ${expected} is missing; it was not sealed yet`);
      expected = current.sequence;
    }
    cursor.skip();
    // A place that was sealed, after something before it was taken away: perhaps what was moved there.
    if (current.sequence <= sealedTo)
      differences.add({ kind: 'inserted', sequence: current.sequence, record: current });
    else count++;
  }
  return count;
}
