import { DaybookError } from '../../../schemas/errors.ts';
import type { AuditEntry } from '../../kernel/index.ts';
import { witnessOf } from './chain.ts';
import { decodeCheckpoint, type SignedCheckpoint } from './checkpoint.ts';
import type { AuditPorts } from './ports.ts';

/** Where the chain of checkpoints ends. */
export interface Progress {
  /** Of the last checkpoint; 0 and null before the first. */
  readonly number: number;
  readonly hash: string | null;
  /** By stream, the last sequence that is sealed. */
  readonly sealed: ReadonlyMap<number, number>;
}

/**
 * Reads off the audit log how far it is. Throws `log.history-changed` where its end is not the last that was signed:
 * to sign on from there would hide a loss.
 */
export async function sealedSoFar(
  { audit, witness }: Pick<AuditPorts, 'audit' | 'witness'>,
  epoch: string,
  streams: number,
): Promise<Progress> {
  const known = await witness.load(epoch);
  const last = checkpointOf(await audit.last());
  if (known && (last?.number ?? 0) < known.number) {
    throw changed(
      `The audit log ends at checkpoint ${last?.number ?? 0}, and ${known.number} was signed: nothing more is sealed on it.`,
    );
  }
  if (known && last?.number === known.number && witnessOf(last).hash !== known.hash)
    throw changed(`Checkpoint ${known.number} of the audit log is not the one that was signed.`);
  if (last && last.epoch !== epoch) throw changed(`The audit log is of another epoch than ${epoch}.`);
  const sealed = new Map<number, number>();
  for (let stream = 0; stream < streams; stream++) {
    const latest = checkpointOf(await audit.last(stream));
    if (latest) sealed.set(stream, latest.to);
  }
  return { number: last?.number ?? 0, hash: last && witnessOf(last).hash, sealed };
}

function checkpointOf(entry: AuditEntry | null): SignedCheckpoint | null {
  if (!entry) return null;
  const checkpoint = decodeCheckpoint(entry.body);
  // Its place is its number: another one there is no end to go on from.
  if (checkpoint?.number === entry.number) return checkpoint;
  throw changed(`Checkpoint ${entry.number} of the audit log cannot be read.`);
}

const changed = (text: string) => new DaybookError('log.history-changed', text);
