import { setTimeout as pause } from 'node:timers/promises';
import { DaybookError } from '../../../schemas/errors.ts';
import { type Clock, type EventLog, type StoredCommits, sequenceOf, uuidv7 } from '../../kernel/index.ts';
import { type Witness, witnessOf } from './chain.ts';
import { decodeCheckpoint, encodeCheckpoint, type SignedCheckpoint, signCheckpoint } from './checkpoint.ts';
import { leafAt } from './leaf.ts';
import type { AuditPorts } from './ports.ts';

export interface NotaryOptions extends AuditPorts {
  readonly log: Pick<EventLog, 'info'> & StoredCommits;
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

/**
 * Follows the log and signs what is on it. It reads the stored bytes themselves, some seconds later than others
 * read commits, so that what is sealed is what the store holds. Any number may run: the audit log takes each
 * number once, and who comes second reads on from there.
 */
export function startNotary(options: NotaryOptions): Notary {
  const { log, audit, everyCommits, everyMs, clock, report, lookMs = 1_000 } = options;
  const stopping = new AbortController();
  /** By stream, since when something waits to be sealed. */
  const waitingSince = new Map<number, number>();
  let copied = false;

  /** Seals one range; false where another notary was faster. */
  async function sealRange(stream: number, from: number, to: number, epoch: string): Promise<boolean> {
    const last = await lastCheckpoint(options, epoch);
    const leaves: Buffer[] = [];
    for await (const run of log.stored(stream, from, to)) {
      for (const record of run) {
        if (record.sequence !== from + leaves.length) throw gap(stream, from + leaves.length);
        leaves.push(leafAt(record.sequence, record));
      }
    }
    if (leaves.length !== to - from + 1) throw gap(stream, from + leaves.length);
    const place = {
      number: (last?.number ?? 0) + 1,
      epoch,
      stream,
      from,
      previous: last && witnessOf(last).hash,
    };
    const sealed = signCheckpoint(await options.currentKey(), place, leaves, clock());
    copied = false;
    if ((await audit.append(sealed.number, stream, encodeCheckpoint(sealed, uuidv7()))) === 'taken')
      return false;
    await options.witness.save(epoch, witnessOf(sealed));
    return true;
  }

  async function look(all: boolean): Promise<void> {
    const { epoch, streams } = await log.info();
    for (const { stream, last } of streams) {
      const end = last === null ? 0 : sequenceOf(last);
      let sealedTo = await sealedEnd(options, stream);
      if (end < sealedTo) throw gap(stream, end + 1);
      if (end > sealedTo && !waitingSince.has(stream)) waitingSince.set(stream, clock());
      const due = all || clock() - (waitingSince.get(stream) ?? clock()) >= everyMs;
      while (end - sealedTo >= (due ? 1 : everyCommits)) {
        const to = Math.min(end, sealedTo + everyCommits);
        sealedTo = (await sealRange(stream, sealedTo + 1, to, epoch)) ? to : await sealedEnd(options, stream);
      }
      if (end <= sealedTo) waitingSince.delete(stream);
    }
    if (copied) return;
    await options.keepCopies?.();
    copied = true;
  }

  let turn: Promise<void> = Promise.resolve();
  /** One look at a time. */
  const inTurn = (all: boolean): Promise<void> => {
    const mine = turn.then(() => look(all));
    turn = mine.catch(() => undefined);
    return mine;
  };
  const running = (async () => {
    while (!stopping.signal.aborted) {
      await inTurn(false).catch(report);
      await pause(lookMs, undefined, { signal: stopping.signal }).catch(() => undefined);
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

async function sealedEnd({ audit }: Pick<AuditPorts, 'audit'>, stream: number): Promise<number> {
  const entry = await audit.last(stream);
  if (!entry) return 0;
  return readable(decodeCheckpoint(entry.body), entry.number).to;
}

/** The last checkpoint of all. Throws where it is not the last that we signed: to go on would hide a loss. */
async function lastCheckpoint(
  { audit, witness }: AuditPorts,
  epoch: string,
): Promise<SignedCheckpoint | null> {
  const known: Witness | null = await witness.load(epoch);
  const entry = await audit.last();
  const last = entry && readable(decodeCheckpoint(entry.body), entry.number);
  if (known && (!last || last.number < known.number)) {
    throw new DaybookError(
      'log.history-changed',
      `The audit log ends at checkpoint ${last?.number ?? 0}; ${known.number} was signed. Nothing is sealed until \`daybook log verify\` was heeded.`,
    );
  }
  return last;
}

function readable(checkpoint: SignedCheckpoint | null, number: number): SignedCheckpoint {
  if (checkpoint) return checkpoint;
  throw new DaybookError('log.history-changed', `Checkpoint ${number} of the audit log cannot be read.`);
}
