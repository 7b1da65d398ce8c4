/**
 * Identity: who is calling. Owns the family `key` (`key.issued`, `key.revoked`), one aggregate a key, and the
 * in-memory view that authenticates without any I/O.
 */
import { DaybookError } from '../../schemas/errors.ts';
import { type Clock, type EventLog, execute, type Position, subjectOf, uuidv7 } from '../kernel/index.ts';
import { keyDecider, type Role } from './key.ts';
import { hashKey, newKeySecret } from './secret.ts';

export { type Claims, type ExternalIdentity, identityOf } from './claims.ts';
export { type KeyView, keyView, type Principal } from './key-view.ts';
export type { TokenVerifier } from './ports.ts';

interface IssueKey {
  readonly tenant: string;
  readonly name: string;
  readonly role: Role;
  readonly private?: boolean;
  readonly cache?: boolean;
  readonly actor: string;
  /** A secret of the operator's own; default: a new random one. */
  readonly secret?: string;
}

/** Issues a key. The secret is returned this once and cannot be found again. */
export async function issueKey(
  log: EventLog,
  clock: Clock,
  command: IssueKey,
): Promise<{ key: string; secret: string; position: Position }> {
  const secret = command.secret ?? newKeySecret();
  const key = `k_${uuidv7(clock()).replaceAll('-', '')}`;
  const { position } = await execute(
    log,
    clock,
    subjectOf(command.tenant, 'key', key),
    keyDecider,
    {
      kind: 'issue',
      key,
      name: command.name,
      hash: hashKey(secret),
      role: command.role,
      private: command.private ?? false,
      cache: command.cache ?? false,
    },
    { actor: command.actor },
  );
  if (position === null) throw new DaybookError('internal', 'A new key has no commit.');
  return { key, secret, position };
}

/** Revokes a key; repeating it changes nothing. Throws `resource.not-found`. */
export async function revokeKey(
  log: EventLog,
  clock: Clock,
  command: { tenant: string; key: string; actor: string },
): Promise<{ position: Position }> {
  const { position } = await execute(
    log,
    clock,
    subjectOf(command.tenant, 'key', command.key),
    keyDecider,
    { kind: 'revoke', key: command.key },
    { actor: command.actor },
  );
  if (position === null) throw new DaybookError('resource.not-found');
  return { position };
}
