import { type Clock, type EventLog, parseSubject, type Recorded, subjectOf } from '../kernel/index.ts';
import { type DepartmentState, departmentDecider } from './department.ts';
import { folds } from './folds.ts';
import { followFamilies } from './follow.ts';
import { keyDecider } from './key.ts';
import { type Grant, type KeyEntry, principalOrRefusal } from './key-entry.ts';
import { membershipDecider } from './membership.ts';
import { keyOfPerson, principalOfPerson, type Vouched } from './person.ts';
import type { Principal, Refusal } from './principal.ts';
import { hashKey, isMistyped } from './secret.ts';
import { type TenantState, tenantDecider } from './tenant.ts';
import { userDecider } from './user.ts';

export interface KeyUse {
  readonly tenant: string;
  readonly key: string;
  /** Unix ms. */
  readonly at: number;
}

/** A person as the tenant knows it. */
export interface Person {
  readonly status: 'none' | 'active' | 'disabled';
  readonly grants: readonly Grant[];
}

/** All tenants, departments, people, roles and keys in memory, fed from the log. */
export interface Directory {
  /** The principal of a key in force, or why there is none. No I/O, and nothing is made for a known key. */
  authenticate(secret: string): Principal | Refusal;
  /** Who stays signed in by this secret of a cookie, or why nobody does. No I/O. */
  signedIn(secret: string): (Principal & { readonly signIn: string }) | Refusal;
  /** What somebody may for whom another source vouches. No I/O. */
  vouched(by: Vouched): Principal | Refusal;
  tenant(tenant: string): TenantState | undefined;
  department(tenant: string, department: string): DepartmentState | undefined;
  /** All of a tenant's departments, archived ones included. */
  departments(tenant: string): readonly (DepartmentState & { readonly id: string })[];
  person(tenant: string, user: string): Person;
  /** Keys used since they were last taken here, each at most once in `everyMs`. */
  takeUses(everyMs: number): KeyUse[];
  /** Secrets in force. */
  readonly size: number;
  /** Resolves once the directory has seen the log as it was at start. */
  readonly ready: Promise<void>;
  stop(): Promise<void>;
}

/** What any change in a tenant may bear on: an entry that was made at another version is made anew. */
interface Box {
  version: number;
}

interface Known {
  readonly entry: KeyEntry;
  readonly of: Box;
  /** Unix ms; after it this secret, rotated out, is no key any more. */
  readonly until: number;
  version: number;
  outcome: Principal | Refusal;
  use: Use;
}

interface Stay {
  readonly tenant: string;
  readonly signIn: string;
  readonly user: string;
  /** Unix ms. */
  readonly expiresAt: number;
}

interface Use {
  usedAt: number;
  takenAt: number;
}

/** A revocation is in force as soon as it is on the log and delivered. */
export function directory(log: EventLog, clock: Clock, onError: (error: unknown) => void): Directory {
  const tenants = folds(tenantDecider);
  const departments = folds(departmentDecider);
  const departmentsByTenant = new Map<string, Map<string, DepartmentState>>();
  const users = folds(userDecider);
  const memberships = folds(membershipDecider);
  const keys = folds(keyDecider);
  const boxes = new Map<string, Box>();
  /** By tenant and user, the role in each department; '-' is the whole tenant. */
  const grants = new Map<string, Map<string, Grant>>();
  const byHash = new Map<string, Known>();
  const hashesOf = new Map<string, string[]>();
  const uses = new Map<string, Use>();
  const stays = new Map<string, Stay>();
  const hashOfStay = new Map<string, string>();
  const erased = new Set<string>();

  const boxOf = (tenant: string): Box => {
    let box = boxes.get(tenant);
    if (!box) {
      box = { version: 0 };
      boxes.set(tenant, box);
    }
    return box;
  };
  const tenantOf = (tenant: string) => tenants.get(subjectOf(tenant, 'tenant', tenant));
  const personOf = (tenant: string, user: string): Person => ({
    // Whoever was erased is nobody any more, whatever still names them.
    status: erased.has(`${tenant}/${user}`)
      ? 'disabled'
      : (users.get(subjectOf(tenant, 'user', user))?.status ?? 'none'),
    grants: [...(grants.get(`${tenant}/${user}`)?.values() ?? [])],
  });

  function foldKey(recorded: Recorded): void {
    const { subject } = recorded;
    const { tenant, id: key = '' } = parseSubject(subject);
    const state = keys.fold(recorded);
    // The same secret may have been issued again, as another key.
    for (const hash of hashesOf.get(subject) ?? [])
      if (byHash.get(hash)?.entry.subject === subject) byHash.delete(hash);
    hashesOf.delete(subject);
    if (state.status !== 'active') return;
    const use = uses.get(subject) ?? { usedAt: 0, takenAt: 0 };
    uses.set(subject, use);
    const entry = { subject, tenant, key, issued: state.issued };
    const add = (hash: string, until: number) =>
      byHash.set(hash, {
        entry,
        of: boxOf(tenant),
        until,
        version: -1,
        outcome: 'auth.invalid-key',
        use,
      });
    if (state.previous) add(state.previous.hash, state.previous.until);
    add(state.issued.hash, Number.POSITIVE_INFINITY);
    hashesOf.set(subject, [state.issued.hash, ...(state.previous ? [state.previous.hash] : [])]);
  }

  function foldMembership(recorded: Recorded): void {
    const { tenant } = parseSubject(recorded.subject);
    const { role } = memberships.fold(recorded);
    const [event] = recorded.commit.events;
    if (event?.type !== 'membership.granted' && event?.type !== 'membership.revoked') return;
    const { user, department } = event.data;
    const name = `${tenant}/${user}`;
    const of = grants.get(name) ?? new Map<string, Grant>();
    grants.set(name, of);
    if (role === null) of.delete(department ?? '-');
    else of.set(department ?? '-', { department, role });
  }

  /** Only stays that last are kept: ended ones are as good as unknown. */
  function foldSignIn({ subject, commit }: Recorded): void {
    const { tenant } = parseSubject(subject);
    for (const event of commit.events) {
      if (event.type === 'sign-in.accepted') {
        const { signIn, user, hash, expiresAt } = event.data;
        const stay = { tenant, signIn, user, expiresAt: Date.parse(expiresAt) };
        if (stay.expiresAt <= clock()) continue;
        stays.set(hash, stay);
        hashOfStay.set(subject, hash);
      } else if (event.type === 'sign-in.ended') {
        stays.delete(hashOfStay.get(subject) ?? '');
        hashOfStay.delete(subject);
      }
    }
  }

  function foldErasure({ subject, commit }: Recorded): void {
    const { tenant } = parseSubject(subject);
    for (const event of commit.events)
      if (event.type === 'subject.erased') erased.add(`${tenant}/${event.data.subject}`);
  }

  const vouched = (by: Vouched): Principal | Refusal =>
    principalOfPerson(by, tenantOf(by.tenant), personOf(by.tenant, by.user));

  const following = followFamilies(
    log,
    {
      tenant: (recorded) => void tenants.fold(recorded),
      department(recorded) {
        const { tenant, id = '' } = parseSubject(recorded.subject);
        const of = departmentsByTenant.get(tenant) ?? new Map<string, DepartmentState>();
        departmentsByTenant.set(tenant, of.set(id, departments.fold(recorded)));
      },
      user: (recorded) => void users.fold(recorded),
      membership: foldMembership,
      key: foldKey,
      signin: foldSignIn,
      subject: foldErasure,
    },
    (tenant) => boxOf(tenant).version++,
    onError,
  );

  return {
    authenticate(secret) {
      if (isMistyped(secret)) return 'auth.invalid-key';
      const known = byHash.get(hashKey(secret));
      if (!known) return 'auth.invalid-key';
      if (known.version !== known.of.version) {
        const { tenant, issued } = known.entry;
        const person = issued.user === null ? undefined : personOf(tenant, issued.user);
        known.outcome = principalOrRefusal(known.entry, tenantOf(tenant), person);
        known.version = known.of.version;
      }
      const { outcome } = known;
      if (typeof outcome === 'string') return outcome;
      const now = clock();
      if (now >= known.until) return 'auth.invalid-key';
      if (outcome.expiresAt !== undefined && now >= outcome.expiresAt) return 'auth.expired-key';
      known.use.usedAt = now;
      return outcome;
    },
    signedIn(secret) {
      const hash = hashKey(secret);
      const stay = stays.get(hash);
      if (!stay) return 'auth.signed-out';
      const { tenant, user, signIn, expiresAt } = stay;
      if (clock() >= expiresAt) {
        stays.delete(hash);
        return 'auth.signed-out';
      }
      const principal = vouched({
        tenant,
        user,
        source: 'sign-in',
        key: keyOfPerson(user),
        expiresAt,
        held: [],
      });
      return typeof principal === 'string' ? principal : { ...principal, signIn };
    },
    vouched,
    tenant: tenantOf,
    department: (tenant, department) => departments.get(subjectOf(tenant, 'department', department)),
    departments: (tenant) =>
      [...(departmentsByTenant.get(tenant) ?? [])].map(([id, state]) => ({ id, ...state })),
    person: personOf,
    takeUses(everyMs) {
      const taken: KeyUse[] = [];
      for (const [subject, use] of uses) {
        if (use.usedAt <= use.takenAt || use.usedAt - use.takenAt < everyMs) continue;
        use.takenAt = use.usedAt;
        const { tenant, id: key = '' } = parseSubject(subject);
        taken.push({ tenant, key, at: use.usedAt });
      }
      return taken;
    },
    get size() {
      return byHash.size;
    },
    ready: following.ready,
    stop: following.stop,
  };
}
