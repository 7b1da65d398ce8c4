import { DaybookError } from '../../../schemas/errors.ts';
import type { DaybookEvent, EventData } from '../../../schemas/events/index.ts';
import { type RetentionKind, retentionKind } from '../../../schemas/retention.ts';
import {
  type Clock,
  type CommandContext,
  type Decider,
  type EventLog,
  execute,
  load,
  type Position,
  subjectOf,
} from '../../kernel/index.ts';

type RetentionEvent = DaybookEvent<'retention.set' | 'retention.executed'>;

type RetentionCommand =
  | { readonly kind: 'set'; readonly data: EventData<'retention.set'> }
  | { readonly kind: 'execute'; readonly data: EventData<'retention.executed'> };

export interface Retention {
  /** Null: for ever. */
  readonly days: number | null;
  /** What is of a day before this one has ended; null where nothing has. */
  readonly before: string | null;
}

/** How long one kind of data of a tenant is kept. What has ended stays so, whatever is set later. */
export const retentionDecider: Decider<RetentionCommand, Retention, RetentionEvent> = {
  initial: () => ({ days: null, before: null }),
  decide(command, { days, before }) {
    if (command.kind === 'set')
      return command.data.days === days ? [] : [{ type: 'retention.set', data: command.data }];
    if (before !== null && command.data.before <= before) return [];
    if (days === null)
      throw new DaybookError('command.rejected', `${command.data.kind} are kept for ever: nothing ends.`);
    return [{ type: 'retention.executed', data: command.data }];
  },
  evolve: (state, event) =>
    event.type === 'retention.set'
      ? { ...state, days: event.data.days }
      : { ...state, before: event.data.before },
  knows: (event): event is RetentionEvent =>
    event.type === 'retention.set' || event.type === 'retention.executed',
};

export const retentionSubject = (tenant: string, kind: RetentionKind) => subjectOf(tenant, 'retention', kind);

/** How long each kind of a tenant's data is kept, as the log says. */
export function retentionOf(
  log: EventLog,
  tenant: string,
): Promise<readonly (Retention & { readonly kind: RetentionKind })[]> {
  return Promise.all(
    retentionKind.options.map(async (kind) => {
      const { state } = await load(log, retentionSubject(tenant, kind), retentionDecider);
      return { kind, ...state };
    }),
  );
}

/** Sets how long one kind is kept; the position of its last commit, or null where it was never set. */
export async function setRetention(
  { log, clock }: { readonly log: EventLog; readonly clock: Clock },
  tenant: string,
  data: EventData<'retention.set'>,
  context: CommandContext,
): Promise<Position | null> {
  const subject = retentionSubject(tenant, data.kind);
  const { position } = await execute(log, clock, subject, retentionDecider, { kind: 'set', data }, context);
  return position;
}
