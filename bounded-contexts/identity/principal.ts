import type { ErrorCode } from '../../schemas/errors.ts';
import type { Tier } from '../../schemas/primitives.ts';
import type { Permission, Role } from '../../schemas/roles.ts';
import { permissionsOf, type Reach } from './permissions.ts';

/** Who is calling. Everything that a caller may see or spend hangs on its tenant. Made once, not for each call. */
export interface Principal {
  readonly tenant: string;
  /** The id of the key, or what stands in its place where another source vouches for the caller. */
  readonly key: string;
  readonly role: Role;
  /** Who vouches. */
  readonly source: 'key' | 'token' | 'sign-in';
  /** The one person that it acts for, by opaque id. */
  readonly user?: string;
  /** The one department that its calls are attributed to, by opaque id. */
  readonly department?: string;
  /** Where its role holds, where that is not all of the tenant. */
  readonly departments: readonly string[];
  /** What its role may, less what its scopes leave out. */
  readonly permissions: ReadonlyMap<Permission, Reach>;
  readonly scopes: readonly string[];
  /** Names or patterns of the models that it may call, and their tiers; empty: all. */
  readonly models: readonly string[];
  readonly tiers: readonly Tier[];
  /** Unix ms. */
  readonly expiresAt?: number;
  /** What makes its calls private, whatever they say. */
  readonly private?: 'key' | 'tenant';
  /** Identical requests of it may be answered from the cache of answers. */
  readonly cache?: boolean;
  /** Answers are shared with no other key. */
  readonly ownCache?: boolean;
}

/** Why nobody is let in. */
export type Refusal = Extract<
  ErrorCode,
  | 'auth.invalid-key'
  | 'auth.expired-key'
  | 'auth.tenant-suspended'
  | 'auth.user-disabled'
  | 'auth.forbidden'
  | 'auth.signed-out'
>;

type Given = Pick<Principal, 'tenant' | 'key' | 'role'> & Partial<Omit<Principal, 'permissions'>>;

/** A principal from as little as is known of it; what it may follows from its role and its scopes. */
export function principalFrom(given: Given): Principal {
  const { role, scopes = [], department } = given;
  return {
    source: 'key',
    departments: department === undefined ? [] : [department],
    models: [],
    tiers: [],
    ...given,
    scopes,
    permissions: permissionsOf(role, scopes, department !== undefined),
  };
}

/** Who did it, as the log says it: the key, or the person where none was used. */
export const actorOf = ({ source, key, user = key }: Pick<Principal, 'source' | 'key' | 'user'>): string =>
  source === 'key' ? key : user;
