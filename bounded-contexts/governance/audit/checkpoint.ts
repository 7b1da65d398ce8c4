import { hash } from 'node:crypto';
import { type EventData, eventCatalogue } from '../../../schemas/events/index.ts';
import { decodeCommit, encodeCommit } from '../../kernel/index.ts';
import type { PublicKey, SigningKey } from './keys.ts';
import { joinHashes } from './leaf.ts';
import { merkleRoot } from './merkle.ts';

export type SignedCheckpoint = EventData<'audit.checkpoint.signed'>;
export type Checkpoint = Omit<SignedCheckpoint, 'signature' | 'hashes'>;

const type = 'audit.checkpoint.signed';
const actor = 'notary';

/**
 * What is signed: a line a field, in this order, after a first line that no other signed text begins with. No
 * field can hold a line's end, so two checkpoints never have the same text.
 */
export const statementOf = (one: Checkpoint): Buffer =>
  Buffer.from(
    [
      'daybook audit checkpoint 1',
      `number ${one.number}`,
      `epoch ${one.epoch}`,
      `stream ${one.stream}`,
      `from ${one.from}`,
      `to ${one.to}`,
      `leaves ${one.leaves}`,
      `root ${one.root}`,
      `previous ${one.previous ?? '-'}`,
      `at ${one.at}`,
      `key ${one.key}`,
      '',
    ].join('\n'),
  );

/** SHA-256 over statement and signature: what the next checkpoint names, and what is worth noting elsewhere. */
export const checkpointHash = (one: Pick<SignedCheckpoint, 'signature'> & Checkpoint): string =>
  hash('sha256', Buffer.concat([statementOf(one), Buffer.from(one.signature, 'base64url')]), 'base64url');

export const isSignedBy = (key: PublicKey, one: SignedCheckpoint): boolean =>
  key.verifies(statementOf(one), Buffer.from(one.signature, 'base64url'));

/** Seals leaves: `at` in Unix ms. */
export function signCheckpoint(
  key: SigningKey,
  place: Pick<Checkpoint, 'number' | 'epoch' | 'stream' | 'from' | 'previous'>,
  leaves: readonly Uint8Array[],
  at: number,
): SignedCheckpoint {
  const checkpoint: Checkpoint = {
    ...place,
    to: place.from + leaves.length - 1,
    leaves: leaves.length,
    root: merkleRoot(leaves).toString('base64url'),
    at: new Date(at).toISOString(),
    key: key.id,
  };
  return {
    ...checkpoint,
    signature: key.sign(statementOf(checkpoint)).toString('base64url'),
    hashes: joinHashes(leaves),
  };
}

/** The form in which a checkpoint is stored: a commit of one event, as on the log. `id` is the commit's. */
export const encodeCheckpoint = (data: SignedCheckpoint, id: string): Uint8Array =>
  encodeCommit({ id, at: Date.parse(data.at), actor, events: [{ type, data }] });

/** Null where the bytes are no checkpoint: cut, changed, or something else. */
export function decodeCheckpoint(body: Uint8Array): SignedCheckpoint | null {
  try {
    const [event, ...more] = decodeCommit(body).events;
    if (event?.type !== type || more.length > 0) return null;
    return eventCatalogue[type].schema.safeParse(event.data).data ?? null;
  } catch {
    return null;
  }
}
