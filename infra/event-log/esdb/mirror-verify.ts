import { createHash } from 'node:crypto';
import type { AllStreamRecordedEvent } from '@eventstore/db-client';
import { parsePosition, type StoredCommits } from '../../../bounded-contexts/kernel/index.ts';
import { DaybookError } from '../../../schemas/errors.ts';
import { type ProgressReport, progress } from '../progress.ts';
import type { EsdbClient } from './client.ts';
import { aboutEvent, bodyOf, holdsCommits, subjectOfStream } from './form.ts';
import { foreign } from './mirror-writer.ts';

export interface VerifyMirrorOptions {
  readonly from: StoredCommits;
  readonly client: EsdbClient;
  readonly epoch: string;
  /** By source stream, up to where. */
  readonly ends: readonly number[];
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((report: ProgressReport) => void) | undefined;
}

const changed = (message: string) => new DaybookError('log.history-changed', message);

/** Bytes of SHA-256 that are kept of each commit. */
const digestBytes = 16;
const digestOf = (subject: string, body: Uint8Array): Buffer =>
  createHash('sha256').update(subject).update('\0').update(body).digest().subarray(0, digestBytes);

/**
 * Reads the log once and the mirror once, each in its own order, and compares them event by event: each commit of the
 * log up to `ends` is in the mirror, whole, once, unchanged, in the stream of its aggregate and in its order there, and
 * nothing foreign lies between. Keeps 16 bytes a commit in memory. Returns how many are equal; 0 where it was ended.
 * Throws `log.history-changed` at the first difference.
 */
export async function verifyMirror(options: VerifyMirrorOptions): Promise<number> {
  const { from, client, epoch, ends, signal, onProgress } = options;
  const total = ends.reduce((sum, end) => sum + end, 0);
  const step = progress('verify mirror', 2 * total, onProgress);
  const digests = ends.map((end) => Buffer.alloc(end * digestBytes));
  const seen = ends.map((end) => new Uint8Array(end));
  for (const [stream, end] of ends.entries()) {
    let expected = 0;
    if (end === 0) continue;
    for await (const run of from.stored(stream, 1, end)) {
      for (const { sequence, subject, body } of run) {
        if (sequence !== ++expected) throw changed(`The log lacks commit ${expected} of stream ${stream}.`);
        digests[stream]?.set(digestOf(subject, body), (sequence - 1) * digestBytes);
      }
      step.add(run.length);
      if (signal?.aborted) return 0;
    }
    if (expected !== end) throw changed(`The log lacks commit ${expected + 1} of stream ${stream}.`);
  }

  const orders = new Map<string, number>();
  const strangers = new Set<string>();
  let open: AllStreamRecordedEvent[] = [];
  for await (const event of client.all(null)) {
    if (signal?.aborted) return 0;
    const name = event.streamId;
    if (!holdsCommits(name)) continue;
    const about = aboutEvent(event);
    if (about?.position === undefined) {
      strangers.add(name);
      continue;
    }
    open.push(event);
    if (about.index < about.count - 1) continue;
    const { epoch: of, stream, sequence } = parsePosition(about.position);
    const whole = open;
    open = [];
    if (of !== epoch) throw changed(`The stream ${name} holds events of another log, ${of}.`);
    // What came after this began is another comparison's.
    if (sequence > (ends[stream] ?? 0)) continue;
    const differs = (how: string) =>
      changed(`Commit ${sequence} of stream ${stream} (${name}) ${how} in the mirror.`);
    if (seen[stream]?.[sequence - 1] === 1) throw differs('is there twice');
    if (sequence <= (orders.get(name) ?? 0)) throw differs('is out of order');
    if (!same(digests[stream], sequence, name, whole)) throw differs('differs');
    orders.set(name, sequence);
    seen[stream]?.set([1], sequence - 1);
    step.add(1);
  }
  if (open.length > 0) throw changed(`The stream ${open[0]?.streamId} ends within a commit.`);
  for (const name of strangers) if (orders.has(name)) throw foreign(name);
  for (const [stream, flags] of seen.entries()) {
    const missing = flags.indexOf(0);
    if (missing >= 0) throw changed(`Commit ${missing + 1} of stream ${stream} is not in the mirror.`);
  }
  step.end();
  return total;
}

function same(
  digests: Buffer | undefined,
  sequence: number,
  name: string,
  events: readonly AllStreamRecordedEvent[],
): boolean {
  if (events.some(({ streamId }) => streamId !== name)) return false;
  try {
    const found = digestOf(subjectOfStream(name), bodyOf(events));
    return digests?.subarray((sequence - 1) * digestBytes, sequence * digestBytes).equals(found) ?? false;
  } catch {
    // Events that are no whole commit, or a name that no aggregate has.
    return false;
  }
}
