import {
  type Batch,
  type Clock,
  type EventLog,
  facts,
  type LogCheckpoint,
  type Position,
  parseSubject,
  type Subscription,
} from '../kernel/index.ts';
import type { Ledgers } from './ledgers.ts';
import { pauses } from './pause.ts';
import type { CheckpointStore } from './ports.ts';
import { hasPassed, movedOn } from './positions.ts';
import { saver } from './saver.ts';
import type { ProcessManager } from './settler.ts';

export interface ReaperOptions {
  readonly log: EventLog;
  readonly ledgers: Pick<Ledgers, 'reap'>;
  readonly checkpoints: CheckpointStore;
  readonly clock: Clock;
  /** Of its own checkpoint. Default `reaper`. */
  readonly name?: string;
  /** Of the settler's checkpoint. Default `settler`. */
  readonly settler?: string;
  /** How often expired reservations are looked for, in ms. Default 1000. */
  readonly everyMs?: number;
  /** How long after `expiresAt`, in ms, for clocks that differ. Default 1000. */
  readonly graceMs?: number;
  readonly report?: (error: unknown) => void;
}

export interface ReaperStatus {
  readonly positions: LogCheckpoint;
  /** Reservations that have not ended, as far as it has read. */
  readonly open: number;
  /** Expired ones that wait for the settler to pass. */
  readonly waiting: number;
  readonly reaped: number;
}

interface Stored {
  readonly open: [reservation: string, tenant: string, expiresAt: number][];
  readonly counted: [subject: string, position: Position][];
}

interface Expired {
  /** The ends of all streams, looked up after the reservations expired. */
  readonly ends: readonly Position[];
  readonly byTenant: ReadonlyMap<string, string[]>;
}

const longestPauseMs = 2000;
const saveEveryMs = 5000;

/**
 * Process manager: ends what expired without a completion. It acts only once the settler has passed a position
 * that was written after `expiresAt`, since till then a completion may lie unread on the log. It settles in
 * full, `unconfirmed`; what the call really cost, should it still be told, becomes an adjustment. Any number
 * may run: the ledger ends each reservation once.
 */
export function startReaper(options: ReaperOptions): ProcessManager<ReaperStatus> {
  const { log, ledgers, checkpoints, clock, name = 'reaper', settler = 'settler' } = options;
  const { everyMs = 1000, graceMs = 1000, report = () => {} } = options;
  let open = new Map<string, { readonly tenant: string; readonly expiresAt: number }>();
  let counted = new Map<string, Position>();
  let positions: LogCheckpoint = [];
  let expired: Expired[] = [];
  let reaped = 0;
  let stopped = false;
  let subscription: Subscription | null = null;
  const { pause, cutShort } = pauses();
  const checkpoint = saver(store, saveEveryMs, report);

  async function follow(): Promise<void> {
    for (let wait = 50; !stopped; wait = Math.min(wait * 2, longestPauseMs)) {
      try {
        await restore();
        subscription = log.subscribe(facts('ledger'), positions);
        for await (const batch of subscription) {
          fold(batch);
          wait = 50;
          checkpoint.changed();
          if (stopped) break;
        }
      } catch (error) {
        report(error);
      } finally {
        await subscription?.stop().catch(report);
      }
      if (!stopped) await pause(wait);
    }
  }

  async function restore(): Promise<void> {
    const last = await checkpoints.load(name);
    const stored = JSON.parse(last?.state ?? '{"open":[],"counted":[]}') as Stored;
    open = new Map(stored.open.map(([id, tenant, expiresAt]) => [id, { tenant, expiresAt }]));
    counted = new Map(stored.counted);
    positions = last?.positions ?? [];
  }

  async function store(): Promise<void> {
    const stored: Stored = {
      open: [...open].map(([id, { tenant, expiresAt }]) => [id, tenant, expiresAt]),
      counted: [...counted],
    };
    await checkpoints.save(name, { positions, state: JSON.stringify(stored) });
  }

  function fold(batch: Batch): void {
    for (const { subject, commit, position } of batch.commits) {
      const last = counted.get(subject);
      // Void: decided on another history, so nobody counts it.
      if (last !== undefined && commit.prev !== last) continue;
      counted.set(subject, position);
      const { tenant } = parseSubject(subject);
      for (const event of commit.events) {
        if (event.type === 'budget.reserved') {
          open.set(event.data.reservation, { tenant, expiresAt: event.data.expiresAt });
        } else if (event.type === 'budget.settled' || event.type === 'budget.voided') {
          open.delete(event.data.reservation);
        }
      }
    }
    positions = movedOn(positions, batch.through);
  }

  async function watch(): Promise<void> {
    while (!stopped) {
      await pause(everyMs);
      if (stopped) break;
      try {
        await look();
      } catch (error) {
        report(error);
      }
    }
  }

  async function look(): Promise<void> {
    const waiting = new Set(expired.flatMap(({ byTenant }) => [...byTenant.values()].flat()));
    const now = clock();
    const byTenant = new Map<string, string[]>();
    for (const [reservation, { tenant, expiresAt }] of open) {
      if (expiresAt + graceMs > now || waiting.has(reservation)) continue;
      byTenant.set(tenant, [...(byTenant.get(tenant) ?? []), reservation]);
    }
    if (byTenant.size > 0) {
      const { streams } = await log.info();
      expired.push({ ends: streams.flatMap(({ last }) => (last === null ? [] : [last])), byTenant });
    }
    if (expired.length === 0) return;
    const passed = (await checkpoints.load(settler))?.positions ?? [];
    const still: Expired[] = [];
    for (const each of expired) {
      const ripe = each.ends.every((end) => hasPassed(passed, end));
      if (!ripe || !(await reap(each))) still.push(each);
    }
    expired = still;
  }

  async function reap({ byTenant }: Expired): Promise<boolean> {
    let complete = true;
    for (const [tenant, reservations] of byTenant) {
      for (const { outcome, error, reservation } of await ledgers.reap(tenant, reservations)) {
        if (outcome === 'failed') {
          complete = false;
          report(error);
          continue;
        }
        if (outcome === 'settled') reaped++;
        open.delete(reservation);
      }
    }
    return complete;
  }

  const running = Promise.all([follow(), watch()]);
  return {
    status: () => ({
      positions,
      open: open.size,
      waiting: expired.reduce((sum, { byTenant }) => sum + [...byTenant.values()].flat().length, 0),
      reaped,
    }),
    stop: async () => {
      stopped = true;
      cutShort();
      await subscription?.stop().catch(report);
      await running;
      await checkpoint.flush().catch(report);
    },
  };
}
