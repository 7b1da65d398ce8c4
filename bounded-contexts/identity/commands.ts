import { DaybookError } from '../../schemas/errors.ts';
import type { DaybookEvent } from '../../schemas/events/index.ts';
import {
  type Clock,
  type CommandContext,
  type Decider,
  type EventLog,
  execute,
  load,
  type Position,
  subjectOf,
  uuidv7,
} from '../kernel/index.ts';
import { type DepartmentCommand, departmentDecider } from './department.ts';
import { type IssuedKey, type KeyCommand, keyDecider } from './key.ts';
import { type MembershipCommand, membershipDecider, membershipId } from './membership.ts';
import { hashKey, newKeySecret } from './secret.ts';
import { type TenantCommand, tenantDecider } from './tenant.ts';
import { type UserCommand, userDecider } from './user.ts';

export interface IdentityPorts {
  readonly log: EventLog;
  readonly clock: Clock;
}

/** Who asks, and on which conditions. */
export interface Asked extends CommandContext {
  readonly tenant: string;
}

export interface Done<State> {
  readonly state: State;
  /** Of the aggregate's last commit. */
  readonly position: Position;
  /** False where it was so already. */
  readonly changed: boolean;
}

async function decided<Command, State, Event extends DaybookEvent>(
  { log, clock }: IdentityPorts,
  { tenant, ...context }: Asked,
  family: string,
  id: string,
  decider: Decider<Command, State, Event>,
  command: Command,
): Promise<Done<State>> {
  const subject = subjectOf(tenant, family, id);
  const { state, events, position } = await execute(log, clock, subject, decider, command, context);
  if (position === null) throw new DaybookError('internal', 'A command that was accepted has no commit.');
  return { state, position, changed: events.length > 0 };
}

/** `asked.tenant` is not looked at: the history of a tenant lies with itself. */
export const changeTenant = (ports: IdentityPorts, asked: Asked, command: TenantCommand) =>
  decided(ports, { ...asked, tenant: command.tenant }, 'tenant', command.tenant, tenantDecider, command);

export const changeDepartment = (ports: IdentityPorts, asked: Asked, command: DepartmentCommand) =>
  decided(ports, asked, 'department', command.department, departmentDecider, command);

export const changeUser = (ports: IdentityPorts, asked: Asked, command: UserCommand) =>
  decided(ports, asked, 'user', command.user, userDecider, command);

/** Throws where the person is not registered, or the department not there (any more). Asks the log itself. */
async function checkPlace(
  { log }: IdentityPorts,
  tenant: string,
  user: string | null | undefined,
  department: string | null | undefined,
): Promise<void> {
  if (user) {
    const { state } = await load(log, subjectOf(tenant, 'user', user), userDecider);
    if (state.status === 'none')
      throw new DaybookError('resource.not-found', 'There is no such user; register them.', {
        param: 'user',
      });
  }
  if (department) {
    const { state } = await load(log, subjectOf(tenant, 'department', department), departmentDecider);
    if (state.status !== 'active')
      throw new DaybookError('resource.not-found', 'There is no such department, or it is archived.', {
        param: 'department',
      });
  }
}

/** Throws `resource.not-found` where a role is granted to or in something that is not there. */
export async function changeMembership(ports: IdentityPorts, asked: Asked, command: MembershipCommand) {
  if (command.kind === 'grant') await checkPlace(ports, asked.tenant, command.user, command.department);
  return decided(ports, asked, 'membership', membershipId(command), membershipDecider, command);
}

const changeKey = (ports: IdentityPorts, asked: Asked, command: KeyCommand) =>
  decided(ports, asked, 'key', command.key, keyDecider, command);

/** What a key is to be; what is left out is not limited. */
export type WantedKey = Pick<IssuedKey, 'name' | 'role'> &
  Partial<Omit<IssuedKey, 'key' | 'hash' | 'name' | 'role'>> & {
    /** A secret of the operator's own; default: a new random one. */
    readonly secret?: string;
  };

interface Issued {
  readonly key: string;
  /** Returned this once; it cannot be found again. */
  readonly secret: string;
  readonly position: Position;
}

export async function issueKey(
  ports: IdentityPorts,
  asked: Asked,
  { secret = newKeySecret(), ...wanted }: WantedKey,
): Promise<Issued> {
  const { role, user, department } = wanted;
  const needs = (what: string) =>
    new DaybookError('request.invalid', `A key of the role ${role} needs ${what}.`, { param: 'role' });
  if (role === 'member' && !user) throw needs('the user that it acts for');
  if (role === 'department-lead' && !user && !department)
    throw needs('a department, or a user who leads some');
  await checkPlace(ports, asked.tenant, user, department);
  const key = `k_${uuidv7(ports.clock()).replaceAll('-', '')}`;
  const unlimited = { scopes: [], models: [], tiers: [], department: null, user: null, expiresAt: null };
  const { private: isPrivate, cache, ...limits } = wanted;
  const issued: IssuedKey = {
    ...unlimited,
    ...limits,
    key,
    hash: hashKey(secret),
    ...(isPrivate === true ? { private: true } : {}),
    ...(cache === true ? { cache: true } : {}),
  };
  const { position } = await changeKey(ports, asked, { kind: 'issue', ...issued });
  return { key, secret, position };
}

/** A key as it is on the log. Throws `resource.not-found`. */
export async function presentKey({ log }: IdentityPorts, tenant: string, key: string): Promise<IssuedKey> {
  const { state } = await load(log, subjectOf(tenant, 'key', key), keyDecider);
  if (state.status === 'none') throw new DaybookError('resource.not-found', 'There is no such key.');
  return state.issued;
}

/** Gives a key a new secret; the one before it stays in force for `overlapMs`. */
export async function rotateKey(
  ports: IdentityPorts,
  asked: Asked,
  { key, overlapMs }: { readonly key: string; readonly overlapMs: number },
): Promise<Issued & { readonly previousUntil: string }> {
  const secret = newKeySecret();
  const previousUntil = new Date(ports.clock() + overlapMs).toISOString();
  const command = { kind: 'rotate', key, hash: hashKey(secret), previousUntil } as const;
  const { position } = await changeKey(ports, asked, command);
  return { key, secret, previousUntil, position };
}

/** Revokes a key; repeating it changes nothing. Throws `resource.not-found`. */
export const revokeKey = (ports: IdentityPorts, asked: Asked, key: string) =>
  changeKey(ports, asked, { kind: 'revoke', key });
