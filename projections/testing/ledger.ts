import {
  type Commit,
  type CommittedEvent,
  type EventLog,
  type Position,
  subjectOf,
} from '../../bounded-contexts/kernel/index.ts';
import { periods } from '../../schemas/primitives.ts';
import { windowsOf } from '../../schemas/windows.ts';
import type { History } from './history.ts';

/** What a ledger's pools and tiers should be, kept in the plainest way, to hold the read models to. */
export interface LedgerModel {
  /** `user:u1 2026-11-20` → money. */
  readonly posted: Map<string, bigint>;
  readonly pending: Map<string, bigint>;
  /** `1 2026-W47` → cost. */
  readonly tiers: Map<string, bigint>;
  head: Position | null;
}

export const ledgerModel = (): LedgerModel => ({
  posted: new Map(),
  pending: new Map(),
  tiers: new Map(),
  head: null,
});

interface Reserved {
  readonly reservation: string;
  readonly scopes: string[];
  readonly day: string;
  pending: bigint;
}

const days = ['2026-11-20', '2026-11-21', '2026-11-30', '2026-12-01', '2026-12-31', '2027-01-01'];

/**
 * A tenant's ledger as it grows, commit by commit: groups of reservations, top-ups, settlements, voids,
 * adjustments and policies. Some commits were decided on another history (`prev` is not the last that counted)
 * and some are stored twice: neither may count. The model is told what did.
 */
export async function appendLedger(
  log: EventLog,
  h: History,
  tenant: string,
  commits: number,
  model: LedgerModel = ledgerModel(),
): Promise<Position> {
  const subject = subjectOf(tenant, 'ledger');
  const open: Reserved[] = [];
  let last: Position | undefined;
  for (let i = 0; i < commits; i++) {
    const stray = model.head !== null && h.random() < 0.1;
    const events: CommittedEvent[] = Array.from({ length: 1 + h.below(12) }, () =>
      event(h, stray ? [] : open),
    );
    const commit: Commit = {
      id: h.id(),
      at: h.now(),
      actor: 'ledger:1',
      prev: stray ? ('other-0-1' as Position) : model.head,
      events,
    };
    for (let copy = 0; copy < (h.random() < 0.1 ? 2 : 1); copy++) {
      const result = await log.append(subject, commit, 'any', { commandId: `${commit.id}-${copy}` });
      if (result.outcome === 'wrong-expectation') throw new Error('unexpected');
      last = result.position;
      if (stray || copy > 0) continue;
      model.head = result.position;
      for (const each of events) note(model, each);
    }
  }
  if (!last) throw new Error('nothing was appended');
  return last;
}

function event(h: History, open: Reserved[]): CommittedEvent {
  const roll = h.random();
  if (roll < 0.04) {
    const id = `usr_${h.below(6)}`;
    const policy = { scope: 'user' as const, id, period: h.pick(periods) };
    return h.pick<CommittedEvent>([
      { type: 'budget.defined', data: { ...policy, limit: String(h.below(9_000_000)), mode: 'hard' } },
      { type: 'budget.removed', data: policy },
      { type: 'budget.reset', data: { ...policy, window: 'total', baseline: String(h.below(1000)) } },
      {
        type: 'budget.alerted',
        data: { ...policy, window: 'total', threshold: 80, posted: '800', limit: '1000' },
      },
      {
        type: 'budget.defined',
        data: { scope: 'tenant', id: '', period: 'daily', limit: '5', mode: 'soft' },
      },
      { type: 'ledger.configured', data: { timeZone: h.pick(['Europe/Lisbon', 'America/Sao_Paulo']) } },
    ]);
  }
  const reserved =
    open.length > 0 && roll > 0.5 ? (open.splice(h.below(open.length), 1)[0] as Reserved) : undefined;
  if (!reserved) {
    const amount = BigInt(1 + h.below(2 ** 31)) * 4_000_000n;
    const scopes = [
      'tenant',
      `user:usr_${h.below(6)}`,
      `key:key_${h.below(3)}`,
      `session:ses_${h.below(20)}`,
    ];
    const next: Reserved = { reservation: h.id(), scopes, day: h.pick(days), pending: amount };
    open.push(next);
    const { pending: _, ...deduction } = next;
    return { type: 'budget.reserved', data: { ...deduction, amount: amount.toString(), expiresAt: 0 } };
  }
  const { pending, ...deduction } = reserved;
  const tier = h.below(4);
  if (roll < 0.6) {
    const amount = BigInt(1 + h.below(1000));
    open.push({ ...reserved, pending: pending + amount });
    return { type: 'budget.topped-up', data: { ...deduction, topUp: h.id(), amount: amount.toString() } };
  }
  if (roll < 0.65) return { type: 'budget.voided', data: { ...deduction, released: pending.toString() } };
  if (roll < 0.7) {
    open.push(reserved);
    return { type: 'budget.adjusted', data: { ...deduction, amount: String(-h.below(1000)), tier } };
  }
  const amount = (pending * BigInt(h.below(120))) / 100n;
  return {
    type: 'budget.settled',
    data: { ...deduction, amount: amount.toString(), released: pending.toString(), tier },
  };
}

const add = (to: Map<string, bigint>, key: string, by: bigint): void => {
  to.set(key, (to.get(key) ?? 0n) + by);
};

function note(model: LedgerModel, { type, data }: CommittedEvent): void {
  if (!('scopes' in data && 'reservation' in data)) return;
  const amount = 'amount' in data ? BigInt(data.amount) : 0n;
  const released = 'released' in data ? BigInt(data.released) : 0n;
  const reserves = type === 'budget.reserved' || type === 'budget.topped-up';
  for (const window of windowsOf(data.day)) {
    for (const scope of data.scopes) {
      add(model.posted, `${scope} ${window}`, reserves ? 0n : amount);
      add(model.pending, `${scope} ${window}`, reserves ? amount : -released);
    }
    if (!reserves && 'tier' in data) add(model.tiers, `${data.tier} ${window}`, amount);
  }
}
