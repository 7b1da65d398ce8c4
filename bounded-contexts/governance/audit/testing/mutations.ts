import { hash } from 'node:crypto';
import type { StoredCommit } from '../../../kernel/index.ts';
import type { Finding } from '../findings.ts';
import { signingKey } from '../keys.ts';
import { checkpointIn, entryOf, type History, recordOf, seal } from './history.ts';

type Pick = (n: number) => number;
/** What the first finding in the stream must say; of a checkpoint, what some finding must say. */
export type Expectation = Partial<Finding>;

const stranger = signingKey(hash('sha256', 'somebody else', 'buffer'));

/** A stream of which something is sealed, and up to where. */
function sealedStream(history: History, pick: Pick): { stream: number; records: StoredCommit[]; to: number } {
  const ends = new Map<number, number>();
  for (const entry of history.entries) ends.set(checkpointIn(entry).stream, checkpointIn(entry).to);
  const [stream, to] = [...ends][pick(ends.size)] as [number, number];
  return { stream, records: history.records[stream] as StoredCommit[], to };
}

const renumber = (records: StoredCommit[]) => {
  for (const [index, record] of records.entries()) records[index] = { ...record, sequence: index + 1 };
};

function flipped(bytes: Uint8Array, pick: Pick): Buffer {
  const changed = Buffer.from(bytes);
  const at = pick(changed.length);
  changed[at] = (changed[at] as number) ^ (1 << pick(8));
  return changed;
}

function change(
  history: History,
  pick: Pick,
  make: (record: StoredCommit) => Partial<StoredCommit>,
): Expectation {
  const { stream, records, to } = sealedStream(history, pick);
  const index = pick(to);
  const record = records[index] as StoredCommit;
  records[index] = { ...record, ...make(record) };
  return { kind: 'changed', stream, sequence: index + 1 };
}

/** Takes the checkpoint that seals `found`, and all after it, out of the history. */
function cutFrom(history: History, found: Expectation) {
  const sequence = found.sequence as number;
  const index = history.entries
    .map(checkpointIn)
    .findIndex(({ stream, from, to }) => stream === found.stream && from <= sequence && sequence <= to);
  return history.entries.splice(index).map(checkpointIn);
}

function reorder(history: History, pick: Pick, how: (records: StoredCommit[], i: number, j: number) => void) {
  const { stream, records, to } = sealedStream(history, pick);
  if (to < 2) return null;
  const i = pick(to);
  const j = (i + 1 + pick(to - 1)) % to;
  how(records, i, j);
  return { kind: 'reordered', stream, sequence: Math.min(i, j) + 1 } as const;
}

/** Each does one thing to a history and says what must be found; null where this history has no room for it. */
export const mutations: Record<string, (history: History, pick: Pick) => Expectation | null> = {
  'a bit of a body': (history, pick) => change(history, pick, ({ body }) => ({ body: flipped(body, pick) })),
  'a letter of a subject': (history, pick) =>
    change(history, pick, ({ subject }) => {
      const at = pick(subject.length);
      return { subject: `${subject.slice(0, at)}X${subject.slice(at + 1)}` };
    }),
  'another commit in the place of one': (history, pick) =>
    change(history, pick, ({ stream, sequence }) => recordOf(stream, sequence, pick)),
  'two commits exchanged': (history, pick) =>
    reorder(history, pick, (records, i, j) => {
      const [a, b] = [records[i] as StoredCommit, records[j] as StoredCommit];
      records[i] = { ...b, sequence: a.sequence };
      records[j] = { ...a, sequence: b.sequence };
    }),
  'a commit moved, and all between it counted anew': (history, pick) =>
    reorder(history, pick, (records, i, j) => {
      records.splice(j, 0, ...records.splice(i, 1));
      renumber(records);
    }),
  'a commit removed': (history, pick) => {
    const { stream, records, to } = sealedStream(history, pick);
    const [gone] = records.splice(pick(to), 1);
    return { kind: 'removed', stream, sequence: gone?.sequence as number };
  },
  'a commit removed, and the rest counted anew': (history, pick) => {
    const { stream, records, to } = sealedStream(history, pick);
    const [gone] = records.splice(pick(to), 1);
    renumber(records);
    return { stream, sequence: gone?.sequence as number };
  },
  'a commit inserted, and the rest counted anew': (history, pick) => {
    const { stream, records, to } = sealedStream(history, pick);
    const index = pick(to);
    records.splice(index, 0, recordOf(stream, 0, pick));
    renumber(records);
    return { kind: 'inserted', stream, sequence: index + 1 };
  },
  'a sealed tail cut off': (history, pick) => {
    const { stream, records, to } = sealedStream(history, pick);
    records.length = pick(to);
    return { kind: 'truncated', stream, sequence: records.length + 1 };
  },
  'a whole stream left out': (history, pick) => {
    const { stream } = sealedStream(history, pick);
    if (stream !== history.records.length - 1) return null;
    history.records.pop();
    return { kind: 'truncated', stream, sequence: 1 };
  },
  'a checkpoint dropped': (history, pick) => {
    const [gone] = history.entries.splice(pick(history.entries.length), 1);
    const { number, stream, from } = checkpointIn(gone as History['entries'][number]);
    const later = history.entries
      .map(checkpointIn)
      .some((one) => one.number > number && one.stream === stream);
    const last = history.entries.every((one) => one.number < number);
    return {
      kind: 'checkpoint-missing',
      checkpoint: number,
      ...(later || last ? { stream, sequence: from } : {}),
    };
  },
  'the last checkpoints and what they sealed cut off': (history, pick) => {
    const kept = pick(history.entries.length);
    const gone = history.entries.splice(kept).map(checkpointIn);
    for (const { stream, from } of gone.reverse())
      (history.records[stream] as StoredCommit[]).length = from - 1;
    const { number } = gone.at(-1) as (typeof gone)[number];
    return { kind: 'checkpoint-missing', checkpoint: number };
  },
  'a checkpoint forged': (history, pick) => {
    const index = pick(history.entries.length);
    const one = checkpointIn(history.entries[index] as History['entries'][number]);
    const other = hash('sha256', `${pick(2 ** 31)}`, 'base64url');
    const forged = [
      { root: other },
      { previous: other },
      { at: '2026-01-01T00:00:00.000Z' },
      { signature: flipped(Buffer.from(one.signature, 'base64url'), pick).toString('base64url') },
      { hashes: flipped(Buffer.from(one.hashes, 'base64'), pick).toString('base64') },
    ][pick(5)];
    history.entries[index] = entryOf({ ...one, ...forged });
    return { kind: 'checkpoint-forged', checkpoint: one.number, stream: one.stream, sequence: one.from };
  },
  'a checkpoint cut short': (history, pick) => {
    const index = pick(history.entries.length);
    const { number, body } = history.entries[index] as History['entries'][number];
    history.entries[index] = { number, body: body.subarray(0, pick(body.length)) };
    return { kind: 'checkpoint-unreadable', checkpoint: number };
  },
  'a commit changed, and its checkpoint signed anew with another key': (history, pick) => {
    const found = change(history, pick, ({ body }) => ({ body: flipped(body, pick) }));
    const rest = cutFrom(history, found);
    const { stream, from, to, number } = rest[0] as (typeof rest)[number];
    seal(history, stream, from, to, stranger);
    history.entries.push(...rest.slice(1).map(entryOf));
    return { kind: 'checkpoint-forged', checkpoint: number, stream, sequence: from };
  },
  'a commit changed, and all checkpoints from there on signed anew with the stolen key': (history, pick) => {
    const found = change(history, pick, ({ body }) => ({ body: flipped(body, pick) }));
    const rest = cutFrom(history, found);
    for (const { stream, from, to } of rest) seal(history, stream, from, to);
    const { stream, from, number } = rest[0] as (typeof rest)[number];
    return { kind: 'checkpoint-rewritten', checkpoint: number, stream, sequence: from };
  },
  'an old checkpoint in the place of a later one': (history, pick) => {
    if (history.entries.length < 2) return null;
    const later = 1 + pick(history.entries.length - 1);
    const { number } = history.entries[later] as History['entries'][number];
    const old = history.entries[pick(later)] as History['entries'][number];
    history.entries[later] = { number, body: old.body };
    return { kind: 'checkpoint-replayed', checkpoint: number };
  },
  'an old checkpoint once more': (history, pick) => {
    const later = pick(history.entries.length) + 1;
    const old = history.entries[pick(later)] as History['entries'][number];
    history.entries.splice(later, 0, { number: later + 1, body: old.body });
    return { kind: 'checkpoint-replayed', checkpoint: later + 1 };
  },
};
