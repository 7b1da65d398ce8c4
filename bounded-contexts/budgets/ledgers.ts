import type { Period, ScopeKind } from '../../schemas/primitives.ts';
import {
  type Clock,
  type EventLog,
  type Nano,
  type Position,
  type Subject,
  subjectOf,
  uuidv7,
} from '../kernel/index.ts';
import type { LedgerCommand, LedgerReply } from './commands.ts';
import { smallestRemainder, softPressure } from './decide-reserve.ts';
import { ledgerHead } from './head.ts';
import type { Result } from './item.ts';
import type { LedgerState } from './ledger.ts';
import type { Mode } from './pools.ts';
import type { LedgerChannel, SnapshotStore } from './ports.ts';
import { type Succession, succession, writerIdOf } from './succession.ts';
import { type LedgerView, viewLedger } from './view.ts';
import { dayIn } from './windows.ts';
import { readRequest, writeReply } from './wire.ts';
import { type LedgerWriter, ledgerWriter, type Waits } from './writer.ts';

export interface Reserve {
  /** A UUIDv7, the invocation's id. Repeating it reserves nothing more. */
  readonly reservation: string;
  /** `tenant` or `<kind>:<opaque id>`. */
  readonly scopes: readonly string[];
  /** Wanted; near a hard limit the grant is lowered to what is left, but never below `floor` (default: amount). */
  readonly amount: Nano;
  readonly floor?: Nano;
  /** Unix ms. The caller ends its call before it; after it the reaper settles in full. */
  readonly expiresAt: number;
  readonly actor: string;
  /** Ms until `ledger.busy`. Default 5000. */
  readonly deadlineMs?: number;
  /** Ms to wait while only pending money stands in the way. Default 2000. */
  readonly waitForPendingMs?: number;
}

export interface Reserved {
  readonly reservation: string;
  readonly granted: Nano;
  readonly scopes: readonly string[];
  readonly day: string;
  readonly position: Position;
  /** Smallest remainder over the budgets in force on its scopes; null without any. */
  readonly remaining: Nano | null;
}

export interface Settle {
  readonly reservation: string;
  readonly amount: Nano;
  readonly tier: number;
  readonly scopes: readonly string[];
  readonly day: string;
  readonly actor: string;
}

export interface Settled {
  readonly reservation: string;
  /** `adjusted`: corrected what the reaper posted. `already`: it had ended, nothing changed. */
  readonly outcome: 'settled' | 'adjusted' | 'already' | 'failed';
  readonly position: Position | null;
  /** Where the outcome is `failed`; only `settle` throws it. */
  readonly error?: unknown;
}

export interface BudgetKey {
  readonly scope: ScopeKind;
  /** Ignored for the scope `tenant`. */
  readonly id: string;
  readonly period: Period;
}

export interface PolicyContext {
  readonly actor: string;
  /** Repeating a command with the same id changes nothing more. */
  readonly commandId?: string;
}

/**
 * The ledgers of all tenants. Refusals: `budget.exceeded` with `{ pool, limitUsd, postedUsd, pendingUsd,
 * requestedUsd }`, `budget.reservation-too-old`, `command.rejected`, `request.invalid`; and `ledger.busy` at
 * the deadline, `log.unavailable`, `log.full`. Never a conflict.
 */
export interface Ledgers {
  reserve(tenant: string, command: Reserve): Promise<Reserved>;
  /** `granted` is then all that is pending of the reservation. Repeating `commandId` adds nothing. */
  topUp(
    tenant: string,
    command: { reservation: string; amount: Nano; actor: string; commandId?: string },
  ): Promise<Reserved>;
  settle(tenant: string, command: Settle): Promise<Settled>;
  /** One settlement's failure does not fail the others: see `outcome`. */
  settleMany(tenant: string, commands: readonly Settle[]): Promise<readonly Settled[]>;
  /** Settles in full those of these reservations that have expired and are still open. */
  reap(tenant: string, reservations: readonly string[]): Promise<readonly Settled[]>;
  /** Voids: only by who knows that nothing was dispatched. */
  release(tenant: string, command: { reservation: string; actor: string }): Promise<void>;
  define(
    tenant: string,
    command: BudgetKey & PolicyContext & { limit: Nano; mode: Mode },
  ): Promise<{ position: Position }>;
  remove(tenant: string, command: BudgetKey & PolicyContext): Promise<{ position: Position }>;
  reset(tenant: string, command: BudgetKey & PolicyContext): Promise<{ position: Position }>;
  configure(tenant: string, command: PolicyContext & { timeZone: string }): Promise<{ position: Position }>;
  /** Smallest remainder over the budgets in force on these scopes, from memory; null without any. */
  remaining(tenant: string, scopes: readonly string[]): Nano | null;
  /** The largest share used of a soft budget on these scopes (0.9 of it, 1 and more), from memory; null without any. */
  pressure(tenant: string, scopes: readonly string[]): number | null;
  view(tenant: string): Promise<LedgerView>;
  close(): Promise<void>;
}

export interface LedgersOptions {
  readonly log: EventLog;
  readonly clock: Clock;
  /** `<role>:<instance>`, unique among running processes: the actor of this writer's commits. */
  readonly writerId: string;
  readonly channel?: LedgerChannel | null;
  readonly snapshots?: SnapshotStore | null;
  /** True for the process of the settler: it lets gateways write. Default false. */
  readonly yields?: boolean;
  /** Of tenants that have configured none. Default UTC. */
  readonly timeZone?: string;
  /** Commits between two snapshots, at least. Default 2000. */
  readonly snapshotEvery?: number;
  /** How long another writer may be silent before this one takes over, in ms. Default 500. */
  readonly silenceMs?: number;
  /** Told of what fails without harm: a snapshot that could not be saved. */
  readonly report?: (error: unknown) => void;
}

const defaultWaits: Waits = { deadlineMs: 5000, waitForPendingMs: 2000 };
const settleWaits: Waits = { deadlineMs: 30_000, waitForPendingMs: 0 };
/** `remaining` of a ledger that another process writes is at most about this old, in ms. */
const remainingAgeMs = 200;

interface Ledger {
  readonly writer: LedgerWriter;
  readonly succession: Succession;
  refreshedAt: number;
}

export function createLedgers(options: LedgersOptions): Ledgers {
  const { log, clock, channel = null, snapshots = null, timeZone = 'UTC', yields = false } = options;
  const writerId = writerIdOf(options.writerId, yields);
  const { snapshotEvery = 2000, silenceMs = 500, report = () => {} } = options;
  const ledgers = new Map<string, Ledger>();

  function ledgerOf(tenant: string): Ledger {
    let ledger = ledgers.get(tenant);
    if (!ledger) {
      const subject: Subject = subjectOf(tenant, 'ledger');
      const head = ledgerHead({ log, subject, tenant, snapshots, snapshotEvery, report });
      const order = succession({ tenant, writerId, channel, silenceMs, yields });
      const writer = ledgerWriter({
        log,
        clock,
        subject,
        writerId,
        timeZone,
        head,
        succession: order,
      });
      ledger = { writer, succession: order, refreshedAt: 0 };
      ledgers.set(tenant, ledger);
    }
    return ledger;
  }

  /** The result as `map` sees it; rejects where the ledger refused or failed. */
  const done = <T>(
    tenant: string,
    command: LedgerCommand,
    map: (reply: LedgerReply, position: Position | null) => T,
    waits = defaultWaits,
  ): Promise<T> =>
    new Promise((resolve, reject) => {
      ledgerOf(tenant).writer.submit(command, waits, (result) => {
        if (result.kind === 'done') resolve(map(result.reply, result.position));
        else reject(result.error);
      });
    });

  const submitAll = (tenant: string, commands: readonly LedgerCommand[], waits: Waits): Promise<Result[]> =>
    Promise.all(
      commands.map(
        (command) =>
          new Promise<Result>((resolve) => ledgerOf(tenant).writer.submit(command, waits, resolve)),
      ),
    );

  /** Asked by another writer to write for it. It does its own waiting for pending money. */
  async function answer(body: string): Promise<string> {
    const { tenant, from, commands } = readRequest(body);
    const ledger = ledgerOf(tenant);
    const redirect = closing ? null : ledger.succession.asked(from);
    if (closing || redirect !== null) return writeReply({ redirect });
    const waits = { deadlineMs: silenceMs, waitForPendingMs: 0 };
    return writeReply({ results: await submitAll(tenant, commands, waits) });
  }

  let closing = false;
  const serving = channel?.serve(writerId, answer);
  serving?.catch(report);

  async function settleAll(
    tenant: string,
    commands: readonly (LedgerCommand & { readonly reservation: string })[],
  ): Promise<readonly Settled[]> {
    const results = await submitAll(tenant, commands, settleWaits);
    return results.map((result, index) => {
      const { reservation } = commands[index] as { reservation: string };
      if (result.kind !== 'done') {
        return { reservation, outcome: 'failed', position: null, error: result.error };
      }
      const { reply, position } = result;
      return { reservation, outcome: reply.kind === 'settled' ? reply.outcome : 'already', position };
    });
  }

  const settleCommand = ({ reservation, amount, tier, scopes, day }: Settle) =>
    ({ kind: 'settle', reservation, amount, tier, scopes, day }) as const;

  const origin = ({ actor, commandId }: PolicyContext) =>
    commandId === undefined ? { actor } : { actor, command: commandId };

  /** What the state in memory says today; null until there is one. */
  function asOfMemory<T>(tenant: string, look: (state: LedgerState, day: string) => T): T | null {
    const ledger = ledgerOf(tenant);
    const { head, refresh } = ledger.writer;
    const followed = ledger.succession.leader !== null;
    if ((followed || !head.loaded) && performance.now() - ledger.refreshedAt > remainingAgeMs) {
      ledger.refreshedAt = performance.now();
      refresh().catch(report);
    }
    if (!head.loaded) return null;
    const day = dayIn(head.state.timeZone ?? timeZone, Math.max(clock(), head.state.now));
    return look(head.state, day);
  }

  return {
    reserve(tenant, command) {
      const { reservation, scopes, amount, floor = amount, expiresAt } = command;
      const { deadlineMs, waitForPendingMs } = command;
      const waits =
        deadlineMs === undefined && waitForPendingMs === undefined
          ? defaultWaits
          : {
              deadlineMs: deadlineMs ?? defaultWaits.deadlineMs,
              waitForPendingMs: waitForPendingMs ?? defaultWaits.waitForPendingMs,
            };
      return done(
        tenant,
        { kind: 'reserve', reservation, scopes, amount, floor, expiresAt },
        (reply, position) => reservedBy(reservation, reply, position),
        waits,
      );
    },
    topUp: (tenant, { reservation, amount, commandId = uuidv7() }) =>
      done(tenant, { kind: 'top-up', reservation, topUp: commandId, amount }, (reply, position) =>
        reservedBy(reservation, reply, position),
      ),
    async settle(tenant, command) {
      const [settled] = await settleAll(tenant, [settleCommand(command)]);
      if (!settled || settled.outcome === 'failed') throw settled?.error;
      return settled;
    },
    settleMany: (tenant, commands) => settleAll(tenant, commands.map(settleCommand)),
    reap: (tenant, reservations) =>
      settleAll(
        tenant,
        reservations.map((reservation) => ({ kind: 'reap', reservation })),
      ),
    release: (tenant, { reservation }) => done(tenant, { kind: 'void', reservation }, () => {}, settleWaits),
    define(tenant, command) {
      const { scope, id, period, limit, mode } = command;
      const by = origin(command);
      return done(tenant, { kind: 'define', scope, id, period, limit, mode, by }, positioned);
    },
    remove(tenant, command) {
      const { scope, id, period } = command;
      return done(tenant, { kind: 'remove', scope, id, period, by: origin(command) }, positioned);
    },
    reset(tenant, command) {
      const { scope, id, period } = command;
      return done(tenant, { kind: 'reset', scope, id, period, by: origin(command) }, positioned);
    },
    configure: (tenant, command) =>
      done(tenant, { kind: 'configure', timeZone: command.timeZone, by: origin(command) }, positioned),
    remaining: (tenant, scopes) => asOfMemory(tenant, (state, day) => smallestRemainder(state, scopes, day)),
    pressure: (tenant, scopes) => asOfMemory(tenant, (state, day) => softPressure(state, scopes, day)),
    async view(tenant) {
      const { writer } = ledgerOf(tenant);
      await writer.refresh();
      return viewLedger(writer.head.state, timeZone, clock(), writer.head.position);
    },
    async close() {
      closing = true;
      const stop = await serving?.catch(() => null);
      await Promise.all([...ledgers.values()].map(({ writer }) => writer.close()));
      await stop?.();
    },
  };
}

/** A policy either appends, or finds that an earlier commit said the same: there always is one. */
function positioned(_reply: LedgerReply, position: Position | null): { position: Position } {
  if (position === null) throw new TypeError('a policy without any commit');
  return { position };
}

function reservedBy(reservation: string, reply: LedgerReply, position: Position | null): Reserved {
  if (reply.kind !== 'reserved' || position === null) throw new TypeError('not the answer to a reservation');
  const { granted, scopes, day, remaining } = reply;
  return { reservation, granted, scopes, day, position, remaining };
}
