import { resolve } from 'node:path';
import {
  checkpointOver,
  decodeCheckpoint,
  type Notary,
  pemOf,
  type SeenLeaves,
  startNotary,
  witnessOf,
} from '../../bounded-contexts/governance/index.ts';
import { type Position, systemClock } from '../../bounded-contexts/kernel/index.ts';
import type { NotaryView } from '../../schemas/http/management.ts';
import { checkpointCopies, notaryKeys, postgresWitness } from '../audit/index.ts';
import type { Configuration } from './configuration.ts';
import type { Parts } from './parts.ts';

/** The notary of a worker, on the log itself and on what its other readers saw: what it signs is what is stored. */
export async function notaryFor(
  { file, root }: Configuration,
  { log, audit, pool, vault }: Parts,
  seen: SeenLeaves,
  report: (error: unknown) => void,
): Promise<Notary> {
  const { everyCommits, everySeconds, directory } = file.audit;
  const { epoch } = await log.info();
  return startNotary({
    log,
    seen,
    audit,
    witness: postgresWitness(pool),
    currentKey: notaryKeys(vault).current,
    ...(directory === undefined
      ? {}
      : { keepCopies: checkpointCopies(resolve(root, directory), audit, epoch) }),
    clock: systemClock,
    everyCommits,
    everyMs: everySeconds * 1_000,
    report,
  });
}

/** What a gateway tells of the notary. */
export function notaryOf({ audit, vault }: Parts): {
  keys(): Promise<NotaryView['keys']>;
  last(): Promise<NotaryView['last']>;
  over(commit: { readonly at: number; readonly position: Position }): Promise<NotaryView['last']>;
} {
  const keys = notaryKeys(vault);
  const shown = (one: ReturnType<typeof decodeCheckpoint>): NotaryView['last'] =>
    one ? { number: one.number, hash: witnessOf(one).hash, at: one.at } : null;
  return {
    async keys() {
      const all = await keys.all();
      return all.map((key, index) => ({
        id: key.id,
        publicKey: key.text,
        pem: pemOf(key),
        current: index === all.length - 1,
      }));
    },
    async last() {
      const entry = await audit.last();
      return entry && shown(decodeCheckpoint(entry.body));
    },
    over: async (commit) => shown(await checkpointOver(audit, commit)),
  };
}
