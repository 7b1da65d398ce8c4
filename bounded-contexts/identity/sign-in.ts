import { randomBytes } from 'node:crypto';
import { DaybookError } from '../../schemas/errors.ts';
import type { DaybookEvent } from '../../schemas/events/index.ts';
import {
  type Clock,
  type Decider,
  type EventLog,
  execute,
  type Position,
  subjectOf,
  uuidv7,
} from '../kernel/index.ts';
import { hashKey } from './secret.ts';

export type SignInEvent = DaybookEvent<'sign-in.accepted' | 'sign-in.ended'>;

type SignInCommand =
  | {
      readonly kind: 'accept';
      readonly signIn: string;
      readonly user: string;
      readonly hash: string;
      readonly expiresAt: string;
    }
  | { readonly kind: 'end'; readonly signIn: string };

export type SignInState =
  | { readonly status: 'none' }
  | {
      readonly status: 'open' | 'ended';
      readonly user: string;
      readonly hash: string;
      readonly expiresAt: number;
    };

/** One stay of a person who gave their password: accepted once, ended once. */
export const signInDecider: Decider<SignInCommand, SignInState, SignInEvent> = {
  initial: () => ({ status: 'none' }),
  decide(command, state) {
    const { kind, ...data } = command;
    if (kind === 'accept' && 'hash' in data)
      return state.status === 'none' ? [{ type: 'sign-in.accepted', data }] : [];
    if (state.status === 'none') throw new DaybookError('resource.not-found', 'There is no such sign-in.');
    return state.status === 'open' ? [{ type: 'sign-in.ended', data: { signIn: command.signIn } }] : [];
  },
  evolve(state, event) {
    if (event.type === 'sign-in.accepted') {
      const { user, hash, expiresAt } = event.data;
      return { status: 'open', user, hash, expiresAt: Date.parse(expiresAt) };
    }
    return state.status === 'none' ? state : { ...state, status: 'ended' };
  },
  knows: (event): event is SignInEvent => event.type === 'sign-in.accepted' || event.type === 'sign-in.ended',
};

const secretPrefix = 'dbs_';
/** Of a cookie; a key never looks so. */
export const isSignInSecret = (secret: string): boolean => /^dbs_[\w-]{43}$/.test(secret);

export interface SignIn {
  readonly signIn: string;
  /** For the cookie; only its hash is kept. */
  readonly secret: string;
  /** Unix ms. */
  readonly expiresAt: number;
  readonly position: Position;
}

interface SignInPorts {
  readonly log: EventLog;
  readonly clock: Clock;
}

/** Opens a stay of `forMs` for somebody whose password was right. */
export async function acceptSignIn(
  { log, clock }: SignInPorts,
  { tenant, user, forMs }: { readonly tenant: string; readonly user: string; readonly forMs: number },
): Promise<SignIn> {
  const secret = `${secretPrefix}${randomBytes(32).toString('base64url')}`;
  const signIn = `i_${uuidv7(clock()).replaceAll('-', '')}`;
  const expiresAt = clock() + forMs;
  const { position } = await execute(
    log,
    clock,
    subjectOf(tenant, 'signin', signIn),
    signInDecider,
    { kind: 'accept', signIn, user, hash: hashKey(secret), expiresAt: new Date(expiresAt).toISOString() },
    { actor: user },
  );
  if (position === null) throw new DaybookError('internal', 'A new sign-in has no commit.');
  return { signIn, secret, expiresAt, position };
}

export async function endSignIn(
  { log, clock }: SignInPorts,
  { tenant, signIn, actor }: { readonly tenant: string; readonly signIn: string; readonly actor: string },
): Promise<Position | null> {
  const subject = subjectOf(tenant, 'signin', signIn);
  return (await execute(log, clock, subject, signInDecider, { kind: 'end', signIn }, { actor })).position;
}
