import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip, createGzip } from 'node:zlib';
import { z } from 'zod';
import type { AuditEntry, StoredCommit } from '../../bounded-contexts/kernel/index.ts';
import { DaybookError } from '../../schemas/errors.ts';

/**
 * A log with its checkpoints as one file of JSON Lines, compressed where its name ends in `.gz`: a head, a line a
 * commit (with the exact stored bytes), a line a checkpoint, and an end that counts them.
 */
const head = z.object({
  format: z.literal('daybook-audit-1'),
  epoch: z.string(),
  /** The last sequence of each stream. */
  ends: z.array(z.number().int()),
  /** Public keys that signed. */
  keys: z.array(z.string()),
  at: z.iso.datetime(),
});
export type BundleHead = z.infer<typeof head>;

const commitLine = z.object({ t: z.number().int(), q: z.number().int(), s: z.string(), b: z.base64() });
const checkpointLine = z.object({ n: z.number().int(), c: z.base64() });
const endLine = z.object({ end: z.object({ commits: z.number().int(), checkpoints: z.number().int() }) });

export interface BundleContent extends BundleHead {
  readonly records: (stream: number) => AsyncIterable<readonly StoredCommit[]>;
  readonly entries: AsyncIterable<AuditEntry>;
}

export type BundleCount = z.infer<typeof endLine>['end'];

export async function writeBundle(
  file: string,
  { records, entries, ...about }: BundleContent,
  onCommits: (count: number) => void,
): Promise<BundleCount> {
  const target = createWriteStream(file, { flags: 'wx', mode: 0o600 });
  await once(target, 'open');
  const out = file.endsWith('.gz') ? createGzip() : target;
  if (out !== target) out.pipe(target);
  const write = async (value: unknown) => {
    if (!out.write(`${JSON.stringify(value)}\n`)) await once(out, 'drain');
  };
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
  const count = { commits: 0, checkpoints: 0 };
  await write(about satisfies BundleHead);
  for (const stream of about.ends.keys()) {
    for await (const run of records(stream)) {
      for (const { sequence, subject, body } of run)
        await write({ t: stream, q: sequence, s: subject, b: base64(body) });
      count.commits += run.length;
      onCommits(count.commits);
    }
  }
  for await (const { number, body } of entries) {
    await write({ n: number, c: base64(body) });
    count.checkpoints++;
  }
  await write({ end: count });
  out.end();
  await once(target, 'close');
  return count;
}

const invalid = (file: string, what: string, cause?: unknown) =>
  new DaybookError('config.invalid', `${file} ${what}.`, {}, { cause });

async function* linesOf(file: string): AsyncGenerator<unknown> {
  const source = createReadStream(file);
  const input = file.endsWith('.gz') ? source.pipe(createGunzip()) : source;
  source.on('error', (error) => input.destroy(error));
  try {
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY }))
      if (line !== '') yield JSON.parse(line);
  } catch (error) {
    throw invalid(file, 'cannot be read as an export of a log', error);
  } finally {
    source.destroy();
  }
}

/** Opens a bundle; its parts are read from the file when they are asked for. Throws `config.invalid`. */
export async function openBundle(file: string): Promise<BundleContent> {
  let about: BundleHead | undefined;
  let ended: BundleCount | undefined;
  const count = { commits: 0, checkpoints: 0 };
  for await (const line of linesOf(file)) {
    about ??= head.safeParse(line).data;
    if (!about) break;
    ended = endLine.safeParse(line).data?.end;
    if (commitLine.safeParse(line).success) count.commits++;
    else if (checkpointLine.safeParse(line).success) count.checkpoints++;
  }
  if (!about) throw invalid(file, 'is no export of a log');
  if (ended?.commits !== count.commits || ended.checkpoints !== count.checkpoints)
    throw invalid(file, 'is cut short, or lines of it are missing');
  return {
    ...about,
    async *records(stream) {
      let run: StoredCommit[] = [];
      for await (const line of linesOf(file)) {
        const { data } = commitLine.safeParse(line);
        if (data?.t !== stream) continue;
        run.push({ stream, sequence: data.q, subject: data.s, body: Buffer.from(data.b, 'base64') });
        if (run.length < 500) continue;
        yield run;
        run = [];
      }
      yield run;
    },
    entries: {
      async *[Symbol.asyncIterator]() {
        for await (const line of linesOf(file)) {
          const { data } = checkpointLine.safeParse(line);
          if (data) yield { number: data.n, body: Buffer.from(data.c, 'base64') };
        }
      },
    },
  };
}
