import { DaybookError } from '../../../schemas/errors.ts';
import {
  aggregates,
  type Clock,
  type EventLog,
  execute,
  type Position,
  parseSubject,
  subjectOf,
  type Vault,
} from '../../kernel/index.ts';
import { subjectDecider } from './subject.ts';

export interface ErasurePorts {
  readonly log: EventLog;
  readonly vault: Pick<Vault, 'erase'>;
  readonly clock: Clock;
}

/**
 * Says on the log that a data subject is erased, then destroys its key; repeating it changes nothing. In this
 * order, since what is on the log is carried out sooner or later (every gateway reads these events and applies
 * them), while a key that went without a word would come back with the next restore. `because`: the person whose
 * session it is.
 */
export async function eraseSubject(
  ports: ErasurePorts,
  command: { tenant: string; subject: string; actor: string; because?: string },
): Promise<{ position: Position }> {
  const { tenant, subject, actor, because } = command;
  const { position } = await execute(
    ports.log,
    ports.clock,
    subjectOf(tenant, 'subject', subject),
    subjectDecider,
    { kind: 'erase', data: { subject, ...(because === undefined ? {} : { because }) } },
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
