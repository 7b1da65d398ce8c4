import { setTimeout as pause } from 'node:timers/promises';
import { DaybookError } from '../../../schemas/errors.ts';
import { type Clock, type EventLog, type StoredCommits, sequenceOf, uuidv7 } from '../../kernel/index.ts';
import { witnessOf } from './chain.ts';
import { encodeCheckpoint, signCheckpoint } from './checkpoint.ts';
import { leafAt } from './leaf.ts';
import type { AuditPorts } from './ports.ts';
import { type Progress, sealedSoFar } from './progress.ts';
import type { SeenLeaves } from './seen-leaves.ts';

export interface NotaryOptions extends AuditPorts {
  readonly log: Pick<EventLog, 'info'> & StoredCommits;
  /** Leaves that were made where the log was read anyway; without, or where they are not there, it reads. */
  readonly seen?: Pick<SeenLeaves, 'take'>;
  readonly clock: Clock;
  /** Most commits under one checkpoint; so many unsealed ones are sealed at once. */
  readonly everyCommits: number;
  /** How long a commit waits for its checkpoint at most, ms. */
  readonly everyMs: number;
  /** How often it looks at the log's end, ms. Default 1,000. */
  readonly lookMs?: number;
  readonly report: (error: unknown) => void;
}

export interface Notary {
  /** Seals all that is on the log now. */
  seal(): Promise<void>;
  stop(): Promise<void>;
}

/** Between two looks at a log that cannot be sealed now. */
const longestWaitMs = 30_000;

/**
 * Follows the log and signs what is on it: over the stored bytes themselves, as they came by or, where they did not,
 * as it reads them. Any number may run: the audit log takes each number once, and who comes second goes on from there.
 */
export function startNotary(options: NotaryOptions): Notary {
  const { log, audit, everyCommits, everyMs, clock, report, lookMs = 1_000 } = options;
  const stopping = new AbortController();
  /** By stream, since when something waits to be sealed. */
  const waitingSince = new Map<number, number>();
  /** Undefined while it must be read off the audit log: at first, and after anything unexpected. */
  let progress: Progress | undefined;
  let copied = false;

  async function leavesOf(stream: number, from: number, to: number): Promise<Buffer[]> {
    const seen = options.seen?.take(stream, from, to);
    if (seen) return seen;
    const leaves: Buffer[] = [];
    for await (const run of log.stored(stream, from, to)) {
      for (const record of run) {
        if (record.sequence !== from + leaves.length) throw gap(stream, from + leaves.length);
        leaves.push(leafAt(record.sequence, record));
      }
    }
    if (leaves.length !== to - from + 1) throw gap(stream, from + leaves.length);
    return leaves;
  }

  /** Seals one range; undefined where another notary was faster. */
  async function sealRange(
    { number, hash, sealed }: Progress,
    epoch: string,
    stream: number,
    from: number,
    to: number,
  ): Promise<Progress | undefined> {
    const place = { number: number + 1, epoch, stream, from, previous: hash };
    const leaves = await leavesOf(stream, from, to);
    const signed = signCheckpoint(await options.currentKey(), place, leaves, clock());
    copied = false;
    const outcome = await audit.append(signed.number, stream, encodeCheckpoint(signed, uuidv7()));
    if (outcome === 'taken') return undefined;
    const witness = witnessOf(signed);
    await options.witness.save(epoch, witness);
    return { ...witness, sealed: new Map(sealed).set(stream, to) };
  }

  async function look(all: boolean): Promise<void> {
    const { epoch, streams } = await log.info();
    for (const { stream, last } of streams) {
      const end = last === null ? 0 : sequenceOf(last);
      for (;;) {
        progress ??= await sealedSoFar(options, epoch, streams.length);
        const sealedTo = progress.sealed.get(stream) ?? 0;
        if (end < sealedTo) throw gap(stream, end + 1);
        if (end === sealedTo) {
          waitingSince.delete(stream);
          break;
        }
        if (!waitingSince.has(stream)) waitingSince.set(stream, clock());
        const waited = clock() - (waitingSince.get(stream) ?? 0);
        if (!all && waited < everyMs && end - sealedTo < everyCommits) break;
        const to = Math.min(end, sealedTo + everyCommits);
        progress = await sealRange(progress, epoch, stream, sealedTo + 1, to);
      }
    }
    if (copied) return;
    await options.keepCopies?.();
    copied = true;
  }

  let turn: Promise<void> = Promise.resolve();
  /** One look at a time. */
  const inTurn = (all: boolean): Promise<void> => {
    const mine = turn.then(() => look(all));
    turn = mine.catch(() => {
      progress = undefined;
    });
    return mine;
  };
  const running = (async () => {
    for (let wait = lookMs; !stopping.signal.aborted; ) {
      wait = await inTurn(false).then(
        () => lookMs,
        (error: unknown) => {
          report(error);
          return Math.min(wait * 2, longestWaitMs);
        },
      );
      await pause(wait, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  })();

  return {
    seal: () => inTurn(true),
    async stop() {
      stopping.abort();
      await running;
      await turn;
    },
  };
}

const gap = (stream: number, sequence: number) =>
  new DaybookError('log.history-changed', `Stream ${stream} of the log lacks commit ${sequence}.`, {
    stream,
    sequence,
  });
