import { createHash } from 'node:crypto';
import type { Period } from '../../schemas/primitives.ts';
import { periods } from '../../schemas/primitives.ts';
import type { EventLog, Position, Subject } from '../kernel/index.ts';
import { type Ending, foldVersion, initialLedger, type LedgerState } from './ledger.ts';
import { type Mode, newScope, type Pool, type Scope, setBudget } from './pools.ts';
import type { LedgerSnapshot } from './ports.ts';

/** Ended reservations, in order, and which of them were voided: nearly all were settled. */
type StoredEndings = [ids: readonly string[], voided: readonly number[]];

/** Arrays instead of objects, since a snapshot may hold some hundred thousand entries. */
interface Stored {
  readonly commit: string;
  readonly now: number;
  readonly timeZone: string | null;
  readonly day: string;
  readonly generation: number;
  readonly scopes: [
    name: string,
    lastDay: string,
    budgets: [period: Period, limit: string, mode: Mode][],
    pools: [window: string, posted: string, pending: string, baseline: string, alerted: number][],
  ][];
  readonly reservations: [
    id: string,
    scopes: readonly string[],
    day: string,
    expiresAt: number,
    amount: string,
    topUps: readonly string[] | null,
  ][];
  readonly recent: StoredEndings;
  readonly older: StoredEndings;
  readonly unconfirmed: [
    id: string,
    scopes: readonly string[],
    day: string,
    posted: string,
    tier: number,
    until: number,
  ][];
  readonly commands: [id: string, until: number][];
}

function writeEndings(endings: ReadonlyMap<string, Ending>): StoredEndings {
  const ids: string[] = [];
  const voided: number[] = [];
  for (const [id, ending] of endings) {
    if (ending === 'voided') voided.push(ids.length);
    ids.push(id);
  }
  return [ids, voided];
}

function readEndings([ids, voided]: StoredEndings): Map<string, Ending> {
  const endings = new Map(ids.map((id) => [id, 'settled' as Ending]));
  for (const index of voided) endings.set(ids[index] as string, 'voided');
  return endings;
}

/** How much a snapshot of this state holds, and so what it costs. */
export const entriesOf = ({ scopes, reservations, recent, older, unconfirmed }: LedgerState): number =>
  scopes.size + reservations.size + recent.size + older.size + unconfirmed.size;

/** The whole state as text. Equal states give equal text; `commit` is the id of the last commit in it. */
export function writeLedger(state: LedgerState, commit: string): string {
  const stored: Stored = {
    commit,
    now: state.now,
    timeZone: state.timeZone,
    day: state.day,
    generation: state.generation,
    scopes: [...state.scopes.values()].map((scope) => [
      scope.name,
      scope.lastDay,
      periods.flatMap((period, index) => {
        const budget = scope.budgets[index];
        return budget ? [[period, budget.limit.toString(), budget.mode] as [Period, string, Mode]] : [];
      }),
      [...scope.pools.values()].map(({ window, posted, pending, baseline, alerted }) => [
        window,
        posted.toString(),
        pending.toString(),
        baseline.toString(),
        alerted,
      ]),
    ]),
    reservations: [...state.reservations].map(([id, { scopes, day, expiresAt, amount, topUps }]) => [
      id,
      scopes,
      day,
      expiresAt,
      amount,
      topUps ?? null,
    ]),
    recent: writeEndings(state.recent),
    older: writeEndings(state.older),
    unconfirmed: [...state.unconfirmed].map(([id, { scopes, day, posted, tier, until }]) => [
      id,
      scopes,
      day,
      posted.toString(),
      tier,
      until,
    ]),
    commands: [...state.commands],
  };
  return JSON.stringify(stored);
}

export function readLedger(text: string): { readonly state: LedgerState; readonly commit: string } {
  const stored = JSON.parse(text) as Stored;
  const state: LedgerState = {
    ...initialLedger(),
    now: stored.now,
    timeZone: stored.timeZone,
    day: stored.day,
    generation: stored.generation,
    recent: readEndings(stored.recent),
    older: readEndings(stored.older),
    commands: new Map(stored.commands),
  };
  for (const [name, lastDay, budgets, pools] of stored.scopes) {
    const scope = newScope(name);
    scope.lastDay = lastDay;
    for (const [period, limit, mode] of budgets) setBudget(scope, period, { limit: BigInt(limit), mode });
    for (const [window, posted, pending, baseline, alerted] of pools) {
      const pool: Pool = {
        window,
        posted: BigInt(posted),
        pending: BigInt(pending),
        baseline: BigInt(baseline),
        alerted,
      };
      scope.pools.set(window, pool);
    }
    state.scopes.set(name, scope);
  }
  for (const [id, scopes, day, expiresAt, amount, topUps] of stored.reservations) {
    state.reservations.set(id, { scopes, day, expiresAt, amount, ...(topUps ? { topUps } : {}) });
  }
  for (const [id, scopes, day, posted, tier, until] of stored.unconfirmed) {
    state.unconfirmed.set(id, { scopes, day, posted: BigInt(posted), tier, until });
  }
  return { state, commit: stored.commit };
}

/** A copy that shares nothing that {@link evolve} changes. */
export function cloneLedger(state: LedgerState): LedgerState {
  const scopes = new Map<string, Scope>();
  for (const [name, scope] of state.scopes) {
    const pools = new Map<string, Pool>();
    for (const [window, pool] of scope.pools) pools.set(window, { ...pool });
    scopes.set(name, { ...scope, budgets: [...scope.budgets], pools, currentDay: '', current: [] });
  }
  return {
    ...state,
    scopes,
    reservations: new Map(state.reservations),
    recent: new Map(state.recent),
    // Nothing is added to a generation that has passed.
    older: state.older,
    unconfirmed: new Map(state.unconfirmed),
    commands: new Map(state.commands),
  };
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

export function takeSnapshot(
  tenant: string,
  position: Position,
  state: LedgerState,
  commit: string,
): LedgerSnapshot {
  const text = writeLedger(state, commit);
  return { tenant, position, foldVersion, hash: sha256(text), state: text };
}

/**
 * The state in a snapshot, or null where it may not be used: of another fold version, damaged, or of a
 * history that this log does not have.
 */
export async function openSnapshot(
  log: EventLog,
  subject: Subject,
  snapshot: LedgerSnapshot,
): Promise<LedgerState | null> {
  if (snapshot.foldVersion !== foldVersion || sha256(snapshot.state) !== snapshot.hash) return null;
  const { state, commit } = readLedger(snapshot.state);
  try {
    const recorded = await log.at(snapshot.position);
    return recorded?.subject === subject && recorded.commit.id === commit ? state : null;
  } catch {
    return null;
  }
}
