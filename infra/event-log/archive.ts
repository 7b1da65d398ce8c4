import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createGunzip, createGzip } from 'node:zlib';
import { z } from 'zod';
import { decodeCheckpoint } from '../../bounded-contexts/governance/index.ts';
import {
  type AuditEntry,
  type AuditLog,
  type Batch,
  type ContentBatch,
  decodeForCopy,
  type EventLog,
  type Position,
  parsePosition,
  position,
  type Recorded,
  type StoredCommit,
  type Subject,
} from '../../bounded-contexts/kernel/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import type { CopyableLog } from './copy.ts';

/**
 * A log as files, for backups: a line of JSON a commit and a line a message of contents, compressed, in order,
 * and a manifest that says how many there are. Reading it is an `EventLog`, so that a restore is a copy like any
 * other, with the same verification.
 */
const manifestSchema = z.object({
  format: z.literal('daybook-log-1'),
  epoch: z.string(),
  streams: z.array(z.object({ commits: z.number().int(), contents: z.number().int() })),
  /** Absent in backups from before there were any. */
  checkpoints: z.number().int().default(0),
});
export type ArchiveManifest = z.infer<typeof manifestSchema>;

/** Commits of a run: a restore waits for their acknowledgements together. */
const storedAtOnce = 500;

const commitLine = z.object({ q: z.number().int(), s: z.string(), c: z.string() });
const contentLine = z.object({
  q: z.number().int(),
  t: z.string(),
  c: z.array(z.object({ id: z.string(), by: z.string(), b: z.string() })),
});

const checkpointLine = z.object({ n: z.number().int(), b: z.base64() });

const checkpointsFile = (dir: string) => join(dir, 'checkpoints.jsonl.gz');
const commitsFile = (dir: string, stream: number) => join(dir, `commits-${stream}.jsonl.gz`);
const contentsFile = (dir: string, stream: number) => join(dir, `contents-${stream}.jsonl.gz`);

export interface ArchiveProgress {
  readonly done: number;
  readonly total: number;
}

/** Writes all commits that `from` has now, and all contents that they can name. Returns the manifest. */
export async function writeArchive(
  from: CopyableLog,
  dir: string,
  onProgress: (progress: ArchiveProgress) => void,
): Promise<ArchiveManifest> {
  // Before the commits: what a checkpoint seals is in the archive, too.
  const checkpoints = await writeCheckpoints(from.audit, dir);
  const { epoch, streams } = await from.info();
  const ends = streams.map(({ last }) => (last === null ? 0 : parsePosition(last).sequence));
  const total = ends.reduce((sum, end) => sum + end, 0);
  let done = 0;
  const counts = streams.map(() => ({ commits: 0, contents: 0 }));

  for (const [stream, end] of ends.entries()) {
    const file = lineWriter(commitsFile(dir, stream));
    for await (const run of from.stored(stream, 1, end)) {
      for (const { sequence, subject, body } of run) {
        await file.write({ q: sequence, s: subject, c: Buffer.from(body).toString() });
      }
      (counts[stream] as { commits: number }).commits += run.length;
      done += run.length;
      onProgress({ done, total });
    }
    await file.close();
  }

  // Contents after commits: whatever a commit above names was stored by then, or was never acknowledged.
  const contents = ends.map((_, stream) => lineWriter(contentsFile(dir, stream)));
  const behind = new Set(ends.keys());
  const subscription = from.contents.subscribe([]);
  for await (const batch of subscription) {
    let line: { q: number; t: string; c: { id: string; by: string; b: string }[] } | undefined;
    const flush = async () => {
      if (!line) return;
      await contents[batch.stream]?.write(line);
      (counts[batch.stream] as { contents: number }).contents += line.c.length;
    };
    for (const { position: at, tenant, id, subject, sealed } of batch.contents) {
      const { sequence } = parsePosition(at);
      if (line?.q !== sequence) {
        await flush();
        line = { q: sequence, t: tenant, c: [] };
      }
      line.c.push({ id, by: subject, b: Buffer.from(sealed).toString('base64') });
    }
    await flush();
    if (batch.caughtUp) behind.delete(batch.stream);
    if (behind.size === 0) break;
  }
  await subscription.stop();
  await Promise.all(contents.map((file) => file.close()));

  const manifest: ArchiveManifest = { format: 'daybook-log-1', epoch, streams: counts, checkpoints };
  await writeFile(join(dir, 'log.json'), `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 });
  return manifest;
}

async function writeCheckpoints(audit: AuditLog, dir: string): Promise<number> {
  const file = lineWriter(checkpointsFile(dir));
  let count = 0;
  for await (const { number, body } of audit.read(1)) {
    await file.write({ n: number, b: Buffer.from(body).toString('base64') });
    count++;
  }
  await file.close();
  return count;
}

function lineWriter(path: string) {
  const zip = createGzip({ level: 6 });
  const file = createWriteStream(path, { mode: 0o600, flags: 'wx' });
  zip.pipe(file);
  return {
    async write(value: unknown): Promise<void> {
      if (!zip.write(`${JSON.stringify(value)}\n`)) await once(zip, 'drain');
    },
    async close(): Promise<void> {
      zip.end();
      await once(file, 'close');
    },
  };
}

async function* lines<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
): AsyncGenerator<z.infer<Schema>> {
  const input = createReadStream(path).pipe(createGunzip());
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line !== '') yield schema.parse(JSON.parse(line));
  }
}

/** Reads an archive as a log that ends where the backup ended. It takes nothing in. */
export async function openArchive(dir: string): Promise<CopyableLog> {
  const parsed = manifestSchema.safeParse(JSON.parse(await readFile(join(dir, 'log.json'), 'utf8')));
  if (!parsed.success) throw new DaybookError('config.invalid', `${dir} holds no backup of a Daybook log.`);
  const { epoch, streams, checkpoints } = parsed.data;
  const end = (stream: number) => position(epoch, stream, streams[stream]?.commits ?? 0);
  const refuse = () => Promise.reject(new DaybookError('command.rejected', 'An archive takes nothing in.'));

  async function* storedIn(stream: number, after: number, to: number): AsyncGenerator<StoredCommit> {
    for await (const { q: sequence, s: subject, c } of lines(commitsFile(dir, stream), commitLine)) {
      if (sequence > to) return;
      if (sequence > after) yield { stream, sequence, subject, body: Buffer.from(c) };
    }
  }
  async function* commitsOf(stream: number, after = 0): AsyncGenerator<Recorded> {
    for await (const { sequence, subject, body } of storedIn(stream, after, Number.POSITIVE_INFINITY)) {
      yield {
        position: position(epoch, stream, sequence),
        stream,
        sequence,
        subject: subject as Subject,
        commit: decodeForCopy(body),
        bytes: body.length,
      };
    }
  }
  async function* entries(from: number): AsyncGenerator<AuditEntry> {
    if (checkpoints === 0) return;
    for await (const { n: number, b } of lines(checkpointsFile(dir), checkpointLine)) {
      if (number >= from) yield { number, body: Buffer.from(b, 'base64') };
    }
  }
  async function find(stream: number, matches: (recorded: Recorded) => boolean): Promise<Recorded | null> {
    for await (const recorded of commitsOf(stream)) if (matches(recorded)) return recorded;
    return null;
  }
  const startsOf = (from: readonly Position[]) =>
    new Map(from.map((at) => [parsePosition(at).stream, parsePosition(at).sequence]));

  async function* batches(from: readonly Position[], size: number): AsyncGenerator<Batch> {
    const starts = startsOf(from);
    for (const stream of streams.keys()) {
      let commits: Recorded[] = [];
      for await (const recorded of commitsOf(stream, starts.get(stream))) {
        commits.push(recorded);
        if (commits.length < size) continue;
        yield { stream, commits, through: recorded.position, caughtUp: false };
        commits = [];
      }
      yield { stream, commits, through: end(stream), caughtUp: true };
    }
  }
  async function* contentBatches(from: readonly Position[]): AsyncGenerator<ContentBatch> {
    const starts = startsOf(from);
    for (const stream of streams.keys()) {
      let last = position(epoch, stream, 0);
      for await (const { q, t: tenant, c } of lines(contentsFile(dir, stream), contentLine)) {
        if (q <= (starts.get(stream) ?? 0)) continue;
        last = position(epoch, stream, q);
        const at = last;
        const contents = c.map(({ id, by: subject, b }, index) => ({
          id,
          subject,
          tenant,
          sealed: Buffer.from(b, 'base64'),
          position: at,
          index,
        }));
        yield { stream, contents, through: at, caughtUp: false };
      }
      yield { stream, contents: [], through: last, caughtUp: true };
    }
  }

  const log: EventLog = {
    append: refuse,
    after: (subject, at) => {
      const start = at === null ? 0 : parsePosition(at).sequence;
      return find(
        at === null ? 0 : parsePosition(at).stream,
        (one) => one.subject === subject && one.sequence > start,
      );
    },
    async *read(subject, from) {
      const start = from === null ? 0 : parsePosition(from).sequence;
      for (const stream of streams.keys())
        for await (const one of commitsOf(stream, start)) if (one.subject === subject) yield one;
    },
    async last(subject) {
      let last: Recorded | null = null;
      for await (const one of log.read(subject, null)) last = one;
      return last;
    },
    at: (at) => find(parsePosition(at).stream, (one) => one.position === at),
    subscribe: (_filter, from, { maxCommits = 1_000 } = {}) => stoppableOnce(batches(from, maxCommits)),
    info: async () => ({
      adapter: 'archive',
      version: '1',
      address: dir,
      durability: "the files' own",
      epoch,
      replicas: 1,
      streams: streams.map(({ commits }, stream) => ({
        stream,
        name: commitsFile(dir, stream),
        commits,
        bytes: 0,
        first: commits === 0 ? null : position(epoch, stream, 1),
        last: commits === 0 ? null : end(stream),
      })),
    }),
    close: async () => {},
  };
  return {
    ...log,
    async *stored(stream, from, to) {
      let run: StoredCommit[] = [];
      for await (const one of storedIn(stream, from - 1, to)) {
        if (run.push(one) < storedAtOnce) continue;
        yield run;
        run = [];
      }
      yield run;
    },
    audit: {
      append: refuse,
      async last(stream) {
        let last: AuditEntry | null = null;
        for await (const one of entries(1))
          if (stream === undefined || decodeCheckpoint(one.body)?.stream === stream) last = one;
        return last;
      },
      read: entries,
    },
    contents: {
      append: refuse,
      async at({ position: at, index }) {
        for await (const batch of contentBatches([])) {
          const found = batch.contents.find((one) => one.position === at && one.index === index);
          if (found) return found;
        }
        return null;
      },
      subscribe: (from) => stoppableOnce(contentBatches(from)),
    },
  };
}

/** An archive has an end, so its subscription ends by itself. */
function stoppableOnce<Item>(items: AsyncGenerator<Item>): AsyncIterable<Item> & { stop(): Promise<void> } {
  return {
    [Symbol.asyncIterator]: () => items,
    stop: async () => {
      await items.return(undefined);
    },
  };
}
