import type { AuditEntry } from '../../kernel/index.ts';
import { checkpointHash, decodeCheckpoint, isSignedBy, type SignedCheckpoint } from './checkpoint.ts';
import type { Finding, FindingKind } from './findings.ts';
import type { PublicKey } from './keys.ts';
import { splitHashes } from './leaf.ts';
import { merkleRoot } from './merkle.ts';

/** What is known of a checkpoint from elsewhere: a copy, a note of its hash, the vault's own memory. */
export interface Witness {
  readonly number: number;
  readonly hash: string;
  readonly stream: number;
  /** The last sequence that it sealed. */
  readonly to: number;
}

export const witnessOf = (one: SignedCheckpoint): Witness => ({
  number: one.number,
  hash: checkpointHash(one),
  stream: one.stream,
  to: one.to,
});

export interface CheckedCheckpoint {
  readonly checkpoint: SignedCheckpoint;
  /** Null where they cannot be trusted: then its range proves nothing. */
  readonly leaves: readonly Uint8Array[] | null;
}

/** Checks checkpoints one after the other, in the order in which they are stored. */
export interface ChainCheck {
  /** Null where nothing of it can be used. */
  take(entry: AuditEntry): CheckedCheckpoint | null;
  /** After the last: what witnesses know and was not there. */
  end(): void;
  readonly findings: readonly Finding[];
  readonly checked: number;
}

export function chainCheck(
  epoch: string,
  keys: readonly PublicKey[],
  witnesses: readonly Witness[],
): ChainCheck {
  const findings: Finding[] = [];
  const trusted = new Map(keys.map((key) => [key.id, key]));
  const witnessed = new Map(witnesses.map((one) => [one.number, one]));
  /** By stream, the last sequence that was sealed. */
  const sealed = new Map<number, number>();
  let expected = 1;
  /** Undefined where the one before could not be read: then nothing can be said. */
  let previous: string | null | undefined = null;
  let checked = 0;
  let stream = 0;
  const missing: { number: number; before: number; stream: number; sequence: number }[] = [];
  /** Those of which it is known by now what they sealed: commits that no checkpoint seals. */
  const explained = new Set<number>();

  const tell = (kind: FindingKind, number: number, of: number, sequence: number, reason: string) =>
    findings.push({ kind, checkpoint: number, stream: of, sequence, reason });
  const nextOf = (of: number) => (sealed.get(of) ?? 0) + 1;

  /** Signed by whom we trust, for this log, over what it names. */
  function wrong(one: SignedCheckpoint, leaves: readonly Uint8Array[] | null): string | undefined {
    const key = trusted.get(one.key);
    if (!key) return `is signed with a key that is not trusted (${one.key})`;
    if (!isSignedBy(key, one)) return 'has a signature that is not its own';
    if (one.epoch !== epoch) return `speaks of another log, of epoch ${one.epoch}`;
    if (one.leaves !== one.to - one.from + 1) return 'counts its leaves wrongly';
    if (leaves?.length !== one.leaves || merkleRoot(leaves).toString('base64url') !== one.root)
      return 'has hashes that are not those that were signed';
    return undefined;
  }

  return {
    findings,
    get checked() {
      return checked;
    },
    take(entry) {
      checked++;
      const one = decodeCheckpoint(entry.body);
      if (!one) {
        const reason = `checkpoint ${expected} cannot be read`;
        tell('checkpoint-unreadable', expected, stream, nextOf(stream), reason);
        expected++;
        previous = undefined;
        return null;
      }
      stream = one.stream;
      const { number, from } = one;
      if (number < expected) {
        const reason = `checkpoint ${number} is there again, where ${expected} belongs`;
        tell('checkpoint-replayed', expected, stream, nextOf(stream), reason);
        return null;
      }
      if (number > expected) {
        missing.push({ number: expected, before: number, stream, sequence: nextOf(stream) });
        previous = undefined;
      }
      const leaves = splitHashes(one.hashes);
      const fault = wrong(one, leaves);
      if (fault) tell('checkpoint-forged', number, stream, from, `checkpoint ${number} ${fault}`);
      else if (previous !== undefined && one.previous !== previous) {
        const reason = `checkpoint ${number} does not follow the one before it`;
        tell('checkpoint-unchained', number, stream, from, reason);
      } else if (from !== nextOf(stream)) {
        const which = missing.at(-1)?.number ?? number;
        const reason = `checkpoint ${number} begins at ${from}, and ${nextOf(stream)} follows what was sealed`;
        tell('checkpoint-missing', which, stream, Math.min(from, nextOf(stream)), reason);
        explained.add(which);
      }
      const hash = checkpointHash(one);
      const witness = witnessed.get(number);
      if (witness && witness.hash !== hash) {
        const reason = `checkpoint ${number} is not the one that was signed first`;
        tell('checkpoint-rewritten', number, stream, from, reason);
      }
      expected = number + 1;
      previous = hash;
      sealed.set(stream, one.to);
      return { checkpoint: one, leaves: fault ? null : leaves };
    },
    end() {
      for (const { number, before, ...beside } of missing) {
        if (explained.has(number)) continue;
        const of = witnessed.get(number)?.stream ?? beside.stream;
        const reason = `checkpoint ${number} is missing${before > number + 1 ? `, and all before ${before}` : ''}`;
        tell('checkpoint-missing', number, of, of === beside.stream ? beside.sequence : nextOf(of), reason);
      }
      const gone = [...witnessed.values()].filter(({ number }) => number >= expected);
      if (gone.length === 0) return;
      const first = gone.reduce((least, one) => (one.number < least.number ? one : least));
      const reason = `checkpoint ${expected} is missing, and all after it: ${first.number} was signed, up to ${first.to}`;
      tell('checkpoint-missing', expected, first.stream, nextOf(first.stream), reason);
    },
  };
}
