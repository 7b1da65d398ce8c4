import type { DaybookEvent, EventData } from '../../schemas/events/index.ts';

/** What an event tells an auditor, beside who did it and when. */
export interface Told {
  /** What it was done to, by an opaque id or a name that is no person's. */
  readonly target?: string | null;
  readonly outcome?: 'refused';
  readonly reason?: string;
  readonly asked?: Pick<EventData<'data.exported'>, 'route' | 'request' | 'user' | 'address'>;
  readonly leftOut?: number;
}

const budget = ({ scope, id, period }: { scope: string; id: string; period: string }): string =>
  `${id === '' ? scope : `${scope}:${id}`}:${period}`;

/**
 * The one table of what belongs into the audit trail: administrative events, and the facts of the family `audit`.
 * Undefined for all that is daily business. A new event of either kind is a line here.
 */
export function toldBy(event: DaybookEvent): Told | undefined {
  switch (event.type) {
    case 'tenant.created':
    case 'tenant.updated':
    case 'tenant.suspended':
    case 'tenant.resumed':
      return { target: event.data.tenant };
    case 'department.created':
    case 'department.updated':
    case 'department.archived':
    case 'department.restored':
      return { target: event.data.department };
    case 'user.registered':
    case 'user.updated':
    case 'user.disabled':
    case 'user.enabled':
    case 'user.password.set':
    case 'user.password.removed':
      return { target: event.data.user };
    case 'sign-in.accepted':
      return { target: event.data.user };
    case 'sign-in.ended':
      return { target: event.data.signIn };
    case 'sign-in.refused':
      return { target: event.data.user ?? null, outcome: 'refused' };
    case 'membership.granted':
      return {
        target: event.data.user,
        reason: `${event.data.role} in ${event.data.department ?? 'the tenant'}`,
      };
    case 'membership.revoked':
      return { target: event.data.user, reason: `in ${event.data.department ?? 'the tenant'}` };
    case 'key.issued':
      return { target: event.data.key, reason: event.data.role };
    case 'key.rotated':
    case 'key.revoked':
      return { target: event.data.key };
    case 'ledger.configured':
      return { reason: event.data.timeZone };
    case 'budget.defined':
    case 'budget.removed':
    case 'budget.reset':
      return { target: budget(event.data) };
    case 'secret.set':
    case 'secret.removed':
      return { target: event.data.secret };
    case 'secret.opened':
      return { target: event.data.secret, reason: event.data.purpose };
    case 'secret.master-key.rotated':
      return { target: 'master-key' };
    case 'subject.erased':
    case 'subject.erasure.completed':
      return { target: event.data.subject };
    case 'workflow.version.published':
      return { target: event.data.workflow, reason: `version ${event.data.version}` };
    case 'retention.set':
      return {
        target: event.data.kind,
        reason: event.data.days === null ? 'for ever' : `days: ${event.data.days}`,
      };
    case 'retention.executed':
      return {
        target: event.data.kind,
        reason: `${event.data.contents} contents before ${event.data.before}`,
      };
    case 'configuration.loaded':
      return { target: event.data.hash };
    case 'access.refused':
      return {
        outcome: 'refused',
        reason: event.data.code,
        asked: event.data,
        leftOut: event.data.leftOut,
      };
    case 'contents.opened':
      return { target: event.data.target, reason: event.data.kind, asked: event.data };
    case 'data.exported':
      return {
        target: event.data.person ?? null,
        reason: `${event.data.what} as ${event.data.format}`,
        asked: event.data,
      };
    case 'data.imported':
      return { reason: `${event.data.commits} commits, ${event.data.contents} contents` };
    default:
      return undefined;
  }
}
