import { hash } from 'node:crypto';
import type { AuditEntry, StoredCommit } from '../../../kernel/index.ts';
import { witnessOf } from '../chain.ts';
import { decodeCheckpoint, encodeCheckpoint, type SignedCheckpoint, signCheckpoint } from '../checkpoint.ts';
import { type SigningKey, signingKey } from '../keys.ts';
import { leafAt } from '../leaf.ts';
import { type AuditInput, type AuditVerification, verifyAudit } from '../verify.ts';

export const epoch = 'e1';
export const key = signingKey(hash('sha256', 'the notary of the tests', 'buffer'));

/** A log and its checkpoints, as plain arrays that a test may do anything to. */
export interface History {
  readonly records: StoredCommit[][];
  entries: AuditEntry[];
}

/** Numbers in [0, n) that are the same for the same seed (mulberry32). */
export function numbers(seed: number): (n: number) => number {
  let state = seed >>> 0;
  return (n) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % n;
  };
}

export function recordOf(stream: number, sequence: number, pick: (n: number) => number): StoredCommit {
  const subject = `es.0${stream}.acme.key.k${pick(5)}`;
  const body = JSON.stringify({ id: `c${pick(2 ** 31)}`, events: [{ type: 'key.revoked', n: pick(100) }] });
  return { stream, sequence, subject, body: Buffer.from(body) };
}

/** Signs a run of a stream's records as the next checkpoint. */
export function seal(history: History, stream: number, from: number, to: number, by: SigningKey = key): void {
  const last = history.entries.at(-1);
  const previous = last ? witnessOf(checkpointIn(last)).hash : null;
  const leaves = (history.records[stream] ?? []).slice(from - 1, to).map((one) => leafAt(one.sequence, one));
  const number = (last?.number ?? 0) + 1;
  const signed = signCheckpoint(by, { number, epoch, stream, from, previous }, leaves, 1_790_000_000_000);
  history.entries.push(entryOf(signed));
}

export const entryOf = (checkpoint: SignedCheckpoint): AuditEntry => ({
  number: checkpoint.number,
  body: encodeCheckpoint(checkpoint, `a${checkpoint.number}`),
});

export function checkpointIn(entry: AuditEntry): SignedCheckpoint {
  const found = decodeCheckpoint(entry.body);
  if (!found) throw new Error('not a checkpoint');
  return found;
}

/** A history of one to three streams, sealed in ranges of different lengths, with a tail that is not. */
export function historyOf(seed: number): History {
  const pick = numbers(seed);
  const streams = 1 + pick(3);
  const history: History = { records: [], entries: [] };
  for (let stream = 0; stream < streams; stream++) {
    const length = 12 + pick(30);
    history.records.push(Array.from({ length }, (_, i) => recordOf(stream, i + 1, pick)));
  }
  const sealed = history.records.map(() => 0);
  for (let turn = 0; turn < 6 * streams; turn++) {
    const stream = pick(streams);
    const from = (sealed[stream] as number) + 1;
    const to = Math.min(from + pick(7), (history.records[stream] as StoredCommit[]).length - 2);
    if (to < from) continue;
    seal(history, stream, from, to);
    sealed[stream] = to;
  }
  return history;
}

async function* inRuns(records: readonly StoredCommit[]) {
  for (let i = 0; i < records.length; i += 5) yield records.slice(i, i + 5);
}

export const verify = (history: History, more: Partial<AuditInput> = {}): Promise<AuditVerification> =>
  verifyAudit({
    epoch,
    streams: history.records.length,
    entries: history.entries,
    records: (stream) => inRuns(history.records[stream] ?? []),
    keys: [key],
    ...more,
  });
