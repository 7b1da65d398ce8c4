/**
 * Governance, first cut: erasure, and the audit notary (`audit/`). Owns the family `subject` (`subject.erased`), one aggregate a data subject.
 * The log stays whole; what goes is the key, and with it every content that it sealed.
 */

import { DaybookError } from '../../schemas/errors.ts';
import type { DaybookEvent } from '../../schemas/events/index.ts';
import {
  aggregates,
  type Clock,
  type Decider,
  type EventLog,
  execute,
  type Position,
  parseSubject,
  subjectOf,
  type Vault,
} from '../kernel/index.ts';

export * from './audit/index.ts';
export {
  openSecret,
  overdue,
  removeSecret,
  type SecretPorts,
  type SecretStore,
  sayRotated,
  setSecret,
} from './secrets.ts';
export * from './trail/index.ts';

type SubjectEvent = DaybookEvent<'subject.erased'>;

const subjectDecider: Decider<{ subject: string }, boolean, SubjectEvent> = {
  initial: () => false,
  decide: ({ subject }, erased) => (erased ? [] : [{ type: 'subject.erased', data: { subject } }]),
  evolve: () => true,
  knows: (event): event is SubjectEvent => event.type === 'subject.erased',
};

export interface ErasurePorts {
  readonly log: EventLog;
  readonly vault: Pick<Vault, 'erase'>;
  readonly clock: Clock;
}

/**
 * Says on the log that a data subject is erased, then destroys its key; repeating it changes nothing. In this
 * order, since what is on the log is carried out sooner or later (every gateway reads these events and applies
 * them), while a key that went without a word would come back with the next restore.
 */
export async function eraseSubject(
  ports: ErasurePorts,
  command: { tenant: string; subject: string; actor: string },
): Promise<{ position: Position }> {
  const { tenant, subject, actor } = command;
  const { position } = await execute(
    ports.log,
    ports.clock,
    subjectOf(tenant, 'subject', subject),
    subjectDecider,
    { subject },
    { actor },
  );
  await ports.vault.erase(tenant, subject);
  if (position === null) throw new DaybookError('internal', 'An erasure has no commit.');
  return { position };
}

/**
 * Applies every erasure on the log to the vault: after a restore, before anything is served, so that an older
 * vault cannot bring anyone back. Ends at the log's present end; returns how many erasures it saw.
 */
export async function reapplyErasures({ log, vault }: Pick<ErasurePorts, 'log' | 'vault'>): Promise<number> {
  const behind = new Set(
    (await log.info()).streams.filter((stream) => stream.last !== null).map((stream) => stream.stream),
  );
  if (behind.size === 0) return 0;
  let count = 0;
  const subscription = log.subscribe(aggregates('subject'), []);
  for await (const batch of subscription) {
    for (const { subject, commit } of batch.commits) {
      for (const event of commit.events) {
        if (event.type !== 'subject.erased') continue;
        await vault.erase(parseSubject(subject).tenant, event.data.subject);
        count++;
      }
    }
    if (batch.caughtUp) behind.delete(batch.stream);
    if (behind.size === 0) break;
  }
  await subscription.stop();
  return count;
}
