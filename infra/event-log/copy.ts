import { createHash, type Hash } from 'node:crypto';
import { decodeCheckpoint } from '../../bounded-contexts/governance/index.ts';
import {
  type AuditLog,
  type ContentBatch,
  type ContentLog,
  decodeForCopy,
  type EventLog,
  encodeCommit,
  type Position,
  parsePosition,
  position,
  type Recorded,
  type SealedContent,
  type StoredCommits,
  type Subject,
} from '../../bounded-contexts/kernel/index.ts';
import { DaybookError, isDaybookError } from '../../schemas/errors.ts';
import { type Progress, type ProgressReport, progress } from './progress.ts';

export type CopyableLog = EventLog &
  StoredCommits & { readonly contents: ContentLog; readonly audit: AuditLog };

export interface CopyOptions {
  readonly from: CopyableLog;
  /** Opened with `from`'s epoch and number of streams, so that positions stay what they are. */
  readonly to: CopyableLog;
  readonly onProgress?: (report: ProgressReport) => void;
  /** Read both logs again afterwards and compare them. Default true. */
  readonly verify?: boolean;
}

export interface CopyResult {
  /** Copied now; what `to` had before is not among them. */
  readonly commits: number;
  readonly contents: number;
  readonly checkpoints: number;
  /** SHA-256 over all commits and contents in order, with their positions; absent where not verified. */
  readonly sha256?: string;
}

const refuse = (message: string) => new DaybookError('log.history-changed', message);

/** By stream, how many there are; sequences are contiguous from 1, so that is the last one, too. */
async function lengths(log: EventLog): Promise<number[]> {
  const { streams } = await log.info();
  return streams.map(({ last }) => (last === null ? 0 : parsePosition(last).sequence));
}

/**
 * Copies commits and contents so that each has the same position in `to`. Goes on after what `to` has already,
 * if that is the beginning of `from`; what is appended to `from` meanwhile is not waited for.
 * Throws `log.history-changed` where `to` holds, or comes to hold, anything else.
 */
export async function copyLog(options: CopyOptions): Promise<CopyResult> {
  const { from, to, onProgress, verify = true } = options;
  const [source, target] = [await from.info(), await to.info()];
  if (source.epoch !== target.epoch) {
    throw refuse(
      `The target's epoch is ${target.epoch}, not ${source.epoch}: positions would not be the same.`,
    );
  }
  if (source.streams.length !== target.streams.length) {
    throw refuse(
      `The target has ${target.streams.length} streams and the source ${source.streams.length}: positions would not be the same.`,
    );
  }
  // Before the log's own end: what was sealed by now is copied, too.
  const sealed = (await from.audit.last())?.number ?? 0;
  const ends = await lengths(from);
  const begun = await lengths(to);
  await sameSoFar(from, to, source.epoch, begun, ends);

  // Contents first: whoever reads a commit in the target finds what it names.
  const contents = await copyContents(from, to, onProgress);
  const total = ends.reduce((sum, end, stream) => sum + end - (begun[stream] ?? 0), 0);
  const step = progress('copy commits', total, onProgress);
  for (const [stream, end] of ends.entries()) {
    await copyStream(from, to, source.epoch, stream, begun[stream] ?? 0, end, step);
  }
  step.end();
  const checkpoints = await copyCheckpoints(from.audit, to.audit, sealed);
  if (!verify) return { commits: total, contents, checkpoints };
  return { commits: total, contents, checkpoints, sha256: await compare(from, to, ends, onProgress) };
}

/** What `to` has must be the beginning of `from`. Its last commit tells: the chain before it is compared later. */
async function sameSoFar(
  from: EventLog,
  to: EventLog,
  epoch: string,
  begun: readonly number[],
  ends: readonly number[],
): Promise<void> {
  for (const [stream, sequence] of begun.entries()) {
    if (sequence === 0) continue;
    if (sequence > (ends[stream] ?? 0)) throw refuse('The target is longer than the source.');
    const at = position(epoch, stream, sequence);
    const [ours, theirs] = await Promise.all([from.at(at), to.at(at)]);
    if (!ours || !theirs || ours.commit.id !== theirs.commit.id || ours.subject !== theirs.subject) {
      throw refuse(`The target holds another history: its commit ${sequence} is not the source's.`);
    }
  }
}

/** Commits of one stream in (after, end], in order, each to be encoded as the bytes that were stored. */
async function* commitsOf(
  log: StoredCommits,
  epoch: string,
  stream: number,
  after: number,
  end: number,
): AsyncGenerator<readonly Recorded[]> {
  for await (const run of log.stored(stream, after + 1, end)) {
    yield run.map(({ sequence, subject, body }) => ({
      position: position(epoch, stream, sequence),
      stream,
      sequence,
      subject: subject as Subject,
      commit: decodeForCopy(body),
      bytes: body.length,
    }));
  }
}

async function copyStream(
  from: StoredCommits,
  to: EventLog,
  epoch: string,
  stream: number,
  after: number,
  end: number,
  step: Progress,
): Promise<void> {
  let expected = after;
  for await (const commits of commitsOf(from, epoch, stream, after, end)) {
    for (const { sequence } of commits) {
      if (sequence !== ++expected) throw refuse(`The source lacks commit ${expected} of stream ${stream}.`);
    }
    await storeInOrder(to, commits);
    step.add(commits.length);
  }
}

/**
 * Sends a run at once: one connection keeps its order. Where an ack was lost, the run is sent again from there,
 * one by one: what is stored is not stored twice. The command id of a copy is the commit's position, since a fact
 * may lie on the source twice, and then has two.
 */
async function storeInOrder(to: EventLog, commits: readonly Recorded[]): Promise<void> {
  const results = await Promise.allSettled(commits.map((recorded) => store(to, recorded)));
  for (const [index, result] of results.entries()) {
    const recorded = commits[index] as Recorded;
    const stored = result.status === 'fulfilled' ? result.value : await again(to, recorded, result.reason);
    if (!('position' in stored) || stored.position !== recorded.position) {
      throw refuse(
        `Commit ${recorded.sequence} of stream ${recorded.stream} came to lie elsewhere in the target: begin again with an empty one.`,
      );
    }
  }
}

const store = (to: EventLog, { subject, commit, position: at }: Recorded) =>
  to.append(subject, commit, 'any', { commandId: at });

async function again(to: EventLog, recorded: Recorded, reason: unknown) {
  let error = reason;
  for (let tries = 0; tries < 20; tries++) {
    if (!isDaybookError(error, 'log.timeout') && !isDaybookError(error, 'log.unavailable')) break;
    await new Promise((resolve) => setTimeout(resolve, 500));
    try {
      return await store(to, recorded);
    } catch (next) {
      error = next;
    }
  }
  throw error;
}

/** Checkpoints after those that the target has, up to the number `end`. */
async function copyCheckpoints(from: AuditLog, to: AuditLog, end: number): Promise<number> {
  const begun = (await to.last())?.number ?? 0;
  let copied = 0;
  for await (const { number, body } of from.read(begun + 1)) {
    if (number > end) break;
    const stream = streamOf(body);
    if (number !== begun + ++copied || (await to.append(number, stream, body)) === 'taken')
      throw refuse(`Checkpoint ${begun + copied} cannot be copied.`);
  }
  return copied;
}

/** The stream that a checkpoint speaks of. One that cannot be read is copied all the same: it is evidence. */
function streamOf(body: Uint8Array): number {
  return decodeCheckpoint(body)?.stream ?? 0;
}

interface ContentMessage {
  readonly position: Position;
  readonly tenant: string;
  readonly contents: SealedContent[];
}

/** All messages of contents that there are, in order; ends at the end. */
async function* contentMessages(log: CopyableLog, from: readonly Position[]): AsyncGenerator<ContentMessage> {
  const { streams } = await log.info();
  const done = new Set<number>();
  for await (const batch of log.contents.subscribe(from)) {
    yield* grouped(batch);
    if (batch.caughtUp) done.add(batch.stream);
    if (done.size === streams.length) return;
  }
}

function* grouped(batch: ContentBatch): Generator<ContentMessage> {
  let message: ContentMessage | undefined;
  for (const { position: at, tenant, id, subject, sealed } of batch.contents) {
    if (message?.position !== at) {
      if (message) yield message;
      message = { position: at, tenant, contents: [] };
    }
    message.contents.push({ id, subject, sealed });
  }
  if (message) yield message;
}

async function copyContents(
  from: CopyableLog,
  to: CopyableLog,
  onProgress: CopyOptions['onProgress'],
): Promise<number> {
  const reached = new Map<number, Position>();
  for await (const message of contentMessages(to, [])) {
    reached.set(parsePosition(message.position).stream, message.position);
  }
  const step = progress('copy contents', undefined, onProgress);
  let copied = 0;
  let run: ContentMessage[] = [];
  const flush = async () => {
    const positions = await Promise.all(
      run.map(({ tenant, contents }) => to.contents.append(tenant, contents)),
    );
    for (const [index, { position: at, contents }] of run.entries()) {
      if (positions[index] !== at) {
        throw refuse(`The contents at ${at} came to lie at ${positions[index]} in the target.`);
      }
      copied += contents.length;
      step.add(contents.length);
    }
    run = [];
  };
  for await (const message of contentMessages(from, [...reached.values()])) {
    if (run.push(message) === 64) await flush();
  }
  await flush();
  step.end();
  return copied;
}

/** Reads both logs up to `ends` side by side. Throws `log.history-changed` at the first difference. */
async function compare(
  from: CopyableLog,
  to: CopyableLog,
  ends: readonly number[],
  onProgress: CopyOptions['onProgress'],
): Promise<string> {
  const { epoch } = await from.info();
  const total = ends.reduce((sum, end) => sum + end, 0);
  const step = progress('verify copy', total, onProgress);
  const sum = createHash('sha256');
  for (const [stream, end] of ends.entries()) {
    const others = each(commitsOf(to, epoch, stream, 0, end));
    for await (const ours of each(commitsOf(from, epoch, stream, 0, end))) {
      const theirs = (await others.next()).value;
      if (!theirs || digest(sum, ours) !== digest(undefined, theirs)) {
        throw refuse(`Commit ${ours.sequence} of stream ${stream} differs in the target.`);
      }
      step.add(1);
    }
    await others.return(undefined);
  }
  const copies = contentMessages(to, []);
  for await (const ours of contentMessages(from, [])) {
    const theirs = (await copies.next()).value;
    // Contents that were appended to the source after the copy are not in the target.
    if (!theirs) break;
    if (contentDigest(sum, ours) !== contentDigest(undefined, theirs)) {
      throw refuse(`The contents at ${ours.position} differ in the target.`);
    }
  }
  await copies.return(undefined);
  step.end();
  return sum.digest('hex');
}

async function* each(runs: AsyncGenerator<readonly Recorded[]>): AsyncGenerator<Recorded> {
  for await (const run of runs) yield* run;
}

function digest(running: Hash | undefined, { position: at, subject, commit }: Recorded): string {
  const one = createHash('sha256').update(`${at} ${subject} `).update(encodeCommit(commit)).digest('hex');
  running?.update(one);
  return one;
}

function contentDigest(running: Hash | undefined, message: ContentMessage): string {
  const hash = createHash('sha256').update(`${message.position} ${message.tenant}`);
  for (const { id, subject, sealed } of message.contents) hash.update(` ${id} ${subject} `).update(sealed);
  const one = hash.digest('hex');
  running?.update(one);
  return one;
}
